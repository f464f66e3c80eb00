import { describe, expect, test } from 'vitest';
import { NO_LIMITS } from '../../../src/app/cycle-limits.ts';
import { createEndedRequests } from '../../../src/app/pull-requests/ended-requests.ts';
import { createHostTurns } from '../../../src/app/pull-requests/host-turns.ts';
import { decideRollbacks } from '../../../src/app/verification/decide-rollbacks.ts';
import { findWrites, type SearchedHeads } from '../../../src/app/verification/find-writes.ts';
import type { ReadImage } from '../../../src/app/verification/watch-services.ts';
import { recordLine, recordOf } from '../../../src/core/overrides/record.ts';
import type { GitPlace, TrackedImage } from '../../../src/core/policy.ts';
import { markerText } from '../../../src/core/pull-requests/marker.ts';
import type { PullRequest } from '../../../src/core/pull-requests/request.ts';
import { LynceusError } from '../../../src/errors.ts';
import type { HistoryCommit } from '../../../src/ports/writer.ts';
import { SILENT } from '../../helpers/logs.ts';
import { aPlaceAt, aTracked } from '../../helpers/policies.ts';
import { aHost, aRequest } from '../pull-requests/a-request.ts';

const SIGNAL = new AbortController().signal;
const URL = 'https://one.example/acme/deploy.git';
const PATH = 'apps/shop/values.yaml';
const SQUASHED = 'd'.repeat(40);
const AT = 1_700_000_000_000;

const PROPOSED: Partial<GitPlace> = {
  push: 'lynceus/main/shop',
  pullRequest: { group: 'shop', kind: undefined },
};

function anImage(alias: string, place = PROPOSED): TrackedImage {
  return aTracked({
    application: { namespace: 'argocd', name: 'shop' },
    alias,
    file: { kind: 'helm-values', path: PATH },
    slot: {
      kind: 'helm-parts',
      name: { path: `${alias}.repository`, explicit: true },
      tag: { path: `${alias}.tag`, explicit: true },
    },
    place: aPlaceAt(URL, {
      base: 'main',
      ...place,
    }),
  });
}

/** The request that wrote 1.1.0 over 1.0.0, or what else is said. */
function merged(changes: Partial<PullRequest> = {}, check?: string): PullRequest {
  const change = { application: 'argocd/shop', alias: 'api', image: 'ghcr.io/acme/api' };
  const version =
    check === undefined ? { from: '1.0.0', to: '1.1.0' } : { from: '1.1.0', to: '1.0.0', check };
  const marker = { group: 'shop', changes: [{ ...change, ...version }], withdrawn: false };
  return aRequest({ state: 'merged', body: markerText(marker), mergedAs: SQUASHED, ...changes });
}

function aCommit(changes: Partial<HistoryCommit> = {}): HistoryCommit {
  return {
    sha: SQUASHED,
    author: 'Jane',
    email: '',
    at: AT,
    message: 'Update the shop (#1)',
    committedBy: 'others',
    parent: 'a'.repeat(40),
    paths: [PATH],
    ...changes,
  };
}

function recorded(tracked: TrackedImage, to: string, sha = 'b'.repeat(40)): HistoryCommit {
  const line = recordLine(recordOf('update', tracked, { path: PATH, from: '1.0.0', to }));
  return aCommit({ sha, committedBy: 'us', message: `update\n\n${line}\n` });
}

interface World {
  readonly commits?: readonly HistoryCommit[];
  /** What the host answers, one after the other; the last one again and again. */
  readonly ended?: readonly (readonly PullRequest[] | Error)[];
  readonly says?: Readonly<Record<string, string>>;
}

function aWorld({ commits = [aCommit()], ended = [[merged()]], says = {} }: World) {
  const asked: string[] = [];
  const searched: SearchedHeads = new Map();
  const host = aHost({
    listEnded: (head, base) => {
      const answer = ended[Math.min(asked.length, ended.length - 1)] ?? [];
      asked.push(`${head} ${base}`);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });
  const hosts = { find: () => Promise.resolve(host), close: () => undefined };
  const newTurn = () => createEndedRequests({ hosts }, createHostTurns(NO_LIMITS));
  const session = {
    heads: () => Promise.resolve({ commits: new Map([['main', commits[0]?.sha ?? '']]), default: 'main' }),
    history: () => Promise.resolve(commits),
    readAt: () => Promise.resolve([]),
  };
  const read = (tracked: TrackedImage) => {
    const image = { name: undefined, tag: says[tracked.alias] ?? '1.1.0', digest: undefined };
    return { kind: 'read', presence: { kind: 'present', image }, path: PATH } as const;
  };
  return {
    asked,
    session,
    newTurn,
    read,
    /** One cycle: each image whose write was looked for, and the commit that it was found to be. */
    async find(...images: readonly TrackedImage[]) {
      const all = images.map((tracked): ReadImage => ({ tracked, present: read(tracked) }));
      const options = { searched, wants: () => true, ended: newTurn(), log: SILENT, signal: SIGNAL };
      const found = await findWrites(all, session, options);
      return found.map((one) => `${one.tracked.alias} ${one.found?.kind ?? '-'} ${one.found?.commit ?? '-'}`);
    },
  };
}

const API = anImage('api');
const WEB = anImage('web');
const FAILED = new LynceusError('host-failed', 'the host is ill');
const HEAD = 'lynceus/main/shop main';

interface Row extends World {
  readonly when: string;
  readonly image?: TrackedImage;
  readonly found: string;
  readonly asked: readonly string[];
}

describe('what a host made one commit of, without our records', () => {
  test.each<Row>([
    { when: 'is a write', found: `api update ${SQUASHED}`, asked: [HEAD] },
    {
      when: 'is a write after others that are recorded',
      commits: [aCommit(), recorded(API, '1.0.5')],
      found: `api update ${SQUASHED}`,
      asked: [HEAD],
    },
    {
      when: 'is a rollback, where a check took something back',
      ended: [[merged({}, 'slo')]],
      says: { api: '1.0.0' },
      found: `api rollback ${SQUASHED}`,
      asked: [HEAD],
    },
    {
      when: 'is none where the file has something else',
      says: { api: '2.0.0' },
      found: 'api - -',
      asked: [HEAD],
    },
    {
      when: 'is none where the request was closed',
      ended: [[merged({ state: 'closed' })]],
      found: 'api - -',
      asked: [HEAD],
    },
    {
      when: 'is none where the request is of somebody else',
      ended: [[merged({ isOurs: false })]],
      found: 'api - -',
      asked: [HEAD],
    },
    {
      when: 'is none where it became a commit of another branch',
      ended: [[merged({ mergedAs: 'e'.repeat(40) })]],
      found: 'api - -',
      asked: [HEAD],
    },
    { when: 'is of its own image', image: WEB, found: 'web - -', asked: [HEAD] },
    {
      when: 'is not asked for where a record explains the file',
      commits: [recorded(API, '1.1.0')],
      found: `api update ${'b'.repeat(40)}`,
      asked: [],
    },
    {
      when: 'is not asked for without a pull request',
      image: anImage('api', {}),
      found: 'api - -',
      asked: [],
    },
    {
      when: 'is not asked for where each version has a branch of its own',
      image: anImage('api', { ...PROPOSED, push: 'lynceus-{{.SHA256}}' }),
      found: 'api - -',
      asked: [],
    },
  ])('$when', async ({ image = API, found, asked, ...world }) => {
    const made = aWorld(world);
    expect(await made.find(image)).toEqual([found]);
    expect(made.asked).toEqual(asked);
    // The branch has not moved.
    expect(await made.find(image)).toEqual([]);
    expect(made.asked).toEqual(asked);
  });

  test('is asked for again after the host failed, and the neighbour with a record is found at once', async () => {
    const made = aWorld({ ended: [FAILED, [merged()]], commits: [aCommit(), recorded(WEB, '1.1.0')] });
    expect(await made.find(API, WEB)).toEqual([`web update ${'b'.repeat(40)}`]);
    expect(await made.find(API, WEB)).toEqual([`api update ${SQUASHED}`]);
    expect(await made.find(API, WEB)).toEqual([]);
    expect(made.asked).toEqual([HEAD, HEAD]);
  });

  test('is asked for once for all images of a branch', async () => {
    const made = aWorld({});
    await made.find(API, WEB, anImage('db'));
    expect(made.asked).toEqual([HEAD]);
  });
});

describe('what failed goes back', () => {
  const failedImage = { alias: 'api', image: 'ghcr.io/acme/api', version: '1.1.0' };
  const order = {
    application: { namespace: 'argocd', name: 'shop' },
    commit: SQUASHED,
    check: 'slo',
    detail: '',
    failedAt: AT,
    images: [failedImage],
  };

  async function decide(world: World) {
    const made = aWorld(world);
    const options = { orders: [order], ended: made.newTurn(), signal: SIGNAL };
    const { evaluations, held } = await decideRollbacks(
      new Map([[API, made.read(API)]]),
      made.session,
      options,
    );
    const decided = evaluations.map(({ decision }) => [decision.outcome, 'to' in decision && decision.to]);
    return { decided, held: held.map(({ hold }) => hold.code), asked: made.asked };
  }

  test.each([
    {
      when: 'to what the request wrote over',
      world: {},
      decided: [['update', { tag: '1.0.0', digest: undefined }]],
      held: [],
      asked: [HEAD],
    },
    {
      when: 'not without that request',
      world: { ended: [[]] },
      decided: [],
      held: ['no-record'],
      asked: [HEAD],
    },
    {
      when: 'not where a person has changed it',
      world: { says: { api: '2.0.0' } },
      decided: [],
      held: ['changed-meanwhile'],
      asked: [HEAD],
    },
    {
      when: 'not where the host cannot be asked: it is tried again',
      world: { ended: [FAILED] },
      decided: [['failed', false]],
      held: [],
      asked: [HEAD],
    },
    {
      when: 'by its own record, and no host is asked',
      world: { commits: [recorded(API, '1.1.0', SQUASHED)] },
      decided: [['update', { tag: '1.0.0', digest: undefined }]],
      held: [],
      asked: [],
    },
  ])('$when', async ({ world, decided, held, asked }) => {
    expect(await decide(world)).toEqual({ decided, held, asked });
  });
});
