import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createNoticeFeed } from '../../src/app/notices/notice-feed.ts';
import type { Standing, StandingEntry } from '../../src/core/notices/standing.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { createKubeClient } from '../../src/kube/create-kube-client.ts';
import { CONFIG_MAPS, type KubeClient } from '../../src/kube/kube-client.ts';
import type { KeptNotices } from '../../src/ports/kept-notices.ts';
import { createClusterNotices } from '../../src/write-results/cluster-notices.ts';
import { readStanding, standingText } from '../../src/write-results/standing-text.ts';
import { aCycle, anImage, failed, OPTIONS } from '../core/notices/reports.ts';
import { REAL_CLOCK } from '../helpers/flow-world.ts';
import type { InjectedFault } from '../helpers/kube-stand-in/faults.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { collectLog } from '../helpers/logs.ts';
import { errorOf } from '../helpers/thrown.ts';

const NEVER = new AbortController().signal;
const NAME = 'argocd-image-updater-notices';
const MOST_BYTES = 512 * 1024;

function entry(changes: Partial<StandingEntry> = {}): StandingEntry {
  return { kind: 'event', since: 1_000, seen: 0, noticed: [], ...changes };
}

function standing(...entries: readonly (readonly [string, StandingEntry])[]): Standing {
  return { entries: new Map(entries) };
}

const FULL = entry({
  kind: 'problem',
  since: 5_000,
  seen: 86_400_000,
  code: 'registry-not-found',
  cycles: 1_000,
  noticed: ['a', 'zu "viel"\n…'],
  application: { namespace: 'argocd', name: 'shop' },
});

describe('the text of what was sent', () => {
  test('is read as it was written, in the order of keys', () => {
    const entries: readonly (readonly [string, StandingEntry])[] = [
      ['a', entry({ kind: 'held' })],
      ['b', FULL],
      ['__proto__', entry({ kind: 'failing', cycles: 1 })],
    ];
    const text = standingText(new Map(entries));
    expect(readStanding(text)).toEqual(new Map(entries));
    expect(standingText(new Map(entries.toReversed()))).toBe(text);
    expect(standingText(readStanding(text))).toBe(text);
  });

  const ONE = standingText(new Map([['a', FULL]]));
  test.each([
    ['nothing', ''],
    ['no JSON', '{{{'],
    ['JSON of something else', '{"a":1}\n[]\nnull\n"x"\n7'],
    ['a kind that is none', ONE.replace('problem', 'splendid')],
    ['a time that is none', ONE.replace('5000', '"soon"')],
    ['a time beyond all dates', ONE.replace('5000', '9e15')],
    ['a time before all dates', ONE.replace('5000', '-1')],
    ['cycles that are none', ONE.replace('1000', '0.5')],
    ['an Application without a name', ONE.replace('["argocd","shop"]', '["argocd"]')],
    ['no key', ONE.replace('"key":"a"', '"key":""')],
    ['a key as nobody makes it', ONE.replace('"key":"a"', `"key":"${'a'.repeat(101)}"`)],
    ['codes as nobody makes them', ONE.replace('registry-not-found', 'x'.repeat(301))],
    ['more than anybody writes', `${ONE}\n${' '.repeat(2 * MOST_BYTES)}`],
  ])('%s counts as nothing', (_, text) => {
    expect(readStanding(text).size).toBe(0);
    expect(readStanding(ONE).size).toBe(1);
  });

  test('one broken line takes nothing from its neighbours', () => {
    const [first = '', second = ''] = standingText(new Map([['a', entry()], ['b', FULL]])).split('\n'); // prettier-ignore
    expect([...readStanding([first, '{', second].join('\n')).keys()]).toEqual(['a', 'b']);
  });

  test('stays under 512 KiB: the oldest events go, and nothing that lasts', () => {
    const all = Array.from({ length: 8_000 }, (_, index): [string, StandingEntry] => [
      `${index}`.padStart(20, '€'),
      index % 10 === 0
        ? { ...FULL, since: index }
        : entry({ since: 1_600_000_000_000 + index, seen: 86_400_000 * Math.floor(index / 100) }),
    ]);
    const text = standingText(new Map(all));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES);
    expect(Buffer.byteLength(text)).toBeGreaterThan(500 * 1024);
    const left = [...readStanding(text).values()];
    expect(left.filter(({ kind }) => kind === 'problem')).toHaveLength(800);
    const events = left.filter(({ kind }) => kind === 'event').map(({ since }) => since);
    const oldest = Math.min(...events);
    expect(events.length).toBeGreaterThan(100);
    expect(events).toHaveLength(
      all.filter(([, { kind, since }]) => kind === 'event' && since >= oldest).length,
    );
  });
});

describe('what was sent, in a ConfigMap', () => {
  let folder: string;
  let stand: KubeStandIn;
  let kube: KubeClient;
  let log: ReturnType<typeof collectLog>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lynceus-notices-'));
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

  function open(shard?: { readonly index: number; readonly count: number }): KeptNotices {
    return createClusterNotices({ kube, namespace: 'argocd', shard, clock: REAL_CLOCK, log: log.log });
  }

  async function opened(): Promise<KeptNotices> {
    const kept = open();
    await kept.load(NEVER);
    return kept;
  }

  const stored = (name = NAME) => stand.objects.get(CONFIG_MAPS, 'argocd', name);

  async function keptKeys(): Promise<readonly string[]> {
    return [...(await open().load(NEVER)).entries.keys()];
  }

  function warnings(): readonly string[] {
    return log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  }

  test('is there for the next process, and written only when something changed', async () => {
    expect(await open().load(NEVER)).toEqual({ entries: new Map(), isFirst: true });
    const kept = await opened();
    await kept.keep(standing(['a', entry()], ['b', FULL]), NEVER);
    const version = stored()?.metadata?.resourceVersion;
    await kept.keep(standing(['b', FULL], ['a', entry()]), NEVER);
    expect(stored()?.metadata?.resourceVersion).toBe(version);
    expect(await open().load(NEVER)).toEqual(standing(['a', entry()], ['b', FULL]));
    expect(warnings()).toEqual([]);
  });

  test('of two processes in turn both count, and what one has ended stays so', async () => {
    const [first, second] = [await opened(), await opened()];
    await first.keep(standing(['a', entry()], ['ends', FULL]), NEVER);
    await second.keep(standing(['b', FULL], ['both', FULL]), NEVER);
    await first.keep(standing(['a', entry()], ['both', FULL]), NEVER);
    expect(await keptKeys()).toEqual(['a', 'b', 'both']);
    await first.keep(standing(['a', entry()], ['c', entry()]), NEVER);
    expect(await keptKeys()).toEqual(['a', 'b', 'c']);
    second.forget();
    expect([...(await second.load(NEVER)).entries.keys()]).toEqual(['a', 'b', 'c']);
  });

  test.each<[string, InjectedFault]>([
    ['somebody is faster', { match: { verb: 'update' }, fault: { kind: 'status', status: 409 } }],
    ['it was written, and the answer is lost', { match: { verb: 'update' }, fault: { kind: 'drop-midway' } }],
  ])('survives that %s', async (_, fault) => {
    const kept = await opened();
    await kept.keep(standing(['ends', FULL]), NEVER);
    stand.inject(fault);
    await kept.keep(standing(['a', entry()]), NEVER).catch(() => undefined);
    await kept.keep(standing(['a', entry()], ['b', FULL]), NEVER);
    expect(await keptKeys()).toEqual(['a', 'b']);
  });

  test('is no endless race: five times, and the next cycle has another chance', async () => {
    const kept = await opened();
    await kept.keep(standing(['a', entry()]), NEVER);
    stand.inject({ match: { verb: 'update' }, times: 5, fault: { kind: 'status', status: 409 } });
    expect(await errorOf(kept.keep(standing(['b', entry()]), NEVER))).toMatchObject({
      code: 'kube-conflict',
    });
    await kept.keep(standing(['b', entry()]), NEVER);
    expect(await keptKeys()).toEqual(['b']);
  });

  test('is made again after somebody deleted it', async () => {
    const kept = await opened();
    await kept.keep(standing(['a', entry()]), NEVER);
    stand.objects.delete(CONFIG_MAPS, 'argocd', NAME);
    await kept.keep(standing(['a', entry()], ['b', FULL]), NEVER);
    expect(await keptKeys()).toEqual(['a', 'b']);
  });

  test('leaves alone what others keep beside it, and reads nonsense as nothing', async () => {
    stand.objects.put(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: NAME, namespace: 'argocd', labels: { team: 'a' } },
      data: { notices: 'nonsense', other: 'stays' },
    });
    const kept = open();
    expect((await kept.load(NEVER)).entries.size).toBe(0);
    await kept.keep(standing(['a', entry()]), NEVER);
    expect(stored()).toMatchObject({ metadata: { labels: { team: 'a' } }, data: { other: 'stays' } });
    expect(await keptKeys()).toEqual(['a']);
  });

  test('of a shard is its own', async () => {
    const [shard, other] = [open({ index: 0, count: 2 }), open({ index: 1, count: 2 })];
    await shard.keep(standing(['a', entry()]), NEVER);
    await other.keep(standing(['b', entry()]), NEVER);
    expect(stored()).toBeUndefined();
    expect(stored(`${NAME}-0-of-2`)).toMatchObject({ data: { notices: expect.stringContaining('"a"') } });
    expect([...(await other.load(NEVER)).entries.keys()]).toEqual(['b']);
  });

  test('is in memory without the right, with one warning, and kept by who has the right again', async () => {
    stand.setRules([]);
    const kept = await opened();
    await kept.keep(standing(['a', entry()]), NEVER);
    await kept.load(NEVER);
    expect(warnings()).toEqual(['what people were notified of is in memory only']);
    expect(log.lines.at(-1)).toMatchObject({
      fields: { hint: expect.stringContaining(`the ConfigMap ${NAME}`) },
    });
    stand.setRules(undefined);
    kept.forget();
    await kept.keep(standing(['a', entry()]), NEVER);
    expect(await keptKeys()).toEqual(['a']);
    expect(warnings()).toHaveLength(1);
  });

  test('needs no right but that of its name, once it is there', async () => {
    await (await opened()).keep(standing(['a', entry()]), NEVER);
    stand.setRules([
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'update'], resourceNames: [NAME] },
    ]);
    await (await opened()).keep(standing(['a', entry()], ['b', entry()]), NEVER);
    expect(await keptKeys()).toEqual(['a', 'b']);
    expect(warnings()).toEqual([]);
  });

  test('that cannot be read for a while is not said to be a matter of rights, and is not lost', async () => {
    const kept = await opened();
    await kept.keep(standing(['a', FULL]), NEVER);
    stand.inject({ match: { verb: 'get' }, times: 20, fault: { kind: 'answer', body: '{' } });
    // It had the lead before, and knew the entry.
    kept.forget();
    expect(await kept.load(NEVER)).toEqual({ entries: new Map(), isFirst: true });
    stand.clearFaults();
    await kept.keep(standing(['b', entry()]), NEVER);
    expect(await keptKeys()).toEqual(['a', 'b']);
    expect(warnings()).toEqual(['what people were notified of cannot be read; it may be sent again']);
  });

  /** One process: what it sends of these cycles. */
  async function sentOf(cycles: readonly CycleReport[]): Promise<readonly string[]> {
    const sent: string[] = [];
    const feed = createNoticeFeed({
      kept: open(),
      routes: [EVERYTHING],
      together: 10,
      observe: OPTIONS,
      takesEach: async () => await Promise.resolve(true),
      add(_, queued) {
        sent.push(`${queued.notice.kind} ${queued.notice.application?.name}`);
        feed.settled(queued);
      },
      keep: async () => await Promise.resolve(),
      services: ['chat'],
      clock: REAL_CLOCK,
      log: log.log,
    });
    for (const cycle of cycles) feed.report(cycle);
    await feed.idle();
    await feed.flush();
    return sent;
  }

  test('keeps a restart from sending it twice; deleted, it is sent once more', async () => {
    const broken = aCycle([failed(), anImage({ app: 'cart' })]);
    const works = aCycle([anImage(), anImage({ app: 'cart' })]);
    expect(await sentOf([broken, broken])).toEqual(['failing shop']);
    expect(await sentOf([broken, broken])).toEqual([]);
    stand.objects.delete(CONFIG_MAPS, 'argocd', NAME);
    expect(await sentOf([broken, broken])).toEqual(['failing shop']);
    expect(await sentOf([works, works])).toEqual(['recovered shop']);
    expect(await sentOf([works, broken])).toEqual(['failing shop']);
  });
});

const EVERYTHING = {
  projects: [],
  namespaces: [],
  applications: [],
  images: [],
  when: [],
  atLeast: 'info',
  targets: [{ service: 'chat' }],
} as const;
