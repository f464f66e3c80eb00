import type { Application } from '../../src/argocd/application.ts';
import { aSource, KUSTOMIZE, PLUGIN } from './an-application.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface UpdaterRow {
  readonly name: string;
  /** Fields of the image `web`. */
  readonly image?: Fields;
  /** Fields of the entry of applicationRefs. */
  readonly ref?: Fields;
  /** Fields of spec. */
  readonly spec?: Fields;
  /** Annotations of the resource, without the prefix. */
  readonly extensions?: Readonly<Record<string, string>>;
  /** The annotations that mean the same; the list is `web=acme/web:1.x` unless given. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly application?: Partial<Application>;
}

const KUSTOMIZED: Partial<Application> = { sources: [aSource(KUSTOMIZE)] };
const PLUGGED: Partial<Application> = { sources: [aSource(PLUGIN)] };
const COMMON = 'commonUpdateSettings';

/** A setting of commonUpdateSettings, on each level, and the levels that win over others. */
function onLevels(
  field: string,
  value: unknown,
  key: string,
  text: string,
  other: unknown,
): readonly UpdaterRow[] {
  const set = { [COMMON]: { [field]: value } };
  const others = { [COMMON]: { [field]: other } };
  const annotations = { [`web.${key}`]: text };
  return [
    { name: `${field} of the image`, image: set, annotations },
    { name: `${field} of the entry`, ref: set, annotations },
    { name: `${field} of spec`, spec: set, annotations },
    { name: `${field}: image before entry`, image: set, ref: others, annotations },
    { name: `${field}: image before spec`, image: set, spec: others, annotations },
    { name: `${field}: entry before spec`, ref: set, spec: others, annotations },
    { name: `${field}: all three`, image: set, ref: others, spec: others, annotations },
    {
      name: `${field} beside another field of the image`,
      image: {
        [COMMON]: {
          [field === 'forceUpdate' ? 'allowTags' : 'forceUpdate']: field === 'forceUpdate' ? 'any' : false,
        },
      },
      ref: set,
      annotations,
    },
  ];
}

function writeBack(
  name: string,
  config: Fields,
  annotations: UpdaterRow['annotations'],
): readonly UpdaterRow[] {
  const other = { method: 'git', gitConfig: { branch: 'other', repository: 'https://other.example/x.git' } };
  const fields = { method: 'git', ...config };
  return [
    { name: `${name} of the entry`, ref: { writeBackConfig: fields }, annotations },
    { name: `${name} of spec`, spec: { writeBackConfig: fields }, annotations },
    {
      name: `${name}: entry before spec, field by field`,
      ref: { writeBackConfig: fields },
      spec: { writeBackConfig: { method: 'argocd' } },
      annotations,
    },
    ...('gitConfig' in config && Object.keys(config['gitConfig'] as Fields).includes('branch')
      ? [
          {
            name: `${name}: a branch of the entry, the remote of spec`,
            ref: { writeBackConfig: fields },
            spec: { writeBackConfig: { ...other, gitConfig: { repository: 'https://other.example/x.git' } } },
            annotations: { ...annotations, 'git-repository': 'https://other.example/x.git' },
          },
        ]
      : []),
  ];
}

/** Settings of a resource, and the annotations that mean the same. */
export const UPDATER_ROWS: readonly UpdaterRow[] = [
  { name: 'nothing but the image', annotations: {} },
  ...onLevels('updateStrategy', 'semver', 'update-strategy', 'semver', 'newest-build'),
  ...onLevels('allowTags', 'regexp:^1\\.[0-9]+$', 'allow-tags', 'regexp:^1\\.[0-9]+$', 'regexp:^2'),
  ...onLevels('ignoreTags', ['*-rc', 'regexp:^dev'], 'ignore-tags', '*-rc,regexp:^dev', ['never-*']),
  ...onLevels('forceUpdate', true, 'force-update', 'true', false),
  ...onLevels(
    'pullSecret',
    'pullsecret:argocd/login',
    'pull-secret',
    'pullsecret:argocd/login',
    'pullsecret:argocd/other',
  ),
  ...onLevels('platforms', ['linux/arm64', 'linux/amd64'], 'platforms', 'linux/arm64,linux/amd64', [
    'linux/386',
  ]),
  ...['newest-build', 'latest', 'newest-pushed', 'alphabetical', 'name', 'NEWEST-BUILD'].map((strategy) => ({
    name: `strategy ${strategy}`,
    image: { imageName: 'acme/web', [COMMON]: { updateStrategy: strategy } },
    annotations: { 'image-list': 'web=acme/web', 'web.update-strategy': strategy },
  })),
  {
    name: 'strategy digest with a tag',
    image: { imageName: 'acme/web:main', [COMMON]: { updateStrategy: 'digest' } },
    annotations: { 'image-list': 'web=acme/web:main', 'web.update-strategy': 'digest' },
  },
  ...[
    'acme/web',
    'acme/web:~1.2',
    'acme/web:>=1.0 <2.0',
    'ghcr.io/acme/web:^1',
    'localhost:5000/acme/web:1.x',
    'docker.io/library/nginx',
    'nginx:>=1.2',
    ' acme/web:1.x ',
  ].map((imageName) => ({
    name: `image ${imageName}`,
    image: { imageName },
    annotations: { 'image-list': `web=${imageName}` },
  })),
  {
    name: 'a comma in a constraint',
    image: { imageName: 'acme/web:>=1.0,<2.0' },
    annotations: { 'image-list': 'web=acme/web:>=1.0,<2.0' },
  },
  {
    name: 'an expression with a comma in it',
    image: { [COMMON]: { ignoreTags: ['regexp:^a{1,3}$', 'b'] } },
    annotations: { 'web.ignore-tags': 'regexp:^a{1\\,3}$,b'.replace('\\', '') },
  },
  {
    name: 'an empty list of the image instead of that of the entry',
    image: { [COMMON]: { ignoreTags: [] } },
    ref: { [COMMON]: { ignoreTags: ['x'] } },
    annotations: { 'web.ignore-tags': '', 'ignore-tags': 'x' },
  },
  {
    name: 'an empty text of the image instead of that of the entry',
    image: { [COMMON]: { allowTags: '' } },
    ref: { [COMMON]: { allowTags: 'regexp:^x' } },
    annotations: {},
  },
  {
    name: 'null is absent',
    image: {
      [COMMON]: { allowTags: null, ignoreTags: null, platforms: null, forceUpdate: null },
      manifestTargets: null,
    },
    ref: { [COMMON]: { allowTags: 'regexp:^x' }, labelSelectors: null, writeBackConfig: null },
    annotations: { 'web.allow-tags': 'regexp:^x' },
  },
  ...writeBack('method', {}, { 'write-back-method': 'git' }),
  ...writeBack(
    'login',
    { method: 'git:secret:argocd/login' },
    { 'write-back-method': 'git:secret:argocd/login' },
  ),
  ...writeBack('repocreds', { method: 'git:repocreds' }, { 'write-back-method': 'git:repocreds' }),
  ...writeBack('branch', { gitConfig: { branch: 'stage' } }, { 'git-branch': 'stage' }),
  ...writeBack('push branch', { gitConfig: { branch: 'main:bump' } }, { 'git-branch': 'main:bump' }),
  ...writeBack(
    'branch template',
    { gitConfig: { branch: 'main:bump-{{.SHA256}}' } },
    { 'git-branch': 'main:bump-{{.SHA256}}' },
  ),
  ...writeBack(
    'remote',
    {
      gitConfig: { repository: 'https://git.example/acme/other.git', writeBackTarget: 'helmvalues:/v.yaml' },
    },
    { 'git-repository': 'https://git.example/acme/other.git', 'write-back-target': 'helmvalues:/v.yaml' },
  ),
  ...writeBack(
    'values file',
    { gitConfig: { writeBackTarget: 'helmvalues:v.yaml' } },
    { 'write-back-target': 'helmvalues:v.yaml' },
  ),
  ...writeBack(
    'kustomization',
    { gitConfig: { writeBackTarget: 'kustomization' } },
    { 'write-back-target': 'kustomization' },
  ),
  ...writeBack(
    'another kustomization',
    { gitConfig: { writeBackTarget: 'kustomization:../base' } },
    { 'write-back-target': 'kustomization:../base' },
  ),
  ...writeBack(
    'markers',
    { gitConfig: { writeBackTarget: 'markers:x.yaml' } },
    { 'write-back-target': 'markers:x.yaml' },
  ),
  ...writeBack('GitHub', { gitConfig: { pullRequest: { github: {} } } }, { 'pull-request': 'github' }),
  ...writeBack('GitLab', { gitConfig: { pullRequest: { gitlab: {} } } }, { 'pull-request': 'gitlab' }),
  ...writeBack(
    'labels',
    { gitConfig: { pullRequest: { github: {}, labels: ['deps', 'needs review'] } } },
    { 'pull-request': 'github', 'pull-request-labels': 'deps, needs review' },
  ),
  {
    name: 'a pull request is a block: the labels of spec are not those of the entry',
    ref: { writeBackConfig: { method: 'git', gitConfig: { pullRequest: { gitlab: {} } } } },
    spec: { writeBackConfig: { method: 'git', gitConfig: { pullRequest: { github: {}, labels: ['x'] } } } },
    annotations: { 'pull-request': 'gitlab' },
  },
  ...[
    { helm: { name: 'web.name', tag: 'web.tag' } },
    { helm: { spec: 'web.image' } },
    { helm: { tag: 'web.tag' } },
    { helm: { name: 'a.b[0].c', tag: 'a.b[0].d' } },
  ].map((manifestTargets) => ({
    name: `helm ${JSON.stringify(manifestTargets.helm)}`,
    image: { manifestTargets },
    annotations: Object.fromEntries(
      Object.entries(manifestTargets.helm).map(([part, path]) => [`web.helm.image-${part}`, path]),
    ),
  })),
  {
    name: 'kustomize name',
    image: { manifestTargets: { kustomize: { name: 'placeholder' } } },
    annotations: { 'web.kustomize.image-name': 'placeholder' },
    application: KUSTOMIZED,
  },
  { name: 'kustomize without a name', annotations: {}, application: KUSTOMIZED },
  ...[{ tag: 'TAG' }, { name: 'NAME', tag: 'TAG' }, { spec: 'IMAGE' }].map((plugin) => ({
    name: `plugin ${JSON.stringify(plugin)}`,
    image: { manifestTargets: { plugin } },
    annotations: Object.fromEntries(
      Object.entries(plugin).map(([part, variable]) => [`web.plugin.image-${part}`, variable]),
    ),
    application: PLUGGED,
  })),
  ...(
    [
      ['web.order', 'semver', { 'web.allow-tags': 'regexp:^v(.*)$' }],
      ['web.hold', 'until Monday', {}],
      ['hold', 'true', {}],
      ['web.pause', 'until Monday', {}],
      ['pause', 'true', {}],
      ['web.minimum-age', '24h', {}],
      ['minimum-age', '1h', {}],
      ['web.rollback', 'never-hold', {}],
      ['rollback', 'until-released', {}],
      ['web.allow-downgrade', 'true', {}],
      ['allow-downgrade', 'true', {}],
      ['web.interval', '30m', {}],
      ['interval', '1h', {}],
      ['web.update-windows', 'allow 0 9 * * 1-5 8h Europe/Berlin', {}],
      ['update-windows', 'deny 0 0 20 12 * 336h', {}],
      [
        'web.helm.image-registry',
        'web.registry',
        { 'web.helm.image-name': 'web.name', 'web.helm.image-tag': 'web.tag' },
      ],
      ['web.helm.image-digest', 'web.digest', { 'web.helm.image-tag': 'web.tag' }],
      ['web.helm.value-template', 'v-{tag}', { 'web.helm.image-tag': 'web.tag' }],
      ['web.write-back-target', 'helmvalues:one.yaml', {}],
      ['web.git-branch', 'one', {}],
      ['web.git-repository', 'https://git.example/acme/deploy', {}],
      ['web.write-back-method', 'git', {}],
      ['pull-request', 'gitea', {}],
      ['pull-request-group', 'remote', { 'pull-request': 'github' }],
      ['pull-request-title', 'bump', { 'pull-request': 'github' }],
    ] as const
  ).map(([key, value, others]): UpdaterRow => {
    const fields: Record<string, unknown> = {};
    const given: Readonly<Record<string, string>> = others;
    const helm = Object.fromEntries(
      Object.entries(given).flatMap(([other, text]) => {
        const part = /^web\.helm\.image-(.*)$/.exec(other)?.[1];
        return part === undefined ? [] : [[part, text]];
      }),
    );
    if (Object.keys(helm).length > 0) fields['manifestTargets'] = { helm };
    if (given['web.allow-tags'] !== undefined) fields[COMMON] = { allowTags: given['web.allow-tags'] };
    const request = given['pull-request'] === undefined ? {} : { gitConfig: { pullRequest: { github: {} } } };
    return {
      name: `the annotation ${key} of the resource`,
      image: fields,
      ref: { writeBackConfig: { method: 'git', ...request } },
      extensions: { [key]: value },
      annotations: { ...given, [key]: value },
    };
  }),
  {
    name: 'promote-from and its conditions as annotations of the resource',
    extensions: { 'web.promote-from': 'argocd/dev', 'promote-after': '2h', 'web.promote-when': 'verified' },
    annotations: {
      'web.promote-from': 'argocd/dev',
      'web.promote-after': '2h',
      'web.promote-when': 'verified',
    },
  },
];
