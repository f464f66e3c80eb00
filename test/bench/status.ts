/**
 * What the status costs with many Applications: the memory of what is kept, and answers over HTTP while a cycle merges its report.
 *
 *   npm run bench -- status                  5,000 Applications
 *   npm run bench -- status 500              another number
 */
import { composeStatus } from '../../src/app/compose-status.ts';
import { createLog } from '../../src/reporters/log.ts';
import type { CycleReport, ImageResult } from '../../src/core/report.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';
import { alwaysLeading } from '../../src/leadership/always-leading.ts';
import { createStatusStore } from '../../src/status/status-store.ts';
import { aConfig, REAL_CLOCK } from '../helpers/flow-world.ts';
import { becauseOf } from '../core/status/results.ts';

const OUTCOMES = ['current', 'current', 'current', 'held', 'failed'] as const;
const REMOTE = parseGitRemote('https://git.example/acme/deploy.git');

export async function bench([size = '5000']: readonly string[]): Promise<void> {
  const count = Number(size);
  const store = createStatusStore({
    clock: REAL_CLOCK,
    version: '1',
    process: 'bench',
    shard: undefined,
    commitPageOf: ({ label }, sha) => `https://${label}/commit/${sha}`,
  });
  const before = heap();
  await store.reporter.report(reportOf(count));
  const kept = heap() - before;
  const again = reportOf(count);
  const second = performance.now();
  await store.reporter.report(again);
  const merged = performance.now() - second;
  await store.reporter.report({
    ...reportOf(count),
    images: Array.from({ length: count }, (_, at) => resultOf(at, 'updated')),
  });
  const withChanges = heap() - before;

  const { server } = aConfig('/nowhere');
  const log = createLog({ level: 'error', format: 'json', destination: () => undefined });
  const running = await composeStatus(
    { server: { ...server, address: '127.0.0.1', statusPort: 0 } },
    { clock: REAL_CLOCK, log },
    {
      store,
      leadership: alwaysLeading(),
      leads: () => true,
      review: undefined,
      openTls: () => Promise.reject(new Error('unused')),
    },
  );
  const origin = `http://127.0.0.1:${running.port}`;
  const api = `${origin}/api/v1`;
  await timed(`${api}/images`, 20);
  const rows: [string, string][] = [
    ['memory of the images', `${mib(kept)}`],
    ['with a change of each', `${mib(withChanges)}`],
    ['merging the report of a cycle', `${merged.toFixed(0)} ms`],
    ['/api/v1/images', await timed(`${api}/images`)],
    ['/api/v1/images?limit=500', await timed(`${api}/images?limit=500`)],
    ['/api/v1/images?search=app-4999', await timed(`${api}/images?search=app-${count - 1}`)],
    ['/api/v1/images?project=default&sort=since', await timed(`${api}/images?project=default&sort=since`)],
    ['/api/v1/changes', await timed(`${api}/changes`)],
    ['/api/v1/status', await timed(`${api}/status`)],
    ['one image', await timed(`${api}/images/argocd/app-7/api`)],
    ['the page', await timed(`${origin}/`)],
    ['all parts', await allParts(api)],
    ['from a write to its event', await toEvent(api, () => store.wrote([resultOf(7, 'updated')]))],
  ];
  for (const [what, figure] of rows) console.log(`${what.padEnd(42)} ${figure}`);
  await running.close();
}

function reportOf(count: number): CycleReport {
  return {
    cycle: 'bench-1',
    startedAt: Date.now(),
    seconds: 1,
    dryRun: false,
    applications: count,
    images: Array.from({ length: count }, (_, at) => resultOf(at)),
    problems: [],
    failures: [],
    costs: { registryRequests: 0, gitFetches: 0, gitPushes: 0 },
    diffs: [],
  };
}

function resultOf(
  at: number,
  outcome: ImageResult['outcome'] = OUTCOMES[at % OUTCOMES.length] ?? 'current',
): ImageResult {
  const candidate = { tag: `1.${at % 50}.${Date.now() % 1000}`, digest: undefined };
  return becauseOf(
    {
      code: 'rolled-back',
      facts: {
        from: '1.2.0',
        to: '1.1.0',
        isOlder: true,
        until: 'newer-version',
        changedBy: { kind: 'commit', commit: { author: 'Ana', sha: 'a'.repeat(40) } },
      },
    },
    {
      application: { namespace: 'argocd', name: `app-${at}` },
      image: `registry.example/team-${at % 100}/service-${at % 500}`,
      outcome,
      candidate,
      place: {
        git: { remote: REMOTE, base: 'main', push: undefined, credentials: { kind: 'repocreds' } },
        file: { kind: 'helm-values', path: `apps/${at}/values.yaml` },
      },
      path: `apps/${at}/values.yaml`,
      ...(outcome === 'updated' ? { commit: at.toString(16).padStart(40, '0'), branch: 'main' } : {}),
      basis: {
        tags: { seen: 1_000, considered: 200, newer: at % 7 },
        deployment: {
          sync: { status: 'synced', revisions: ['b'.repeat(40)] },
          health: { status: 'healthy', since: 1 },
          history: [],
          isAutomated: true,
        },
      },
    },
  );
}

async function timed(url: string, times = 200): Promise<string> {
  const taken: number[] = [];
  let bytes = 0;
  for (let round = 0; round < times; round += 1) {
    const begin = performance.now();
    const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
    bytes = (await response.arrayBuffer()).byteLength;
    taken.push(performance.now() - begin);
  }
  taken.sort((a, b) => a - b);
  const at = (part: number) => (taken[Math.floor(taken.length * part)] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, ${(bytes / 1024).toFixed(0)} KiB`;
}

async function allParts(api: string): Promise<string> {
  const begin = performance.now();
  let [parts, bytes, after] = [0, 0, ''];
  for (;;) {
    const text = await (await fetch(`${api}/images?limit=500${after}`)).text();
    const { next } = JSON.parse(text) as { readonly next?: string };
    parts += 1;
    bytes += text.length;
    if (next === undefined) break;
    after = `&after=${encodeURIComponent(next)}`;
  }
  return `${(performance.now() - begin).toFixed(0)} ms, ${parts} parts, ${mib(bytes)}`;
}

async function toEvent(api: string, write: () => void): Promise<string> {
  const ending = new AbortController();
  const response = await fetch(`${api}/events`, { signal: ending.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  await reader?.read();
  const begin = performance.now();
  write();
  let text = '';
  while (!text.includes('app-7/')) text += (await reader?.read())?.value ?? '';
  const taken = performance.now() - begin;
  ending.abort();
  return `${taken.toFixed(0)} ms`;
}

function heap(): number {
  for (let round = 0; round < 4; round += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function mib(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
