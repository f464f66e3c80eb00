import type { Clock } from '../ports/clock.ts';
import { demoApplication, IMAGE_HOST } from './files.ts';
import { pushImages, type ImagePush } from './rounds.ts';
import type { DemoWorld } from './world.ts';
import { writeDemoFiles } from './write-demo-files.ts';

/** Further Applications, one for each state that the rounds do not end in. */
const SCENES: readonly Scene[] = [
  // Nobody has pushed this image: it fails.
  { name: 'reports', annotations: {}, versions: [] },
  // A person does not want it to move.
  { name: 'search', annotations: { 'app.hold': 'load test until Friday' }, versions: ['1.0.0', '1.1.0'] },
  // It is written in the night to New Year only.
  { name: 'billing', annotations: { 'update-windows': 'allow 0 3 1 1 * 1h' }, versions: ['1.0.0', '1.0.4'] },
];

interface Scene {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** What is in the registry. */
  readonly versions: readonly string[];
}

/** How often an image arrives while somebody looks at the page, in milliseconds. */
const PAUSE = 20_000;
const FIRST_BUILD = 500;

/** Adds what makes the page worth a look: something failed, held, rolled back by a person, waiting for promotion. */
export async function prepareScenes({ remote, applications, registry, person }: DemoWorld): Promise<void> {
  pushImages(registry, [
    ...SCENES.flatMap(({ name, versions }) => versions.map((version) => pushOf(`${name}:${version}`))),
    pushOf('shop/backend:2.1.14'),
  ]);
  const files = SCENES.map(({ name }) => [`${name}/kustomization.yaml`, kustomization(name)] as const);
  await person.push({
    files: Object.fromEntries(files),
    path: 'guestbook/kustomization.yaml',
    find: 'newTag: 1.2.1',
    replace: 'newTag: 1.2.0',
    message: 'Back to guestbook 1.2.0, and three more Applications\n\n1.2.1 loses entries.',
  });
  const manifests = SCENES.map(({ name, annotations }): [string, string] => [
    `${name}.yaml`,
    demoApplication({
      name,
      remote,
      annotations: {
        'image-list': `app=${IMAGE_HOST}/${name}:^1`,
        'write-back-target': 'kustomization',
        ...annotations,
      },
      source: `path: ${name}\n    kustomize: {}`,
    }),
  ]);
  await writeDemoFiles(applications, Object.fromEntries(manifests));
}

/** Lets an image arrive from time to time, until the signal aborts. */
export async function keepArriving(world: DemoWorld, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let build = FIRST_BUILD; !signal.aborted; build += 1) {
    await clock.sleep(PAUSE, signal).catch(() => undefined);
    const created = new Date(world.clock.now()).toISOString();
    if (!signal.aborted) pushImages(world.registry, [pushOf(`shop/frontend:build-${build}`, created)]);
  }
}

function pushOf(reference: string, created = '2026-03-25T09:00:00Z'): ImagePush {
  const [repository = '', tag = ''] = reference.split(':');
  return { repository, tag, image: { created } };
}

function kustomization(name: string): string {
  return `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
images:
  - name: ${IMAGE_HOST}/${name}
    newTag: 1.0.0
`;
}
