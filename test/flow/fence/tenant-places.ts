import type { WorldFiles } from '../../helpers/git-world.ts';
import type { Attempt } from './attempt.ts';
import { anAppProject } from './fence-world.ts';

/** What the others of the shared remote have, of which nothing may change but the tags that are theirs. */
export const COMPANY_FILES: WorldFiles = {
  'victim/kustomization.yaml': 'images:\n- name: registry.test/acme/api\n  newTag: 1.0.0\n',
  'victim/.argocd-source-victim.yaml': 'helm:\n  parameters:\n  - name: image.tag\n    value: 1.0.0\n',
  'victim/.argocd-source-team-good_victim.yaml':
    'helm:\n  parameters:\n  - name: image.tag\n    value: 1.0.0\n',
  'victim/.argocd-source.yaml': 'helm:\n  parameters:\n  - name: image.tag\n    value: 1.0.0\n',
  'victim/marked.yaml':
    'image: registry.test/acme/api:1.0.0 # {"$lynceus": "victim/api"}\nother: registry.test/acme/api:1.0.0 # {"$lynceus": "a34/a"}\n',
  'victim/production/values.yaml': 'image:\n  tag: 1.0.0\n',
  'unowned/values.yaml': 'image:\n  tag: 1.0.0\n',
  '.github/workflows/ci.yaml': 'jobs:\n  build:\n    steps:\n    - run: ""\n',
  'root.yaml': 'spec:\n  source:\n    targetRevision: v1.0.0\n',
};

export const OTHER_REMOTES: Readonly<Record<string, WorldFiles>> = {
  'hostile/other.git': {
    '<own>/values.yaml': 'image:\n  tag: 1.0.0\n',
    'values.yaml': 'image:\n  tag: 1.0.0\n',
  },
  'hostile/denied.git': { 'values.yaml': 'image:\n  tag: 1.0.0\n' },
  'good/private.git': { 'values.yaml': 'image:\n  tag: 1.0.0\n', 'a.yaml': 'image:\n  tag: 1.0.0\n' },
};

function to(remote: string): Attempt['by'] {
  return { annotations: { 'git-repository': remote, 'write-back-target': 'helmvalues:/values.yaml' } };
}

function from(repoURL: string): Attempt['by'] {
  return { source: { repoURL, path: '.' } };
}

function at(target: string): Attempt['by'] {
  return { annotations: { 'write-back-target': target } };
}

function branch(text: string): Attempt['by'] {
  return { annotations: { 'git-branch': text } };
}

const RULE = /permissions\.rules: \{projects: \[hostile\], namespaces: \[team-hostile\]/;

/** Where an Application may write: remotes, projects, branches, paths. */
export const PLACES: readonly Attempt[] = [
  { what: 'its own values file', by: {}, ends: 'newer-version', writes: ['<own>/values.yaml'] },
  {
    what: 'its own override file',
    by: { annotations: { 'write-back-target': null }, files: { '<own>/Chart.yaml': 'name: a\n' } },
    ends: 'first-write',
    writes: ['<own>/.argocd-source-team-hostile_<own>.yaml'],
  },
  {
    what: 'a remote that its project takes out again',
    by: to('<git>/hostile/denied.git'),
    ends: 'project-denied',
    says: /sourceRepos/,
  },
  { what: 'the same without .git', by: to('<git>/hostile/denied'), ends: 'project-denied' },
  { what: 'the same with a slash at the end', by: to('<git>/hostile/denied.git/'), ends: 'project-denied' },
  { what: 'the same with a letter in escapes', by: to('<git>/hostile/%64enied.git'), ends: 'project-denied' },
  { what: 'the same in capitals', by: to('<git>/hostile/denied.GIT'), ends: 'project-denied' },
  {
    what: 'the same through another folder',
    by: to('<git>/hostile/x/../denied.git'),
    ends: 'project-denied|annotation-invalid',
  },
  { what: 'the same with two slashes', by: to('<git>//hostile/denied.git'), ends: 'project-denied' },
  {
    what: "another team's remote, which no project of it allows",
    by: to('<git>/good/private.git'),
    ends: 'project-denied',
    says: /sourceRepos/,
  },
  {
    what: "another team's remote through a folder of its own",
    by: to('<git>/hostile/../good/private.git'),
    ends: 'project-denied|annotation-invalid',
  },
  {
    what: 'the same in escapes',
    by: to('<git>/hostile/%2e%2e/good/private.git'),
    ends: 'project-denied|annotation-invalid',
  },
  {
    what: "another team's remote as its own source",
    by: from('<git>/good/private.git'),
    ends: 'project-denied',
    says: /sourceRepos/,
  },
  {
    what: "another team's remote as a source with a ref",
    by: {
      annotations: { 'write-back-target': 'helmvalues:$other/values.yaml' },
      sources: [
        {
          repoURL: '<git>/shared.git',
          path: '<own>',
          targetRevision: 'main',
          helm: { valueFiles: ['$other/values.yaml'] },
        },
        { repoURL: '<git>/good/private.git', targetRevision: 'main', ref: 'other' },
      ],
    },
    ends: 'project-denied',
  },
  {
    what: 'a project that is not there',
    by: { project: 'nowhere' },
    ends: 'project-denied',
    says: /nowhere/,
  },
  {
    what: "another team's project, which does not know its namespace",
    by: { project: 'good' },
    ends: 'project-denied',
    says: /sourceNamespaces/,
  },
  {
    what: 'the project of nobody, which allows no namespace',
    by: { project: 'default' },
    ends: 'project-denied',
    says: /sourceNamespaces/,
  },
  { what: 'no project at all', by: { project: '' }, ends: 'project-denied', says: /sourceNamespaces/ },
  {
    what: 'a project named by a path',
    by: { project: '../hostile' },
    ends: 'project-denied|application-invalid',
  },
  { what: 'a project named by a glob', by: { project: '*' }, ends: 'project-denied|application-invalid' },
  {
    what: 'a project of its own namespace',
    by: { project: 'own-project' },
    ends: 'project-denied',
    says: /no AppProject/,
  },
  {
    what: 'a namespace that a glob of its project has',
    by: { namespace: 'team-hostile-2' },
    ends: 'newer-version',
    writes: ['<own>/values.yaml'],
  },
  {
    what: 'a namespace that only begins as that of its project',
    by: { namespace: 'team-hostiles' },
    ends: 'project-denied',
    says: /sourceNamespaces/,
  },

  {
    what: 'the branch that it follows, by a neighbour',
    by: { namespace: 'team-good', project: 'good', source: { targetRevision: 'production' } },
    ends: 'newer-version',
    pushes: ['shared.git production'],
  },
  { what: 'another base', by: branch('production'), ends: 'permission-denied', says: RULE },
  {
    what: 'another base and the own branch to push',
    by: branch('production:main'),
    ends: 'permission-denied',
    says: RULE,
  },
  {
    what: 'a new branch to push',
    by: branch('main:<own>'),
    ends: 'newer-version',
    pushes: ['shared.git <own>'],
  },
  {
    what: 'a branch that another Application follows',
    by: branch('main:production'),
    ends: 'permission-denied|branch-foreign',
    says: /production/,
  },
  {
    what: 'a template that comes to a branch that another Application follows',
    by: branch('main:pro{{ "duction" }}'),
    ends: 'permission-denied|branch-foreign|conflicting-changes',
    says: /production/,
  },
  {
    what: 'a branch below one that is there',
    by: branch('main:production/x'),
    ends: 'permission-denied|branch-foreign|git-denied|git-push-rejected|conflicting-changes',
    says: /production/,
  },
  {
    what: 'a branch of a person with commits',
    by: branch('main:feature'),
    ends: 'permission-denied|branch-foreign',
    says: /feature/,
  },
  {
    what: "a template that comes to a person's branch",
    by: branch('main:fea{{ slice "xture" 1 }}'),
    ends: 'permission-denied|branch-foreign',
    says: /feature/,
  },

  {
    what: 'its marker in a file of another',
    by: { annotations: { 'write-back-target': 'markers:/victim/marked.yaml' } },
    ends: 'permission-denied',
    says: RULE,
  },
  {
    what: "another team's values file from the root",
    by: at('helmvalues:/victim/values.yaml'),
    ends: 'permission-denied',
    says: RULE,
  },
  {
    what: "another team's values file through ..",
    by: at('helmvalues:../victim/values.yaml'),
    ends: 'permission-denied',
    says: RULE,
  },
  {
    what: "another team's values file without a keyword",
    by: at('victim/production/values.yaml'),
    ends: 'permission-denied',
    says: RULE,
  },
  {
    what: 'a file of nobody',
    by: at('helmvalues:/unowned/values.yaml'),
    ends: 'permission-denied',
    says: RULE,
  },
  {
    what: "another team's kustomization",
    by: at('kustomization:/victim'),
    ends: 'permission-denied',
    says: RULE,
  },
  {
    what: "another team's kustomization through ..",
    by: at('kustomization:./x/../../victim'),
    ends: 'permission-denied',
    says: RULE,
  },
  {
    what: "another Application's override file",
    by: at('victim/.argocd-source-victim.yaml'),
    ends: 'permission-denied',
  },
  {
    what: "another Application's override file with its namespace",
    by: at('victim/.argocd-source-team-good_victim.yaml'),
    ends: 'permission-denied',
  },
  {
    what: "another team's file of overrides for everybody",
    by: at('victim/.argocd-source.yaml'),
    ends: 'permission-denied',
  },
  {
    what: 'the file of overrides for everybody in its own folder',
    by: {
      ...at('<own>/.argocd-source.yaml'),
      files: { '<own>/.argocd-source.yaml': 'helm:\n  parameters:\n  - name: image.tag\n    value: 1.0.0\n' },
    },
    ends: 'permission-denied',
  },
  {
    what: "another Application's override file in its own folder",
    by: {
      ...at('<own>/.argocd-source-victim.yaml'),
      files: {
        '<own>/.argocd-source-victim.yaml': 'helm:\n  parameters:\n  - name: image.tag\n    value: 1.0.0\n',
      },
    },
    ends: 'permission-denied',
  },
  {
    what: 'a link in its own folder to a file of another',
    by: {
      ...at('helmvalues:link.yaml'),
      files: { '<own>/link.yaml': { content: '../victim/production/values.yaml', mode: '120000' } },
    },
    ends: 'permission-denied|target-outside',
  },
  {
    what: 'a linked folder in its own folder',
    by: {
      ...at('helmvalues:link/values.yaml'),
      files: { '<own>/link': { content: '../victim/production', mode: '120000' } },
    },
    ends: 'permission-denied|target-outside',
  },
  {
    what: 'a chain of links',
    by: {
      ...at('helmvalues:one.yaml'),
      files: {
        '<own>/one.yaml': { content: 'deep/two.yaml', mode: '120000' },
        '<own>/deep/two.yaml': { content: '../../victim/production/values.yaml', mode: '120000' },
      },
    },
    ends: 'permission-denied|target-outside',
  },
  {
    what: 'its own folder as a link to that of another',
    by: {
      source: { path: '<own>-link' },
      files: { '<own>-link': { content: 'victim/production', mode: '120000' } },
    },
    ends: 'permission-denied|target-outside',
  },
  {
    what: 'a folder whose name only begins like its own',
    by: {
      ...at('helmvalues:/<own>-more/values.yaml'),
      files: { '<own>-more/values.yaml': 'image:\n  tag: 1.0.0\n' },
    },
    ends: 'permission-denied',
    says: RULE,
  },
  {
    what: 'the workflow of everybody',
    by: {
      annotations: {
        'write-back-target': 'helmvalues:/.github/workflows/ci.yaml',
        'a.helm.image-tag': 'jobs.build.steps[0].run',
      },
    },
    ends: 'permission-denied',
  },
  {
    what: 'a file that its source lists from the root',
    by: {
      ...at('helmvalues:/<own>-values/values.yaml'),
      source: { helm: { valueFiles: ['/<own>-values/values.yaml'] } },
      files: { '<own>-values/values.yaml': 'image:\n  tag: 1.0.0\n' },
    },
    ends: 'newer-version',
    writes: ['<own>-values/values.yaml'],
  },
  {
    what: 'a file that its source lists through ..',
    by: {
      ...at('helmvalues:../<own>-values/values.yaml'),
      source: { helm: { valueFiles: ['../<own>-values/values.yaml'] } },
      files: { '<own>-values/values.yaml': 'image:\n  tag: 1.0.0\n' },
    },
    ends: 'newer-version',
    writes: ['<own>-values/values.yaml'],
  },
  {
    what: 'a file beside the one that its source lists',
    by: {
      ...at('helmvalues:/unowned/values.yaml'),
      source: {
        helm: {
          valueFiles: [
            '/unowned/others.yaml',
            '/unowned/values.yaml.bak',
            'https://x.test/unowned/values.yaml',
          ],
        },
      },
    },
    ends: 'permission-denied',
    says: RULE,
  },
  {
    what: 'a branch of a person that has nothing beyond the base',
    by: branch('main:trailing'),
    ends: 'permission-denied|branch-foreign',
    says: /trailing/,
  },
  {
    what: 'the branch with its full name',
    by: branch('refs/heads/main:refs/heads/trailing'),
    ends: 'permission-denied|branch-foreign|annotation-invalid',
  },
  {
    what: 'its own file, which becomes a link to another while it is pushed',
    by: {},
    // By the committer alone: the content behind the link stays as it was.
    writes: ['<own>/values.yaml'],
    ends: 'permission-denied|target-outside|changed-meanwhile|target-unsupported',
  },
];

/** The Application of the last attempt. */
export const SWAPPED = `a${PLACES.length - 1}`;

/** In the namespace of the attacker, where Argo CD does not look for it. */
export const FAR_PROJECT = anAppProject(
  'own-project',
  { sourceNamespaces: ['*'], sourceRepos: ['*'] },
  'team-hostile',
);
