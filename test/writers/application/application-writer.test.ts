import { describe, expect, test } from 'vitest';
import { APPLICATIONS, type KubeObject } from '../../../src/kube/kube-client.ts';
import {
  aChange,
  anApplication,
  HELM,
  KUSTOMIZE,
  kustomizeOf,
  PARTS,
  PLUGIN,
  pluginOf,
  specOf,
} from '../../edits/application/changes.ts';
import { FOREVER } from '../../kube/stand-in.ts';
import { aSet, beside, createApplicationWorld } from './application-world.ts';

const IMAGE = { name: 'image', value: 'ghcr.io/acme/api:1.0', forceString: true };
const OTHER = { name: 'url', value: 'https://x/?a=1&b=<2>' };
const UPDATED = { ...IMAGE, value: 'ghcr.io/acme/api:2.0' };
const TO_2 = aChange({ slot: specOf('image'), from: 'ghcr.io/acme/api:1.0' });
const SET = aSet([TO_2]);

function shop(...parameters: readonly unknown[]): KubeObject {
  return anApplication({
    repoURL: 'r',
    helm: { values: 'a: 1\n', valuesObject: { z: 1.5, a: [null] }, parameters },
  });
}

function parametersOf(source: unknown): unknown {
  return (source as { readonly helm: { readonly parameters: unknown } }).helm.parameters;
}

/** Somebody else changes the Application just before a request of this verb is carried out. */
function meanwhile(run: () => void, times = 1) {
  return {
    match: { verb: 'patch', resource: 'applications' },
    times,
    fault: { kind: 'before', run },
  } as const;
}

describe('an Application in the cluster', () => {
  test('gets the new version, and nothing else of it changes by a byte', async () => {
    const world = await createApplicationWorld();
    const before = world.put(shop(OTHER, IMAGE));

    const result = await world.writer.apply(SET, FOREVER);

    expect(result).toMatchObject({ set: SET, ending: { kind: 'written' }, refused: [], warnings: [] });
    expect(JSON.stringify(world.source())).toBe(
      JSON.stringify((before['spec'] as { source: unknown }).source).replace('api:1.0', 'api:2.0'),
    );
    expect(beside(world.get())).toBe(beside(before));
    expect(world.server.verbs()).toEqual(
      new Set(['get argoproj.io/applications', 'patch argoproj.io/applications']),
    );
  });

  test('that says it already is not written', async () => {
    const world = await createApplicationWorld();
    world.put(shop(UPDATED));

    const result = await world.writer.apply(SET, FOREVER);

    expect(result).toMatchObject({ ending: { kind: 'unchanged' }, refused: [], diff: '' });
    expect(world.patches()).toBe(0);
  });

  test('written twice is written once', async () => {
    const world = await createApplicationWorld();
    world.put(shop(IMAGE));

    await world.writer.apply(SET, FOREVER);
    const again = await world.writer.apply(SET, FOREVER);

    expect(again.ending).toEqual({ kind: 'unchanged' });
    expect(world.patches()).toBe(1);
  });

  test('gets a block, when its source has none', async () => {
    const world = await createApplicationWorld();
    world.put(anApplication({ chart: 'shop' }));

    await world.writer.apply(aSet([aChange({ slot: PARTS })]), FOREVER);

    expect(parametersOf(world.source())).toEqual([
      { name: 'image.name', value: 'ghcr.io/acme/api', forceString: true },
      { name: 'image.tag', value: '2.0', forceString: true },
    ]);
  });

  test('with several sources is written in one of them', async () => {
    const world = await createApplicationWorld();
    const sources = [
      { ref: 'values' },
      { kustomize: { images: ['reg.corp:5000/a:1.0', 'reg.corp:5000/b:1.0'] } },
    ];
    world.put(anApplication(undefined, { sources }));
    const change = aChange({
      slot: kustomizeOf('reg.corp:5000/b'),
      image: 'reg.corp:5000/b',
      from: 'reg.corp:5000/b:1.0',
    });

    const result = await world.writer.apply(aSet([change], { ...KUSTOMIZE, at: 'spec.sources[1]' }), FOREVER);

    expect(result.ending).toEqual({ kind: 'written' });
    expect(world.get()?.['spec']).toMatchObject({
      sources: [{ ref: 'values' }, { kustomize: { images: ['reg.corp:5000/a:1.0', 'reg.corp:5000/b:2.0'] } }],
    });
  });

  test('of a plugin gets its variables', async () => {
    const world = await createApplicationWorld();
    world.put(anApplication({ plugin: { name: 'x', env: [{ name: 'A', value: 'b' }] } }));

    await world.writer.apply(aSet([aChange({ slot: pluginOf({ tag: 'TAG' }) })], PLUGIN), FOREVER);

    expect(world.source()).toEqual({
      plugin: {
        name: 'x',
        env: [
          { name: 'A', value: 'b' },
          { name: 'TAG', value: '2.0' },
        ],
      },
    });
  });

  test('without a namespace is looked for in our own', async () => {
    const world = await createApplicationWorld();
    world.put(shop(IMAGE));

    const result = await world.writer.apply(
      { ...SET, application: { namespace: '', name: 'shop' } },
      FOREVER,
    );

    expect(result.ending).toEqual({ kind: 'written' });
  });

  test('is one of fifty that are written at once', async () => {
    const world = await createApplicationWorld();
    const names = Array.from({ length: 50 }, (_, index) => `shop-${index}`);
    for (const name of names) world.put({ ...shop(OTHER, IMAGE), metadata: { name, namespace: 'argocd' } });

    const results = await Promise.all(
      names.map((name) => world.writer.apply(aSet([TO_2], HELM, name), FOREVER)),
    );

    expect(results.map(({ ending }) => ending.kind)).toEqual(names.map(() => 'written'));
    expect(names.map((name) => parametersOf(world.source(name)))).toEqual(names.map(() => [OTHER, UPDATED]));
    expect(world.patches()).toBe(50);
  });
});

describe('when somebody else changes the Application between reading and writing', () => {
  test('what he wrote stays, and ours is written on top of it', async () => {
    const world = await createApplicationWorld();
    world.put(shop(IMAGE));
    world.server.inject(meanwhile(() => void world.put(shop(OTHER, IMAGE))));

    const result = await world.writer.apply(SET, FOREVER);

    expect(result.ending).toEqual({ kind: 'written' });
    expect(parametersOf(world.source())).toEqual([OTHER, UPDATED]);
    expect(world.patches()).toBe(2);
    expect(world.clock.sleeps).toEqual([38]);
    expect(world.logLines.join('\n')).toContain('"application":"argocd/shop"');
  });

  test('an entry is not written twice when he added it too', async () => {
    const world = await createApplicationWorld();
    world.put(shop(OTHER));
    world.server.inject(meanwhile(() => void world.put(shop(OTHER, UPDATED))));

    const result = await world.writer.apply(aSet([aChange({ slot: specOf('image') })]), FOREVER);

    expect(result.ending).toEqual({ kind: 'unchanged' });
    expect(parametersOf(world.source())).toEqual([OTHER, UPDATED]);
  });

  test('a change is refused when he wrote another version', async () => {
    const world = await createApplicationWorld();
    const theirs = { ...IMAGE, value: 'ghcr.io/acme/api:3.0' };
    world.put(shop(IMAGE));
    world.server.inject(meanwhile(() => void world.put(shop(theirs))));

    const result = await world.writer.apply(SET, FOREVER);

    expect(result).toMatchObject({
      ending: { kind: 'failed', error: { code: 'changed-meanwhile' } },
      refused: [{ change: TO_2, error: { code: 'changed-meanwhile' } }],
    });
    expect(parametersOf(world.source())).toEqual([theirs]);
  });

  test('the source that is written was taken away: nothing is written to another one', async () => {
    const world = await createApplicationWorld();
    world.put(anApplication(undefined, { sources: [{ path: 'a' }, { helm: { parameters: [IMAGE] } }] }));
    world.server.inject(
      meanwhile(() => void world.put(anApplication(undefined, { sources: [{ path: 'a' }] }))),
    );

    const result = await world.writer.apply(aSet([TO_2], { ...HELM, at: 'spec.sources[1]' }), FOREVER);

    expect(result.ending).toMatchObject({ kind: 'failed', error: { code: 'changed-meanwhile' } });
    expect(world.get()?.['spec']).toMatchObject({ sources: [{ path: 'a' }] });
  });

  test('again and again: it is given up after the attempts, with longer waits in between', async () => {
    const world = await createApplicationWorld({ attempts: 3 });
    world.put(shop(IMAGE));
    let count = 0;
    const busy = () => void world.put({ ...shop(IMAGE), status: { count: (count += 1) } });
    world.server.inject(meanwhile(busy, 100));

    const result = await world.writer.apply(SET, FOREVER);

    expect(result.ending).toMatchObject({
      kind: 'failed',
      error: {
        code: 'kube-conflict',
        message:
          'somebody else changed the Application argocd/shop whenever it was to be written, 3 times in a row',
      },
    });
    expect(world.patches()).toBe(3);
    expect(world.clock.sleeps).toEqual([38, 75, 150]);
    expect(parametersOf(world.source())).toEqual([IMAGE]);
  });

  test('all of eight writers that write one Application get through, each with his own entry', async () => {
    const world = await createApplicationWorld({ attempts: 20 });
    world.put(shop(OTHER));
    const sets = Array.from({ length: 8 }, (_, index) =>
      aSet([aChange({ slot: specOf(`image-${index}`), image: `acme/${index}` })]),
    );

    const results = await Promise.all(sets.map((set) => world.writer.apply(set, FOREVER)));

    expect(results.map(({ ending }) => ending.kind)).toEqual(sets.map(() => 'written'));
    const names = (parametersOf(world.source()) as readonly { readonly name: string }[]).map(
      ({ name }) => name,
    );
    expect(names.sort()).toEqual([...sets.map((_, index) => `image-${index}`), 'url']);
  });

  test('he deleted it: the line says so', async () => {
    const world = await createApplicationWorld();
    world.put(shop(IMAGE));
    world.server.inject(meanwhile(() => world.server.objects.delete(APPLICATIONS, 'argocd', 'shop')));

    const result = await world.writer.apply(SET, FOREVER);

    expect(result.ending).toMatchObject({ kind: 'failed', error: { code: 'kube-not-found' } });
    expect(result.ending.kind === 'failed' && result.ending.error.line).toBe(
      'the Application argocd/shop was read in this cycle but is not there any more: there is no applications.argoproj.io shop in the namespace argocd (it was probably deleted meanwhile, and then nothing is to be done)',
    );
    expect(world.get()).toBeUndefined();
  });
});

describe('when the API server does not carry out a patch', () => {
  test('without the right to: the line names verb, resource, namespace and the cure', async () => {
    const rules = [
      { apiGroups: ['argoproj.io'], resources: ['applications'], verbs: ['get', 'list', 'watch'] },
    ];
    const world = await createApplicationWorld({ rules });
    world.put(shop(IMAGE));

    const { ending } = await world.writer.apply(SET, FOREVER);

    expect(ending).toMatchObject({ kind: 'failed', error: { code: 'kube-denied' } });
    expect(ending.kind === 'failed' && ending.error.line).toMatch(
      /may not patch applications\.argoproj\.io shop in the namespace argocd \(grant it by .*verbs \["patch"\]\)$/,
    );
    expect(world.server.requests.map(({ verb }) => verb)).toEqual(['get', 'patch']);
    expect(world.clock.sleeps).toEqual([]);
  });

  test('because it is no valid Application: it is not tried again', async () => {
    const world = await createApplicationWorld();
    world.put(shop(IMAGE));
    world.server.inject({ match: { verb: 'patch' }, times: 9, fault: { kind: 'status', status: 422 } });

    const { ending } = await world.writer.apply(SET, FOREVER);

    expect(ending).toMatchObject({ kind: 'failed', error: { code: 'kube-failed' } });
    expect(world.patches()).toBe(1);
  });

  test('because it is no valid Application, and somebody else wrote the same: that was not us', async () => {
    const world = await createApplicationWorld();
    world.put(shop(IMAGE));
    world.server.inject({ match: { verb: 'patch' }, fault: { kind: 'status', status: 422 } });
    world.server.inject({ match: { verb: 'get' }, fault: { kind: 'before', run: () => undefined } });
    world.server.inject({
      match: { verb: 'get' },
      fault: { kind: 'before', run: () => void world.put(shop(UPDATED)) },
    });

    const { ending } = await world.writer.apply(SET, FOREVER);

    expect(ending).toEqual({ kind: 'unchanged' });
  });

  test('for a while: it is tried again', async () => {
    const world = await createApplicationWorld();
    world.put(shop(IMAGE));
    world.server.inject({ match: { verb: 'patch' }, times: 2, fault: { kind: 'status', status: 503 } });

    const { ending } = await world.writer.apply(SET, FOREVER);

    expect(ending).toEqual({ kind: 'written' });
    expect(world.patches()).toBe(3);
  });

  test('for long: the last word is its own', async () => {
    const world = await createApplicationWorld({ attempts: 2 });
    world.put(shop(IMAGE));
    world.server.inject({ match: { verb: 'patch' }, times: 9, fault: { kind: 'status', status: 503 } });

    const { ending } = await world.writer.apply(SET, FOREVER);

    expect(ending).toMatchObject({ kind: 'failed', error: { code: 'kube-failed' } });
    expect(world.patches()).toBe(2);
  });

  test('or did, and its answer was lost: it counts as written, with the diff', async () => {
    const world = await createApplicationWorld();
    world.put(shop(IMAGE));
    world.server.inject({ match: { verb: 'patch' }, fault: { kind: 'drop-midway' } });

    const result = await world.writer.apply(SET, FOREVER);

    expect(result.ending).toEqual({ kind: 'written' });
    expect(result.diff).toContain('+  value: ghcr.io/acme/api:2.0');
    expect(world.patches()).toBe(1);
  });

  test('or drops a field that its schema does not know', async () => {
    const world = await createApplicationWorld();
    const pruned = world.put(anApplication(undefined, { sourceHydrator: { drySource: { path: 'x' } } }));
    world.server.inject({
      match: { verb: 'patch' },
      fault: { kind: 'answer', body: JSON.stringify(pruned) },
    });

    const { ending } = await world.writer.apply(
      aSet([aChange({ slot: PARTS })], { ...HELM, at: 'spec.sourceHydrator.drySource' }),
      FOREVER,
    );

    expect(ending).toMatchObject({ kind: 'failed', error: { code: 'target-unsupported' } });
    expect(ending.kind === 'failed' && ending.error.message).toBe(
      'the API server took the change of argocd/shop but did not keep spec.sourceHydrator.drySource.helm',
    );
  });

  test('because it is not there: it is a result, never an exception', async () => {
    const world = await createApplicationWorld();
    world.put(shop(IMAGE));
    await world.server.down();

    const { ending } = await world.writer.apply(SET, FOREVER);

    expect(ending).toMatchObject({ kind: 'failed', error: { code: 'kube-unreachable' } });
  });

  test('because it was stopped before', async () => {
    const world = await createApplicationWorld();
    world.put(shop(IMAGE));

    const { ending } = await world.writer.apply(SET, AbortSignal.abort());

    expect(ending).toMatchObject({ kind: 'failed', error: { code: 'aborted' } });
    expect(parametersOf(world.source())).toEqual([IMAGE]);
  });

  test('which gave the Application no version, nothing is sent', async () => {
    const world = await createApplicationWorld();
    const body = JSON.stringify({ ...shop(IMAGE), metadata: { name: 'shop', namespace: 'argocd' } });
    world.server.inject({ match: { verb: 'get' }, fault: { kind: 'answer', body } });

    const { ending } = await world.writer.apply(SET, FOREVER);

    expect(ending).toMatchObject({ kind: 'failed', error: { code: 'kube-failed' } });
    expect(world.patches()).toBe(0);
  });
});
