import type { ApplicationTarget, PatchOperation } from '../../../src/edits/application/edit-application.ts';
import { DIGEST, HELM, kustomizeOf, KUSTOMIZE, PARTS, partsOf, PLUGIN, pluginOf, specOf } from './changes.ts';
import type { ChangeInput } from './changes.ts';

export interface EditRow {
  readonly title: string;
  readonly target: ApplicationTarget;
  readonly source: unknown;
  readonly change: ChangeInput;
  /** The source afterwards; `undefined` when nothing is to be done. */
  readonly after: unknown;
  /** In short: `replace /spec/source/kustomize/images/1`. */
  readonly patch: readonly string[];
}

const H = '/spec/source/helm';
const K = '/spec/source/kustomize';
const P = '/spec/source/plugin';

function forced(name: string, value: string): unknown {
  return { name, value, forceString: true };
}

export const EDIT_ROWS: readonly EditRow[] = [
  {
    title: 'a source without a helm block gets one, with both parameters',
    target: HELM,
    source: { repoURL: 'r', path: 'p' },
    change: { slot: PARTS },
    after: {
      repoURL: 'r',
      path: 'p',
      helm: { parameters: [forced('image.name', 'ghcr.io/acme/api'), forced('image.tag', '2.0')] },
    },
    patch: [`add ${H}`],
  },
  {
    title: 'a block of null is none',
    target: HELM,
    source: { helm: null },
    change: { slot: specOf('image') },
    after: { helm: { parameters: [forced('image', 'ghcr.io/acme/api:2.0')] } },
    patch: [`add ${H}`],
  },
  {
    title: 'a helm block without parameters keeps its values',
    target: HELM,
    source: { helm: { values: 'image:\n  tag: "1"\n', valuesObject: { a: [1, null] }, releaseName: 'x' } },
    change: { slot: PARTS },
    after: {
      helm: {
        values: 'image:\n  tag: "1"\n',
        valuesObject: { a: [1, null] },
        releaseName: 'x',
        parameters: [forced('image.name', 'ghcr.io/acme/api'), forced('image.tag', '2.0')],
      },
    },
    patch: [`add ${H}/parameters`],
  },
  {
    title: 'parameters are replaced where they stand, and forced to be texts',
    target: HELM,
    source: {
      helm: {
        parameters: [
          { name: 'replicas', value: '3' },
          { name: 'image.tag', value: '1.0', note: 'kept' },
          { name: 'image.name', value: 'ghcr.io/acme/api', forceString: true },
          { name: 'url', value: 'https://x/?a=1&b=<2>' },
        ],
      },
    },
    change: { slot: PARTS, from: 'ghcr.io/acme/api:1.0' },
    after: {
      helm: {
        parameters: [
          { name: 'replicas', value: '3' },
          { name: 'image.tag', value: '2.0', note: 'kept', forceString: true },
          { name: 'image.name', value: 'ghcr.io/acme/api', forceString: true },
          { name: 'url', value: 'https://x/?a=1&b=<2>' },
        ],
      },
    },
    patch: [
      `test ${H}/parameters/1/name`,
      `test ${H}/parameters/1/value`,
      `add ${H}/parameters/1/value`,
      `add ${H}/parameters/1/forceString`,
    ],
  },
  {
    title: 'the default name comes along with the tag',
    target: HELM,
    source: { helm: { parameters: [{ name: 'image.tag', value: '1.0', forceString: true }] } },
    change: { slot: PARTS, from: ':1.0' },
    after: { helm: { parameters: [forced('image.tag', '2.0'), forced('image.name', 'ghcr.io/acme/api')] } },
    patch: [
      `test ${H}/parameters/0/name`,
      `test ${H}/parameters/0/value`,
      `add ${H}/parameters/0/value`,
      `add ${H}/parameters/-`,
    ],
  },
  {
    title: 'a name that means the same image keeps its spelling, another one is replaced',
    target: HELM,
    source: {
      helm: {
        parameters: [forced('a.name', 'docker.io/library/nginx'), forced('a.tag', '1.0')],
      },
    },
    change: { slot: partsOf('a.name', 'a.tag'), image: 'nginx', from: 'docker.io/library/nginx:1.0' },
    after: {
      helm: { parameters: [forced('a.name', 'docker.io/library/nginx'), forced('a.tag', '2.0')] },
    },
    patch: [`test ${H}/parameters/1/name`, `test ${H}/parameters/1/value`, `add ${H}/parameters/1/value`],
  },
  {
    title: 'an image that moved to another registry is written with its new name',
    target: HELM,
    source: { helm: { parameters: [forced('image', 'quay.io/acme/api:1.0')] } },
    change: { slot: specOf('image'), from: 'quay.io/acme/api:1.0' },
    after: { helm: { parameters: [forced('image', 'ghcr.io/acme/api:2.0')] } },
    patch: [`test ${H}/parameters/0/name`, `test ${H}/parameters/0/value`, `add ${H}/parameters/0/value`],
  },
  {
    title: 'of two parameters of one name the last counts, and is written',
    target: HELM,
    source: { helm: { parameters: [forced('image', 'acme/x:9'), forced('image', 'ghcr.io/acme/api:1.0')] } },
    change: { slot: specOf('image'), from: 'ghcr.io/acme/api:1.0' },
    after: { helm: { parameters: [forced('image', 'acme/x:9'), forced('image', 'ghcr.io/acme/api:2.0')] } },
    patch: [`test ${H}/parameters/1/name`, `test ${H}/parameters/1/value`, `add ${H}/parameters/1/value`],
  },
  {
    title: 'a tag and its digest are written together',
    target: HELM,
    source: { helm: { parameters: [forced('image.name', 'ghcr.io/acme/api'), forced('image.tag', 'main')] } },
    change: { slot: PARTS, from: 'ghcr.io/acme/api:main', to: 'main', digest: DIGEST },
    after: {
      helm: {
        parameters: [forced('image.name', 'ghcr.io/acme/api'), forced('image.tag', `main@${DIGEST}`)],
      },
    },
    patch: [`test ${H}/parameters/1/name`, `test ${H}/parameters/1/value`, `add ${H}/parameters/1/value`],
  },
  {
    title: 'a value that cannot be compared byte for byte is replaced without a test for it',
    target: HELM,
    source: { helm: { parameters: [{ name: 'image', value: '<none & nothing>', forceString: true }] } },
    change: { slot: specOf('image') },
    after: { helm: { parameters: [forced('image', 'ghcr.io/acme/api:2.0')] } },
    patch: [`test ${H}/parameters/0/name`, `add ${H}/parameters/0/value`],
  },
  {
    title: 'nothing is done for what is there already, forced or not',
    target: HELM,
    source: {
      helm: {
        parameters: [
          { name: 'image.name', value: 'ghcr.io/acme/api' },
          { name: 'image.tag', value: '2.0' },
        ],
      },
    },
    change: { slot: PARTS, from: 'ghcr.io/acme/api:1.0' },
    after: undefined,
    patch: [],
  },
  {
    title: 'a source without a kustomize block gets one',
    target: KUSTOMIZE,
    source: {},
    change: { slot: kustomizeOf('ghcr.io/acme/api') },
    after: { kustomize: { images: ['ghcr.io/acme/api:2.0'] } },
    patch: [`add ${K}`],
  },
  {
    title: 'an entry is appended behind those of others, and what stands beside the list stays',
    target: KUSTOMIZE,
    source: { kustomize: { namePrefix: 'x-', images: ['acme/web:1', 'base=acme/job:3'] } },
    change: { slot: kustomizeOf('base-api', true) },
    after: {
      kustomize: {
        namePrefix: 'x-',
        images: ['acme/web:1', 'base=acme/job:3', 'base-api=ghcr.io/acme/api:2.0'],
      },
    },
    patch: [`add ${K}/images/-`],
  },
  {
    title: 'an empty list is a list',
    target: KUSTOMIZE,
    source: { kustomize: { images: [] } },
    change: { slot: kustomizeOf('ghcr.io/acme/api') },
    after: { kustomize: { images: ['ghcr.io/acme/api:2.0'] } },
    patch: [`add ${K}/images/-`],
  },
  {
    title: 'an entry is found by its name, however it is spelled, and keeps that spelling',
    target: KUSTOMIZE,
    source: { kustomize: { images: ['acme/web:1', `docker.io/library/nginx:1.0@${DIGEST}`] } },
    change: { slot: kustomizeOf('nginx'), image: 'nginx', from: `docker.io/library/nginx:1.0@${DIGEST}` },
    after: { kustomize: { images: ['acme/web:1', 'docker.io/library/nginx:2.0'] } },
    patch: [`test ${K}/images/1`, `replace ${K}/images/1`],
  },
  {
    title: 'two images of one registry with a port are two',
    target: KUSTOMIZE,
    source: { kustomize: { images: ['reg.corp:5000/b:1.0', 'reg.corp:5000/a:1.0'] } },
    change: { slot: kustomizeOf('reg.corp:5000/a'), image: 'reg.corp:5000/a', from: 'reg.corp:5000/a:1.0' },
    after: { kustomize: { images: ['reg.corp:5000/b:1.0', 'reg.corp:5000/a:2.0'] } },
    patch: [`test ${K}/images/1`, `replace ${K}/images/1`],
  },
  {
    title: 'two names of the base for one image are two',
    target: KUSTOMIZE,
    source: { kustomize: { images: ['one=ghcr.io/acme/api:1.0', 'two=ghcr.io/acme/api:1.0'] } },
    change: { slot: kustomizeOf('two', true), from: 'ghcr.io/acme/api:1.0' },
    after: { kustomize: { images: ['one=ghcr.io/acme/api:1.0', 'two=ghcr.io/acme/api:2.0'] } },
    patch: [`test ${K}/images/1`, `replace ${K}/images/1`],
  },
  {
    title: 'an entry that puts our image in the place of another is ours when nobody named the base',
    target: KUSTOMIZE,
    source: { kustomize: { images: ['base=ghcr.io/acme/api:1.0'] } },
    change: { slot: kustomizeOf('ghcr.io/acme/api'), from: 'ghcr.io/acme/api:1.0' },
    after: { kustomize: { images: ['base=ghcr.io/acme/api:2.0'] } },
    patch: [`test ${K}/images/0`, `replace ${K}/images/0`],
  },
  {
    title: 'what is no image is replaced where it stands',
    target: KUSTOMIZE,
    source: { kustomize: { images: ['ghcr.io/acme/api=<no image>'] } },
    change: { slot: kustomizeOf('ghcr.io/acme/api') },
    after: { kustomize: { images: ['ghcr.io/acme/api=ghcr.io/acme/api:2.0'] } },
    patch: [`replace ${K}/images/0`],
  },
  {
    title: 'an entry whose tag is none is one without a tag',
    target: KUSTOMIZE,
    source: { kustomize: { images: ['ghcr.io/acme/api:'] } },
    change: { slot: kustomizeOf('ghcr.io/acme/api') },
    after: { kustomize: { images: ['ghcr.io/acme/api:2.0'] } },
    patch: [`test ${K}/images/0`, `replace ${K}/images/0`],
  },
  {
    title: 'a plugin gets the variables that are named',
    target: PLUGIN,
    source: { plugin: { name: 'cdk8s', env: [{ name: 'STAGE', value: 'prod' }] } },
    change: { slot: pluginOf({ name: 'IMAGE', tag: 'TAG', spec: 'FULL' }) },
    after: {
      plugin: {
        name: 'cdk8s',
        env: [
          { name: 'STAGE', value: 'prod' },
          { name: 'IMAGE', value: 'ghcr.io/acme/api' },
          { name: 'TAG', value: '2.0' },
          { name: 'FULL', value: 'ghcr.io/acme/api:2.0' },
        ],
      },
    },
    patch: [`add ${P}/env/-`, `add ${P}/env/-`, `add ${P}/env/-`],
  },
  {
    title: 'two variables of a plugin that disagree are brought together',
    target: PLUGIN,
    source: {
      plugin: {
        env: [
          { name: 'TAG', value: '2.0' },
          { name: 'FULL', value: 'ghcr.io/acme/api:1.0' },
        ],
      },
    },
    change: { slot: pluginOf({ tag: 'TAG', spec: 'FULL' }), from: 'ghcr.io/acme/api' },
    after: {
      plugin: {
        env: [
          { name: 'TAG', value: '2.0' },
          { name: 'FULL', value: 'ghcr.io/acme/api:2.0' },
        ],
      },
    },
    patch: [`test ${P}/env/1/name`, `test ${P}/env/1/value`, `add ${P}/env/1/value`],
  },
  {
    title: 'a variable without a value gets one',
    target: PLUGIN,
    source: { plugin: { env: [{ name: 'TAG' }] } },
    change: { slot: pluginOf({ tag: 'TAG' }) },
    after: { plugin: { env: [{ name: 'TAG', value: '2.0' }] } },
    patch: [`test ${P}/env/0/name`, `add ${P}/env/0/value`],
  },
];

/** In short, as rows say it. */
export function inShort({ op, path }: PatchOperation): string {
  return `${op} ${path}`;
}
