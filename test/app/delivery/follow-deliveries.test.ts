import { describe, expect, test } from 'vitest';
import { createDeliveryServices } from '../../../src/app/delivery/delivery-services.ts';
import { followDeliveries } from '../../../src/app/delivery/follow-deliveries.ts';
import type { CycleServices } from '../../../src/app/services.ts';
import type { Deployment } from '../../../src/core/deployment/deployment.ts';
import type { TrackedImage } from '../../../src/core/policy.ts';
import type { ImageResult } from '../../../src/core/report.ts';
import { LynceusError } from '../../../src/errors.ts';
import type { WriterSession } from '../../../src/ports/writer.ts';
import { IMPATIENT_CLOCK } from '../../helpers/flow-world.ts';
import { aPlace, aTracked } from '../../helpers/policies.ts';
import { image, report } from '../../reporters/reports.ts';
import { createLog } from '../../../src/reporters/log.ts';

const FIRST = '1'.repeat(40);
const SECOND = '2'.repeat(40);
const THIRD = '3'.repeat(40);

const at = (revision: string, status: Deployment['sync']['status'] = 'synced'): Deployment => ({
  sync: { status, revisions: [revision] },
  health: { status: 'healthy', since: 1 },
  history: [{ revisions: [revision], deployedAt: 1 }],
  isAutomated: true,
});

/** What the file says at commits; what is not here cannot be read. */
type Files = Readonly<Record<string, string | LynceusError>>;

/** Writes 1.1.0, then one cycle for each status of Argo CD; what was read in each, and how it ended. */
async function follow(statuses: readonly Deployment[], files: Files, dryRun = false) {
  const deliveries = createDeliveryServices(true);
  let asked: string[] = [];
  const session = {
    readAt(_place: unknown, { revision, requests }: Parameters<WriterSession['readAt']>[1]) {
      asked.push(revision.slice(0, 1));
      const found = files[revision] ?? new LynceusError('revision-unknown', 'there is no such commit');
      if (found instanceof LynceusError) return Promise.reject(found);
      const text = `image:\n  repository: ghcr.io/acme/api\n  tag: ${found}\n`;
      return Promise.resolve(requests.map(() => ({ kind: 'text', path: 'apps/shop/values.yaml', text })));
    },
    close: () => Promise.resolve(),
  } as unknown as WriterSession;
  const git = { writer: { open: () => session }, createMissing: false } as unknown as CycleServices['git'];
  const run = {
    clock: IMPATIENT_CLOCK,
    log: createLog({ level: 'error', format: 'json', destination: () => undefined }),
    concurrency: 2,
    onProgress: () => undefined,
    signal: AbortSignal.timeout(10_000),
  };
  const cycle = async (known: TrackedImage, images: readonly ImageResult[]) =>
    await followDeliveries(
      { deliveries, git },
      { report: report({ images, dryRun }), known: [known], isWhole: true },
      run,
    );
  const tracked = (deployment: Deployment) => aTracked({ deployment, deployedSource: 0 });
  await cycle(tracked(at(FIRST)), [written(tracked(at(FIRST)))]);
  const seen = [];
  for (const status of statuses) {
    asked = [];
    const found = await cycle(tracked(status), []);
    seen.push({ asked: asked.join(''), ended: found?.ended.map(({ result }) => result) });
  }
  return seen;
}

function written({ application, alias, policy }: TrackedImage): ImageResult {
  const version = (tag: string) => ({ tag, digest: undefined });
  const facts = { chosen: version('1.1.0'), strategy: policy.strategy, considered: 1 };
  const present = { name: undefined, ...version('1.0.0') };
  return image('updated', {
    application,
    alias,
    current: present,
    candidate: version('1.1.0'),
    commit: SECOND,
    writer: 'git',
    place: { git: aPlace(), file: { kind: 'helm-values', path: 'apps/shop/values.yaml' } },
    basis: { project: 'default', policy, reason: { code: 'newer-version', facts: { ...facts, present } } },
  });
}

describe('what is on its way', () => {
  const files = { [FIRST]: '1.0.0', [SECOND]: '1.1.0', [THIRD]: '1.1.0' };

  test('is looked for at each commit that Argo CD names, once, and no more when it has arrived', async () => {
    expect(
      await follow([at(FIRST), at(FIRST), at(SECOND, 'out-of-sync'), at(SECOND), at(THIRD)], files),
    ).toEqual([
      { asked: '1', ended: [] },
      { asked: '', ended: [] },
      { asked: '', ended: [] },
      { asked: '2', ended: ['synced'] },
      { asked: '', ended: [] },
    ]);
  });

  test('has arrived with a commit of another Application that came later', async () => {
    expect(await follow([at(THIRD)], files)).toEqual([{ asked: '3', ended: ['synced'] }]);
  });

  test('is asked for again only where a failure may pass', async () => {
    const down = new LynceusError('git-unreachable', 'cannot fetch', { retryable: true });
    const gone = new LynceusError('revision-unknown', 'there is no such commit');
    expect(await follow([at(THIRD), at(THIRD)], { [THIRD]: down })).toEqual([
      { asked: '3', ended: [] },
      { asked: '3', ended: [] },
    ]);
    expect(await follow([at(THIRD), at(THIRD), at(SECOND)], { ...files, [THIRD]: gone })).toEqual([
      { asked: '3', ended: [] },
      { asked: '', ended: [] },
      { asked: '2', ended: ['synced'] },
    ]);
  });

  test('is not followed in a dry run', async () => {
    expect(await follow([at(SECOND)], files, true)).toEqual([{ asked: '', ended: undefined }]);
  });
});
