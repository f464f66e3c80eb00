import { nextStatus } from '../../src/core/updater-status/next-status.ts';
import { image } from '../reporters/reports.ts';

/** A resource, and whether it is stored. */
export interface CrdCase {
  readonly what: string;
  readonly spec: object;
  /** A part of what the API server answers; absent where it stores the resource. */
  readonly refused?: string;
}

const IMAGE = { alias: 'web', imageName: 'ghcr.io/acme/web:1.x' };

function withRef(ref: object): object {
  return { applicationRefs: [{ namePattern: 'shop', ...ref }] };
}

function withImage(image: object): object {
  return withRef({ images: [{ ...IMAGE, ...image }] });
}

function withGit(gitConfig: object): object {
  return { ...withImage({}), writeBackConfig: { method: 'git', gitConfig } };
}

const SETTINGS = {
  updateStrategy: 'newest-build',
  forceUpdate: true,
  allowTags: 'regexp:^v[0-9]+$',
  ignoreTags: ['latest', 'rc-*'],
  pullSecret: 'pullsecret:argocd/registry-login',
  platforms: ['linux/amd64', 'linux/arm64/v8'],
};

const SELECTOR = {
  matchLabels: { tier: 'staging' },
  matchExpressions: [
    { key: 'team', operator: 'In', values: ['a', 'b'] },
    { key: 'frozen', operator: 'DoesNotExist' },
  ],
};

const KEY = { secretName: 'cosign', key: 'cosign.pub' };

const ONE_TARGET = 'exactly one of helm, kustomize and plugin is expected';
const ONE_HOST = 'exactly one of github and gitlab is expected';
const NO_IMAGE = 'an image at least is expected unless useAnnotations is true';
const NO_KEY = 'cosignKey is expected unless enabled is false';

// prettier-ignore
export const CRD_CASES: readonly CrdCase[] = [
  { what: 'an image', spec: withImage({}) },
  { what: 'the namespace of the first releases', spec: { ...withImage({}), namespace: 'default' } },
  { what: 'all settings on all levels', spec: {
    commonUpdateSettings: SETTINGS,
    applicationRefs: [{ namePattern: 'shop-*', labelSelectors: SELECTOR, commonUpdateSettings: SETTINGS, images: [{ ...IMAGE, commonUpdateSettings: SETTINGS }] }],
  } },
  { what: 'a setting that hides none of those above', spec: { commonUpdateSettings: SETTINGS, ...withImage({ commonUpdateSettings: { allowTags: 'any' } }) } },
  { what: 'lists that are empty', spec: withImage({ commonUpdateSettings: { ignoreTags: [], platforms: [] } }) },
  { what: 'several entries', spec: { applicationRefs: [{ namePattern: 'a', images: [IMAGE] }, { namePattern: 'b', images: [IMAGE, { ...IMAGE, alias: 'api' }] }] } },
  { what: 'annotations', spec: withRef({ useAnnotations: true }) },
  { what: 'annotations, with images that do not count', spec: withRef({ useAnnotations: true, images: [IMAGE] }) },
  { what: 'annotations that are switched off', spec: withRef({ useAnnotations: false, images: [IMAGE] }) },
  { what: 'helm', spec: withImage({ manifestTargets: { helm: { name: 'image.repository', tag: 'image.tag' } } }) },
  { what: 'helm with a spec', spec: withImage({ manifestTargets: { helm: { spec: 'image' } } }) },
  { what: 'helm with nothing', spec: withImage({ manifestTargets: { helm: {} } }) },
  { what: 'kustomize', spec: withImage({ manifestTargets: { kustomize: { name: 'web' } } }) },
  { what: 'a plugin', spec: withImage({ manifestTargets: { plugin: { name: 'IMAGE_NAME', tag: 'IMAGE_TAG' } } }) },
  { what: 'a plugin with a spec', spec: withImage({ manifestTargets: { plugin: { spec: 'IMAGE' } } }) },
  { what: 'the method argocd', spec: { ...withImage({}), writeBackConfig: { method: 'argocd' } } },
  { what: 'credentials in a Secret', spec: { ...withImage({}), writeBackConfig: { method: 'git:secret:argocd/git-creds' } } },
  { what: 'credentials of Argo CD', spec: withRef({ images: [IMAGE], writeBackConfig: { method: 'git:repocreds' } }) },
  { what: 'a place in Git, of the method above', spec: { writeBackConfig: { method: 'git' }, ...withRef({ images: [IMAGE], writeBackConfig: { gitConfig: { branch: 'main:updates', repository: 'https://git.example.com/a.git', writeBackTarget: 'helmvalues:/values.yaml' } } }) } },
  { what: 'a pull request', spec: withGit({ pullRequest: { github: {} } }) },
  { what: 'a merge request with labels', spec: withGit({ pullRequest: { gitlab: {}, labels: ['images', 'a'.repeat(255)] } }) },
  { what: 'a merge request with settings of its host', spec: withGit({ pullRequest: { gitlab: { insecure: false, caRef: { configMapName: 'argocd-tls-certs-cm', key: 'gitlab-ca' } } } }) },
  { what: 'a hundred labels', spec: withGit({ pullRequest: { github: {}, labels: Array.from({ length: 100 }, (_, index) => `l${index}`) } }) },
  { what: 'a key for signatures', spec: { ...withImage({}), imagesVerification: { cosignKey: KEY } } },
  { what: 'a key for signatures that is switched on', spec: withRef({ images: [IMAGE], imagesVerification: { enabled: true, cosignKey: KEY } }) },
  { what: 'an image without signature', spec: { imagesVerification: { cosignKey: KEY }, ...withImage({ imagesVerification: { enabled: false } }) } },
  { what: 'an alias with all that it may have', spec: withImage({ alias: '0-a.B_c' }) },

  { what: 'nothing', spec: {}, refused: 'spec.applicationRefs: Required value' },
  { what: 'no entries', spec: { applicationRefs: [] }, refused: 'should have at least 1 items' },
  { what: 'two entries of one pattern', spec: { applicationRefs: [{ namePattern: 'a', images: [IMAGE] }, { namePattern: 'a', images: [IMAGE] }] }, refused: 'Duplicate value' },
  { what: 'no pattern', spec: { applicationRefs: [{ images: [IMAGE] }] }, refused: 'namePattern: Required value' },
  { what: 'no images', spec: withRef({}), refused: NO_IMAGE },
  { what: 'an empty list of images', spec: withRef({ images: [] }), refused: NO_IMAGE },
  { what: 'no images without annotations', spec: withRef({ useAnnotations: false }), refused: NO_IMAGE },
  { what: 'two images of one alias', spec: withRef({ images: [IMAGE, IMAGE] }), refused: 'Duplicate value' },
  { what: 'no alias', spec: withRef({ images: [{ imageName: 'web' }] }), refused: 'alias: Required value' },
  { what: 'no name of the image', spec: withRef({ images: [{ alias: 'web' }] }), refused: 'imageName: Required value' },
  { what: 'an alias with a slash', spec: withImage({ alias: 'a/b' }), refused: 'should match' },
  { what: 'an alias that begins with a dot', spec: withImage({ alias: '.a' }), refused: 'should match' },
  { what: 'an empty alias', spec: withImage({ alias: '' }), refused: 'should match' },
  { what: 'no target', spec: withImage({ manifestTargets: {} }), refused: ONE_TARGET },
  { what: 'two targets', spec: withImage({ manifestTargets: { helm: { name: 'a' }, kustomize: { name: 'b' } } }), refused: ONE_TARGET },
  { what: 'two other targets', spec: withImage({ manifestTargets: { kustomize: { name: 'b' }, plugin: { name: 'A' } } }), refused: ONE_TARGET },
  { what: 'three targets', spec: withImage({ manifestTargets: { helm: {}, kustomize: { name: 'b' }, plugin: { name: 'A' } } }), refused: ONE_TARGET },
  { what: 'kustomize without a name', spec: withImage({ manifestTargets: { kustomize: {} } }), refused: 'name: Required value' },
  { what: 'a plugin with a tag alone', spec: withImage({ manifestTargets: { plugin: { tag: 'TAG' } } }), refused: 'spec or name is expected' },
  { what: 'a plugin with nothing', spec: withImage({ manifestTargets: { plugin: {} } }), refused: 'spec or name is expected' },
  { what: 'a plugin with an empty name', spec: withImage({ manifestTargets: { plugin: { name: '' } } }), refused: 'should be at least 1 chars long' },
  { what: 'a plugin with a long name', spec: withImage({ manifestTargets: { plugin: { name: 'A'.repeat(254) } } }), refused: 'Too long' },
  { what: 'another method', spec: { ...withImage({}), writeBackConfig: { method: 'svn' } }, refused: 'should match' },
  { what: 'a method with a space', spec: { ...withImage({}), writeBackConfig: { method: 'git: secret' } }, refused: 'should match' },
  { what: 'a pull request of no host', spec: withGit({ pullRequest: { labels: ['a'] } }), refused: ONE_HOST },
  { what: 'a pull request of two hosts', spec: withGit({ pullRequest: { github: {}, gitlab: {} } }), refused: ONE_HOST },
  { what: 'an empty label', spec: withGit({ pullRequest: { github: {}, labels: [''] } }), refused: 'should be at least 1 chars long' },
  { what: 'a long label', spec: withGit({ pullRequest: { github: {}, labels: ['a'.repeat(256)] } }), refused: 'Too long' },
  { what: 'too many labels', spec: withGit({ pullRequest: { github: {}, labels: Array.from({ length: 101 }, (_, index) => `l${index}`) } }), refused: 'must have at most 100 items' },
  { what: 'signatures without a key', spec: { ...withImage({}), imagesVerification: { enabled: true } }, refused: NO_KEY },
  { what: 'an empty demand for signatures', spec: withImage({ imagesVerification: {} }), refused: NO_KEY },
  { what: 'a key without its field', spec: withRef({ images: [IMAGE], imagesVerification: { cosignKey: { secretName: 'cosign' } } }), refused: 'key: Required value' },
  { what: 'a text where a list is', spec: withImage({ commonUpdateSettings: { ignoreTags: 'latest' } }), refused: 'must be of type array' },
  { what: 'a text where yes or no is', spec: withImage({ commonUpdateSettings: { forceUpdate: 'yes' } }), refused: 'must be of type boolean' },
  { what: 'a number where a text is', spec: withImage({ imageName: 1 }), refused: 'must be of type string' },
  { what: 'a list where an object is', spec: withRef({ images: [IMAGE], labelSelectors: [] }), refused: 'must be of type object' },
  { what: 'an expression without an operator', spec: withRef({ images: [IMAGE], labelSelectors: { matchExpressions: [{ key: 'a' }] } }), refused: 'operator: Required value' },
  { what: 'a label that is a number', spec: withRef({ images: [IMAGE], labelSelectors: { matchLabels: { a: 1 } } }), refused: 'must be of type string' },
  { what: 'an unknown setting', spec: withImage({ commonUpdateSettings: { updateStrategie: 'semver' } }), refused: 'unknown field' },
  { what: 'an unknown field of an entry', spec: withRef({ images: [IMAGE], nameRegex: '.*' }), refused: 'unknown field' },
  { what: 'an unknown field of the resource', spec: { ...withImage({}), applications: [] }, refused: 'unknown field' },
];

const TIME = '2026-01-02T03:04:05Z';
const CONDITION = {
  type: 'Ready',
  status: 'True',
  reason: 'ReconcileSucceeded',
  message: '',
  lastTransitionTime: TIME,
};
const UPDATE = {
  alias: 'web',
  image: 'ghcr.io/acme/web',
  newVersion: '1.1.0',
  applicationsUpdated: 2,
  updatedAt: TIME,
};
const WRITTEN = nextStatus(
  {},
  {
    kind: 'checked',
    generation: 2,
    applications: 1,
    images: 2,
    listed: new Set(),
    results: [
      image('updated', { candidate: { tag: '1.4.2', digest: undefined } }),
      image('failed', { code: 'registry-denied' }),
    ],
    problems: 1,
  },
  Date.parse('2026-11-30T08:00:00Z'),
);

const NOT_UPDATED = {
  application: 'argocd/shop',
  alias: 'web',
  image: 'ghcr.io/acme/web',
  outcome: 'failed',
  code: 'registry-denied',
  reason: 'The registry said no.',
  since: TIME,
};

/** A status, and whether it is stored. */
// prettier-ignore
export const STATUS_CASES: readonly { readonly what: string; readonly status: object; readonly refused?: string }[] = [
  { what: 'a status with everything', status: {
    observedGeneration: 3, lastCheckedAt: TIME, lastUpdatedAt: TIME, applicationsMatched: 5, imagesManaged: 9,
    recentUpdates: [{ ...UPDATE, message: 'Updated from 1.0.0 to 1.1.0.' }],
    imagesNotUpdated: Array.from({ length: 50 }, () => NOT_UPDATED), imagesNotUpdatedTotal: 60,
    conditions: [CONDITION, { ...CONDITION, type: 'Error', status: 'False', reason: 'NoErrors' }],
  } },
  { what: 'a status of a first check', status: { observedGeneration: 1, lastCheckedAt: TIME, applicationsMatched: 0, imagesManaged: 0 } },
  { what: 'what Lynceus writes', status: { ...WRITTEN } },
  { what: 'a negative count of images that did not move', status: { imagesNotUpdatedTotal: -1 }, refused: 'should be greater than or equal to 0' },
  { what: 'more than fifty images', status: { imagesNotUpdated: Array.from({ length: 51 }, () => NOT_UPDATED) }, refused: 'must have at most 50 items' },
  { what: 'an image without a reason', status: { imagesNotUpdated: [{ ...NOT_UPDATED, reason: undefined }] }, refused: 'reason: Required value' },
  { what: 'an update without a version', status: { recentUpdates: [{ ...UPDATE, newVersion: undefined }] }, refused: 'newVersion: Required value' },
  { what: 'a negative count', status: { imagesManaged: -1 }, refused: 'should be greater than or equal to 0' },
  { what: 'a date without a time', status: { lastCheckedAt: '2026-01-02' }, refused: 'must be of type date-time' },
  { what: 'two conditions of one type', status: { conditions: [CONDITION, CONDITION] }, refused: 'Duplicate value' },
  { what: 'a condition with a sentence as its reason', status: { conditions: [{ ...CONDITION, reason: 'It failed.' }] }, refused: 'should match' },
];
