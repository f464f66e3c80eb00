import type { VersionState } from '../../../src/core/deployment/version-state.ts';
import { describe, expect, test } from 'vitest';
import { indexHistory, type BranchCommit } from '../../../src/core/overrides/record-index.ts';
import { recordLine, type WriteRecord } from '../../../src/core/overrides/record.ts';
import { upstreamTimeline } from '../../../src/core/promotion/timeline.ts';
import type { UpstreamVersion } from '../../../src/core/promotion/upstream-version.ts';
import type { WriteResult } from '../../../src/core/verification/write-result.ts';

const HOUR = 3_600_000;
const FILE = 'apps/dev/values.yaml';
const APPLICATION = { namespace: 'argocd', name: 'dev' };

/** `update 1 -> 2`, `rollback 2 -> 1 slo`, or what a person did: anything else. The number of the commit is its hour. */
function commits(texts: readonly string[]): readonly BranchCommit[] {
  return texts
    .map((text, index): BranchCommit => {
      const at = (index + 1) * HOUR;
      const sha = `c${index + 1}`;
      const [, kind, from, to, check] =
        /^(update|promote|rollback|set|release|hold) (\S+) -> (\S+)(?: (\S+))?$/.exec(text) ?? [];
      if (kind === undefined)
        return {
          sha,
          at,
          author: 'Ada',
          message: text,
          committedBy: 'others',
          paths: [text.includes('elsewhere') ? 'README.md' : FILE],
        };
      const record = {
        kind: kind as WriteRecord['kind'],
        application: APPLICATION,
        alias: 'api',
        image: 'acme/api',
        file: FILE,
        key: 'image.tag',
        from: from === '-' ? undefined : from,
        to: to === '-' ? undefined : to,
        ...(check === undefined ? {} : { check }),
      };
      return {
        sha,
        at,
        author: 'Lynceus',
        message: `build: x\n\n${recordLine(record)}\n`,
        committedBy: 'us',
        paths: [FILE],
      };
    })
    .toReversed();
}

interface Row {
  /** Oldest first. */
  readonly happened: readonly string[];
  readonly says: string | undefined;
  readonly results?: readonly Partial<WriteResult>[];
  readonly deployed?: VersionState;
}

function timeline({ happened, says, results = [], deployed }: Row): readonly UpstreamVersion[] {
  const [tag, digest] = says?.split('@') ?? [];
  return upstreamTimeline({
    place: { file: FILE, key: 'image.tag', path: FILE, history: indexHistory(commits(happened)) },
    strategy: { kind: 'semver', constraint: '' },
    present: says === undefined ? undefined : { name: undefined, tag, digest },
    results: results.map((one) => ({
      application: APPLICATION,
      alias: 'api',
      image: 'acme/api',
      version: '',
      commit: '',
      writtenAt: 0,
      ...one,
    })),
    stateOf: () => deployed ?? { stage: 'written', since: undefined, health: 'unknown' },
  });
}

/** `1.1 c2 2h- written`: version, commit, when it was written and replaced, how far it came. */
function short({ version, commit = '?', reached, rolledBack, failed, isInForce }: UpstreamVersion): string {
  const hours = (at: number | undefined) => (at === undefined ? '?' : `${at / HOUR}h`);
  const times = (Object.entries(reached) as readonly [string, { since?: number; until?: number }][]).map(
    ([stage, { since, until }]) => `${stage} ${hours(since)}-${until === undefined ? '' : hours(until)}`,
  );
  const back =
    rolledBack === undefined ? [] : [`back by ${rolledBack.by === 'check' ? rolledBack.check : 'a person'}`];
  return [
    `${version}${isInForce ? '*' : ''} ${commit}`,
    ...times,
    ...back,
    ...(failed === undefined ? [] : [`failed ${failed.check}`]),
  ].join(', ');
}

describe('what an image had, newest first', () => {
  test.each<[string, Row, readonly string[]]>([
    ['nothing is known', { happened: [], says: undefined }, []],
    ['the file alone', { happened: ['elsewhere', 'elsewhere'], says: '1.0' }, ['1.0* ?, written 1h-']],
    ['a person wrote it', { happened: ['elsewhere', 'wrote it'], says: '1.0' }, ['1.0* ?, written 2h-']],
    [
      'we wrote each',
      { happened: ['update 1.0 -> 1.1', 'update 1.1 -> 1.2'], says: '1.2' },
      ['1.2* c2, written 2h-', '1.1 c1, written 1h-2h', '1.0 ?, written ?-1h'],
    ],
    [
      'the first write has none before',
      { happened: ['update - -> 1.0'], says: '1.0' },
      ['1.0* c1, written 1h-'],
    ],
    [
      'a person promoted it, a person set it',
      { happened: ['promote 1.0 -> 1.1', 'set 1.1 -> 1.2'], says: '1.2' },
      ['1.2* c2, written 2h-', '1.1 c1, written 1h-2h', '1.0 ?, written ?-1h'],
    ],
    [
      'holds and releases are no versions',
      { happened: ['update 1.0 -> 1.1', 'hold 1.1 -> 1.1', 'release 1.1 -> 1.1'], says: '1.1' },
      ['1.1* c1, written 1h-', '1.0 ?, written ?-1h'],
    ],
    [
      'a person wrote a newer one',
      { happened: ['update 1.0 -> 1.1', 'wrote 1.5'], says: '1.5' },
      ['1.5* ?, written 2h-', '1.1 c1, written 1h-2h', '1.0 ?, written ?-1h'],
    ],
    [
      'commits elsewhere do not make it younger',
      { happened: ['update 1.0 -> 1.1', 'elsewhere'], says: '1.1' },
      ['1.1* c1, written 1h-', '1.0 ?, written ?-1h'],
    ],
    [
      'a record without the digest that the file has',
      { happened: ['update 1.0 -> 1.1'], says: '1.1@sha256:a' },
      ['1.1@sha256:a* c1, written 1h-', '1.0 ?, written ?-1h'],
    ],
    [
      'a person rolled it back',
      { happened: ['update 1.0 -> 1.1', 'update 1.1 -> 1.2', 'reverted'], says: '1.1' },
      ['1.2 c2, written 2h-3h, back by a person', '1.1* ?, written 3h-', '1.0 ?, written ?-1h'],
    ],
    [
      'a person rolled back two',
      { happened: ['update 1.0 -> 1.1', 'update 1.1 -> 1.2', 'set 1.2 -> 1.0'], says: '1.0' },
      [
        '1.2 c2, written 2h-3h, back by a person',
        '1.1 c1, written 1h-2h, back by a person',
        '1.0* c3, written 3h-',
      ],
    ],
    [
      'a check rolled it back',
      { happened: ['update 1.0 -> 1.1', 'rollback 1.1 -> 1.0 slo'], says: '1.0' },
      ['1.1 c1, written 1h-2h, back by slo', '1.0* c2, written 2h-'],
    ],
    [
      'it was written again after a release',
      { happened: ['update 1.0 -> 1.1', 'reverted', 'release 1.0 -> 1.0', 'update 1.0 -> 1.1'], says: '1.1' },
      ['1.1* c4, written 4h-', '1.0 ?, written ?-1h'],
    ],
    [
      'the revert was reverted',
      { happened: ['update 1.0 -> 1.1', 'reverted', 'reverted that'], says: '1.1' },
      ['1.1* c1, written 1h-', '1.0 ?, written ?-1h'],
    ],
    [
      'a newer one after a rollback',
      { happened: ['update 1.0 -> 1.1', 'reverted', 'update 1.0 -> 1.2'], says: '1.2' },
      ['1.2* c3, written 3h-', '1.1 c1, written 1h-3h, back by a person', '1.0 ?, written ?-1h'],
    ],
    [
      'a check, then we went on from there',
      { happened: ['update 1.0 -> 1.1', 'rollback 1.1 -> 1.0 slo', 'update 1.0 -> 1.2'], says: '1.2' },
      ['1.2* c3, written 3h-', '1.0 c2, written 2h-3h', '1.1 c1, written 1h-2h, back by slo'],
    ],
    [
      'an older one that was never there',
      { happened: ['update 1.1 -> 1.2', 'wrote 0.9'], says: '0.9' },
      [
        '1.2 c1, written 1h-2h, back by a person',
        '1.1 ?, written ?-1h, back by a person',
        '0.9* ?, written 2h-',
      ],
    ],
    [
      'something else was put there',
      { happened: ['update 1.0 -> 1.1'], says: 'debug' },
      ['1.1 c1, written 1h-1h, back by a person', 'debug* ?, written 1h-', '1.0 ?, written ?-1h'],
    ],
  ])('%s', (_, row, expected) => {
    expect(timeline(row).map(short)).toEqual(expected);
  });
});

describe('how far it has come', () => {
  const happened = ['update 1.0 -> 1.1', 'update 1.1 -> 1.2'];
  test.each<[string, Omit<Row, 'happened' | 'says'>, readonly string[]]>([
    ['nothing says so', {}, ['1.2* c2, written 2h-', '1.1 c1, written 1h-2h']],
    [
      'not synced yet',
      { deployed: { stage: 'written', since: undefined, health: 'healthy' } },
      ['1.2* c2, written 2h-', '1.1 c1, written 1h-2h'],
    ],
    [
      'synced',
      { deployed: { stage: 'synced', since: 3 * HOUR, health: 'progressing' } },
      ['1.2* c2, written 2h-, synced 3h-', '1.1 c1, written 1h-2h'],
    ],
    [
      'healthy',
      {
        deployed: { stage: 'healthy', since: 4 * HOUR, health: 'healthy' },
        results: [{ version: '1.2', commit: 'c2', syncedAt: 3 * HOUR }],
      },
      ['1.2* c2, written 2h-, synced 3h-, healthy 4h-', '1.1 c1, written 1h-2h'],
    ],
    [
      'verified',
      {
        deployed: { stage: 'healthy', since: 4 * HOUR, health: 'healthy' },
        results: [{ version: '1.2', commit: 'c2', ending: { outcome: 'verified', at: 5 * HOUR } }],
      },
      ['1.2* c2, written 2h-, synced 4h-, healthy 4h-, verified 5h-', '1.1 c1, written 1h-2h'],
    ],
    [
      'verified and degraded since',
      {
        deployed: { stage: 'synced', since: 4 * HOUR, health: 'degraded' },
        results: [{ version: '1.2', commit: 'c2', ending: { outcome: 'verified', at: 5 * HOUR } }],
      },
      ['1.2* c2, written 2h-, synced 4h-', '1.1 c1, written 1h-2h'],
    ],
    [
      'a result of another commit is not of this version',
      {
        deployed: { stage: 'healthy', since: 4 * HOUR, health: 'healthy' },
        results: [{ version: '1.2', commit: 'c0', ending: { outcome: 'verified', at: HOUR } }],
      },
      ['1.2* c2, written 2h-, synced 4h-, healthy 4h-', '1.1 c1, written 1h-2h'],
    ],
    [
      'an earlier one by its result',
      {
        results: [
          {
            version: '1.1',
            commit: 'c1',
            syncedAt: 1.2 * HOUR,
            healthy: { since: 1.3 * HOUR, until: 1.9 * HOUR },
            ending: { outcome: 'verified', at: 1.5 * HOUR },
          },
        ],
      },
      ['1.2* c2, written 2h-', '1.1 c1, written 1h-2h, synced 1.2h-2h, healthy 1.3h-1.9h, verified 1.5h-2h'],
    ],
    [
      'a check failed',
      {
        results: [
          { version: '1.2', commit: 'c2', ending: { outcome: 'failed', at: 3 * HOUR, check: 'slo' } },
        ],
      },
      ['1.2* c2, written 2h-, failed slo', '1.1 c1, written 1h-2h'],
    ],
    [
      'an inconclusive one did not fail',
      {
        results: [
          { version: '1.2', commit: 'c2', ending: { outcome: 'inconclusive', at: 3 * HOUR, check: 'slo' } },
        ],
      },
      ['1.2* c2, written 2h-', '1.1 c1, written 1h-2h'],
    ],
  ])('%s', (_, row, expected) => {
    expect(
      timeline({ ...row, happened, says: '1.2' })
        .map(short)
        .slice(0, 2),
    ).toEqual(expected);
  });

  test('what the host made one commit of, without a record, was verified by what is kept of it', () => {
    const row: Row = {
      happened: ['update 1.0 -> 1.1', 'Update the shop (#1)'],
      says: '1.2',
      deployed: { stage: 'healthy', since: 4 * HOUR, health: 'healthy' },
      results: [
        { version: '1.1', commit: 'c1', ending: { outcome: 'failed', at: 1.5 * HOUR, check: 'slo' } },
        { version: '1.2', commit: 'c2', ending: { outcome: 'verified', at: 5 * HOUR } },
      ],
    };
    expect(timeline(row).map(short).slice(0, 2)).toEqual([
      '1.2* ?, written 2h-, synced 4h-, healthy 4h-, verified 5h-',
      '1.1 c1, written 1h-2h, failed slo',
    ]);
  });
});
