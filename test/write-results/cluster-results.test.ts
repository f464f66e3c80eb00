import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WriteResult } from '../../src/core/verification/write-result.ts';
import { createKubeClient } from '../../src/kube/create-kube-client.ts';
import { CONFIG_MAPS, type KubeClient } from '../../src/kube/kube-client.ts';
import { createClusterResults } from '../../src/write-results/cluster-results.ts';
import { readResults, resultsText } from '../../src/write-results/results-text.ts';
import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { REAL_CLOCK } from '../helpers/flow-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { collectLog } from '../helpers/logs.ts';

const NEVER = new AbortController().signal;
const NAME = 'argocd-image-updater-verifications';
const SHOP = { namespace: 'argocd', name: 'shop' };

function result(changes: Partial<WriteResult> = {}): WriteResult {
  return {
    application: SHOP,
    alias: 'api',
    image: 'ghcr.io/acme/api',
    version: '1.4.2',
    commit: 'c0ffee',
    writtenAt: 1_000,
    ending: { outcome: 'verified', at: 2_000 },
    ...changes,
  };
}

const FULL = result({
  commit: 'd00d',
  writtenAt: 3_000,
  syncedAt: 4_000,
  healthy: { since: 5_000, until: 6_000 },
  ending: { outcome: 'failed', at: 7_000, check: 'slo "x"', detail: 'zu "viel"\n…' },
  rollback: { outcome: 'held', at: 8_000, code: 'rollbacks-paused' },
});

describe('the text of results', () => {
  test('is read as it was written', () => {
    const proposed = { outcome: 'proposed', at: 9_000, isCompanion: true } as const;
    const all = [result(), FULL, result({ commit: 'feed', writtenAt: 4_000, rollback: proposed })];
    expect(readResults(resultsText(all.toReversed()))).toEqual(all);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{{{'],
    ['JSON of something else', '{"a":1}\n[]\nnull\n"x"'],
    ['an outcome that is none', resultsText([result()]).replace('verified', 'splendid')],
    ['a time that is none', resultsText([result()]).replace('2000', '"soon"')],
    ['more than anybody writes', `${resultsText([result()])}\n${' '.repeat(2 * 1024 * 1024)}`],
  ])('%s counts as nothing', (_, text) => {
    expect(readResults(text)).toEqual([]);
  });

  test('one broken line takes nothing from its neighbours', () => {
    const [first = '', second = ''] = resultsText([result(), FULL]).split('\n');
    expect(readResults([first, '{', second].join('\n'))).toEqual([result(), FULL]);
  });

  test('stays under 512 KiB: the oldest verified ones go, and none that failed', () => {
    const all = Array.from({ length: 4_000 }, (_, index) =>
      result({
        commit: String(index),
        writtenAt: index,
        ...(index % 10 === 0 ? { ending: { outcome: 'failed', at: 1, check: 'health' } } : {}),
      }),
    );
    const text = resultsText(all);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(512 * 1024);
    expect(Buffer.byteLength(text)).toBeGreaterThan(500 * 1024);
    const left = readResults(text);
    expect(left.filter(({ ending }) => ending?.outcome === 'failed')).toHaveLength(400);
    const verified = left
      .filter(({ ending }) => ending?.outcome === 'verified')
      .map(({ writtenAt }) => writtenAt);
    const [oldest = 0] = verified;
    expect(verified).toHaveLength(
      all.filter(({ writtenAt }) => writtenAt >= oldest && writtenAt % 10 !== 0).length,
    );
  });
});

describe('results in a ConfigMap', () => {
  let folder: string;
  let stand: KubeStandIn;
  let kube: KubeClient;
  let log: ReturnType<typeof collectLog>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lynceus-results-'));
    stand = await startKubeStandIn();
    log = collectLog();
    kube = await createKubeClient({
      kubeconfig: stand.kubeconfig(join(folder, 'kubeconfig'), { namespace: 'argocd' }),
      env: {},
      clock: REAL_CLOCK,
      userAgent: 'test',
    });
  });

  afterEach(async () => {
    kube.close();
    await stand.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function open(shard?: { readonly index: number; readonly count: number }) {
    return createClusterResults({ kube, namespace: 'argocd', shard, clock: REAL_CLOCK, log: log.log });
  }

  async function kept(): Promise<readonly WriteResult[]> {
    const results = open();
    await results.load(NEVER);
    return results.all();
  }

  function data(name = NAME): unknown {
    return stand.objects.get(CONFIG_MAPS, 'argocd', name)?.['data'];
  }

  test('are there for the next process, and written only when something changed', async () => {
    const results = open();
    await results.load(NEVER);
    await results.flush(NEVER);
    expect(data()).toBeUndefined();
    results.keep([result(), FULL]);
    await results.flush(NEVER);
    expect(await kept()).toEqual([result(), FULL]);
    const version = stand.objects.get(CONFIG_MAPS, 'argocd', NAME)?.metadata?.resourceVersion;
    results.keep([FULL]);
    await results.flush(NEVER);
    expect(stand.objects.get(CONFIG_MAPS, 'argocd', NAME)?.metadata?.resourceVersion).toBe(version);
  });

  test('of two processes in turn both count', async () => {
    const [first, second] = [open(), open()];
    await first.load(NEVER);
    await second.load(NEVER);
    first.keep([result()]);
    await first.flush(NEVER);
    second.keep([FULL]);
    await second.flush(NEVER);
    expect(await kept()).toEqual([result(), FULL]);
    first.forget();
    await first.load(NEVER);
    expect(first.of(SHOP)).toEqual([result(), FULL]);
  });

  test('are made again after somebody deleted them', async () => {
    const results = open();
    results.keep([result()]);
    await results.flush(NEVER);
    stand.objects.delete(CONFIG_MAPS, 'argocd', NAME);
    results.keep([FULL]);
    await results.flush(NEVER);
    expect(await kept()).toContainEqual(FULL);
  });

  test('leave alone what others keep beside them', async () => {
    stand.objects.put(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: NAME, namespace: 'argocd', labels: { team: 'a' } },
      data: { results: 'nonsense', other: 'stays' },
    });
    const results = open();
    await results.load(NEVER);
    expect(results.all()).toEqual([]);
    results.keep([result()]);
    await results.flush(NEVER);
    expect(data()).toMatchObject({ other: 'stays' });
    expect(stand.objects.get(CONFIG_MAPS, 'argocd', NAME)?.metadata?.labels).toEqual({ team: 'a' });
    expect(await kept()).toEqual([result()]);
  });

  test('of Applications that are gone go', async () => {
    const blog = { namespace: 'argocd', name: 'blog' };
    const results = open();
    results.keep([result(), result({ application: blog })]);
    await results.flush(NEVER);
    results.retain([blog]);
    await results.flush(NEVER);
    expect((await kept()).map(({ application }) => application.name)).toEqual(['blog']);
  });

  test('of a shard are its own', async () => {
    const results = open({ index: 0, count: 3 });
    results.keep([result()]);
    await results.flush(NEVER);
    expect(data()).toBeUndefined();
    expect(data(`${NAME}-0-of-3`)).toBeDefined();
  });

  test('are in memory without the right to write them, with one warning', async () => {
    stand.setRules([]);
    const results = open();
    await results.load(NEVER);
    results.keep([result()]);
    await results.flush(NEVER);
    results.keep([FULL]);
    await results.flush(NEVER);
    expect(results.of(SHOP)).toEqual([result(), FULL]);
    expect(log.lines.filter((line) => line.message.includes('in memory only'))).toHaveLength(1);
    stand.setRules(undefined);
    expect(await kept()).toEqual([]);
  });

  test('by name alone are enough, once the ConfigMap is there', async () => {
    const one = open();
    one.keep([result()]);
    await one.flush(NEVER);
    stand.setRules([
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'update'], resourceNames: [NAME] },
    ]);
    const results = open();
    await results.load(NEVER);
    results.keep([FULL]);
    await results.flush(NEVER);
    expect(await kept()).toEqual([result(), FULL]);
  });
});
