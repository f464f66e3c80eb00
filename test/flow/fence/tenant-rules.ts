import type { WorldFiles } from '../../helpers/git-world.ts';
import type { Attempt } from './attempt.ts';

const VALUES = 'image:\n  tag: 1.0.0\n';
const REFUSED = 'permission-denied';

interface Rule {
  readonly projects?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly remotes?: readonly string[];
  readonly branches?: readonly string[];
  readonly paths?: readonly string[];
  readonly keys?: readonly string[];
  readonly templates?: readonly string[];
}

interface RuledAttempt extends Attempt {
  /** What an administrator allows this one Application; nothing unless said. */
  readonly rule?: Rule;
}

const SHARED = ['<git>/shared.git'];

function at(target: string): Attempt['by'] {
  return { annotations: { 'write-back-target': target } };
}

function other(target = 'helmvalues:/values.yaml', branch = 'main'): Attempt['by'] {
  return {
    annotations: {
      'git-repository': '<git>/hostile/other.git',
      'write-back-target': target,
      'git-branch': branch,
    },
  };
}

function key(name: string, yaml: string, template?: string): Attempt['by'] {
  return {
    annotations: {
      'write-back-target': 'helmvalues:keys.yaml',
      'a.helm.image-tag': name,
      'a.force-update': 'true',
      ...(template === undefined ? {} : { 'a.helm.value-template': template }),
    },
    source: { helm: { valueFiles: ['keys.yaml'] } },
    files: { '<own>/keys.yaml': yaml },
  };
}

const IN_OTHER: Rule = { remotes: ['<git>/hostile/*'], branches: ['main'], paths: ['*.yaml'] };

export const RULED: readonly RuledAttempt[] = [
  {
    what: 'another remote, by a rule',
    by: other(),
    rule: IN_OTHER,
    ends: 'newer-version',
    pushes: ['hostile/other.git main'],
  },
  { what: 'another remote, by the rule of another Application', by: other(), ends: REFUSED },
  {
    what: 'another remote, by a rule for another project',
    by: other(),
    rule: { ...IN_OTHER, projects: ['hostil'] },
    ends: REFUSED,
  },
  {
    what: 'another remote, by a rule for another namespace',
    by: other(),
    rule: { ...IN_OTHER, namespaces: ['team-host'] },
    ends: REFUSED,
  },
  {
    what: 'another remote, by a rule for another branch',
    by: other(),
    rule: { ...IN_OTHER, branches: ['release'] },
    ends: REFUSED,
  },
  {
    what: 'another remote, by a rule without branches',
    by: other(),
    rule: { remotes: ['<git>/hostile/*'], paths: ['**'] },
    ends: REFUSED,
  },
  {
    what: 'another remote, by a rule for paths of one folder',
    by: other('helmvalues:/deep/values.yaml'),
    rule: IN_OTHER,
    ends: REFUSED,
  },
  {
    what: 'another remote, by a rule that its project is above',
    by: {
      annotations: {
        'git-repository': '<git>/hostile/denied.git',
        'write-back-target': 'helmvalues:/values.yaml',
      },
    },
    rule: { remotes: ['*'], branches: ['*'], paths: ['**'] },
    ends: 'project-denied',
  },
  {
    what: 'another path, by a rule',
    by: at('helmvalues:/unowned/one.yaml'),
    rule: { remotes: SHARED, paths: ['unowned/*.yaml'] },
    ends: 'newer-version',
    writes: ['unowned/one.yaml'],
  },
  {
    what: 'another path, by a rule for another remote',
    by: at('helmvalues:/unowned/two.yaml'),
    rule: { remotes: ['<git>/hostile/*'], paths: ['**'] },
    ends: REFUSED,
  },
  {
    what: 'another path, by a rule without remotes',
    by: at('helmvalues:/unowned/three.yaml'),
    rule: { paths: ['unowned/three.yaml'] },
    ends: 'newer-version',
    writes: ['unowned/three.yaml'],
  },
  {
    what: 'a path below a folder, by a rule for the folder',
    by: at('helmvalues:/unowned/deep/values.yaml'),
    rule: { remotes: SHARED, paths: ['unowned/*'] },
    ends: REFUSED,
  },
  {
    what: 'a path by way of another that a rule has',
    by: at('helmvalues:/unowned/../victim/production.yaml'),
    rule: { remotes: SHARED, paths: ['unowned/**'] },
    ends: REFUSED,
  },
  {
    what: 'a link that a rule has, to what no rule has',
    by: at('helmvalues:/unowned/link.yaml'),
    rule: { remotes: SHARED, paths: ['unowned/*'] },
    ends: `${REFUSED}|target-outside`,
  },
  {
    what: "another Application's override file, by a rule",
    by: at('victim/.argocd-source-victim.yaml'),
    rule: { remotes: SHARED, paths: ['victim/.argocd-source-victim.yaml'] },
    ends: 'newer-version',
    writes: ['victim/.argocd-source-victim.yaml'],
  },
  {
    what: 'another base, by a rule',
    by: { annotations: { 'git-branch': 'staging' } },
    rule: { remotes: SHARED, branches: ['staging'] },
    ends: 'newer-version',
    pushes: ['shared.git staging'],
  },
  {
    what: 'another base, by a rule for what begins so',
    by: { annotations: { 'git-branch': 'staging-2' } },
    rule: { remotes: SHARED, branches: ['staging'] },
    ends: REFUSED,
  },
  {
    what: 'any base, but another path',
    by: { annotations: { 'git-branch': 'staging-2', 'write-back-target': 'helmvalues:/unowned/four.yaml' } },
    rule: { remotes: SHARED, branches: ['**'] },
    ends: REFUSED,
  },
  {
    what: 'a flag, by a rule',
    by: key('debug', 'debug: "1.0.0"\n'),
    rule: { keys: ['debug'] },
    ends: 'newer-version',
    writes: ['<own>/keys.yaml'],
  },
  {
    what: 'a flag, by a rule for another key',
    by: key('debug', 'debug: "false"\n'),
    rule: { keys: ['debugging', 'x.debug', 'Debug'] },
    ends: REFUSED,
  },
  {
    what: 'a template, by a rule',
    by: key(
      'image.tag',
      'image:\n  tag: release 1.0.0 of the company and of everybody\n',
      'release {tag} of the company and of everybody',
    ),
    rule: { keys: ['image.tag'], templates: ['release \\{tag\\} of *'] },
    ends: 'newer-version',
    writes: ['<own>/keys.yaml'],
  },
  {
    what: 'a template, by a rule for a part of it',
    by: key('image.tag', 'image:\n  tag: 1.0.0; reboot\n', '{tag}; reboot'),
    rule: { templates: ['{tag}'] },
    ends: `${REFUSED}|annotation-invalid`,
  },
  {
    what: 'another image for a key of a neighbour, by a rule',
    by: {
      annotations: {
        'write-back-target': 'helmvalues:/good/values.yaml',
        'image-list': 'a=registry.test/acme/other:^9',
      },
    },
    rule: { remotes: SHARED, paths: ['good/values.yaml'] },
    ends: 'conflicting-changes|permission-denied',
  },
  {
    what: 'another version for a key of a neighbour, by a rule',
    by: {
      annotations: {
        'write-back-target': 'helmvalues:/victim/values.yaml',
        'image-list': 'a=registry.test/acme/api:1.0.0 - 1.0.9',
      },
    },
    rule: { remotes: SHARED, paths: ['victim/values.yaml'] },
    ends: 'conflicting-changes|permission-denied|up-to-date',
  },
];

/** The rules of the attempts, each for its Application alone. */
export const RULES = RULED.flatMap(({ rule }, index) =>
  rule === undefined
    ? []
    : [
        {
          projects: ['hostile'],
          namespaces: ['team-hostile'],
          ...rule,
          applications: [`a${String(index).padStart(2, '0')}`],
        },
      ],
);

export const RULED_FILES: WorldFiles = {
  ...Object.fromEntries(
    ['one', 'two', 'three', 'four', 'deep/values'].map((name) => [`unowned/${name}.yaml`, VALUES]),
  ),
  'unowned/link.yaml': { content: '../victim/production.yaml', mode: '120000' },
  'victim/production.yaml': VALUES,
  'victim/.argocd-source-victim.yaml': 'helm:\n  parameters:\n  - name: image.tag\n    value: 1.0.0\n',
};

export const RULED_REMOTES: Readonly<Record<string, WorldFiles>> = {
  'hostile/other.git': { 'values.yaml': VALUES, 'deep/values.yaml': VALUES },
  'hostile/denied.git': { 'values.yaml': VALUES },
};
