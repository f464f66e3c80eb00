import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CheckSpec, Measurement } from '../../../src/core/verification/check-spec.ts';
import { nextDeadline, nextMeasurements } from '../../../src/core/verification/due-measurements.ts';
import { hasEnded, JUST_WRITTEN, stepVerification } from '../../../src/core/verification/machine.ts';
import type {
  HealthyState,
  VerificationAction,
  VerificationEvent,
  VerificationState,
  VerificationTerms,
} from '../../../src/core/verification/verification-state.ts';

const MINUTE = 60_000;
const WRITTEN = 1_000 * MINUTE;

function checkNamed(name: string, timing: Partial<CheckSpec['timing']> = {}): CheckSpec {
  return {
    name,
    timing: {
      delay: 0,
      interval: MINUTE,
      count: 2,
      failureLimit: 0,
      inconclusiveLimit: 1,
      consecutiveErrorLimit: 1,
      ...timing,
    },
    ask: { kind: 'analysis', resource: 'rollout', name: 'web' },
  };
}

const TERMS: VerificationTerms = {
  writtenAt: WRITTEN,
  checks: [checkNamed('errors')],
  onFailure: 'rollback',
  onInconclusive: 'hold',
  isAutomated: true,
  health: { syncDeadline: 10 * MINUTE, healthDeadline: 5 * MINUTE, healthyFor: MINUTE, failureLimit: 0 },
};

const SYNCED_AT = WRITTEN + MINUTE;
const HEALTHY_AT = WRITTEN + 2 * MINUTE;

const synced: VerificationState = { kind: 'synced', at: SYNCED_AT };
const healthy: HealthyState = {
  kind: 'healthy',
  syncedAt: SYNCED_AT,
  since: HEALTHY_AT,
  health: { kind: 'healthy', since: HEALTHY_AT },
  losses: 0,
  tallies: {},
};
const lost: HealthyState = { ...healthy, health: { kind: 'lost', since: HEALTHY_AT + MINUTE } };
const ending = { outcome: 'verified', at: HEALTHY_AT + MINUTE } as const;

function measurement(kind: Measurement['kind'], at = HEALTHY_AT): Measurement {
  return kind === 'inconclusive'
    ? { kind, at, detail: 'no data', isUnasked: false }
    : { kind, at, detail: `0.2 is not < 0.1` };
}

function measured(
  kind: Measurement['kind'],
  { check = 'errors', index = 0 } = {},
): Extract<VerificationEvent, { kind: 'measured' }> {
  return { kind: 'measured', check, index, measurement: measurement(kind) };
}

function unasked(index: number, isPending = false): VerificationEvent {
  const none = {
    kind: 'inconclusive',
    at: HEALTHY_AT,
    detail: 'no answer',
    isUnasked: true,
    isPending,
  } as const;
  return { kind: 'measured', check: 'errors', index, measurement: none };
}

/** After several events, one after the other. */
function after(
  events: readonly VerificationEvent[],
  terms: Partial<VerificationTerms> = {},
): VerificationState {
  return events.reduce((state, event) => step(state, event, { terms }).state, healthy as VerificationState);
}

/** One measurement of `errors`, two of which are made. */
function oneMade(kind: Measurement['kind'], terms: Partial<VerificationTerms> = {}): VerificationState {
  return step(healthy, measured(kind), { terms }).state;
}

function step(
  state: VerificationState,
  event: VerificationEvent,
  {
    terms = {},
    after = 3 * MINUTE,
  }: { readonly terms?: Partial<VerificationTerms>; readonly after?: number } = {},
) {
  return stepVerification(state, event, { terms: { ...TERMS, ...terms }, now: WRITTEN + after });
}

const TIME = { kind: 'time-passed' } as const;

describe('every row of the table', () => {
  test.each<{
    readonly name: string;
    readonly state: VerificationState;
    readonly event: VerificationEvent;
    readonly after?: number;
    readonly terms?: Partial<VerificationTerms>;
    readonly next: VerificationState['kind'];
    readonly check?: string;
    readonly actions?: readonly VerificationAction[];
  }>([
    { name: 'synced', state: JUST_WRITTEN, event: { kind: 'synced', at: SYNCED_AT }, next: 'synced' },
    {
      name: 'not synced in time',
      state: JUST_WRITTEN,
      event: TIME,
      after: 10 * MINUTE,
      next: 'failed',
      check: 'sync',
      actions: ['rollback', 'keep', 'notify'],
    },
    { name: 'a moment before', state: JUST_WRITTEN, event: TIME, after: 10 * MINUTE - 1, next: 'written' },
    {
      name: 'a person decides when it is synced',
      state: JUST_WRITTEN,
      event: TIME,
      after: 1e9,
      terms: { isAutomated: false },
      next: 'written',
    },
    { name: 'healthy', state: synced, event: { kind: 'healthy', since: HEALTHY_AT }, next: 'healthy' },
    {
      name: 'healthy for long, without checks',
      state: synced,
      event: { kind: 'healthy', since: HEALTHY_AT },
      terms: { checks: [] },
      next: 'verified',
      actions: ['keep', 'notify'],
    },
    {
      name: 'healthy just now, without checks',
      state: synced,
      event: { kind: 'healthy', since: HEALTHY_AT },
      terms: { checks: [] },
      after: 3 * MINUTE - 1,
      next: 'healthy',
    },
    {
      name: 'degraded after it was written',
      state: synced,
      event: { kind: 'degraded', since: WRITTEN },
      next: 'failed',
      check: 'health',
      actions: ['rollback', 'keep', 'notify'],
    },
    {
      name: 'degraded, only told',
      state: synced,
      event: { kind: 'degraded', since: WRITTEN },
      terms: { onFailure: 'notify' },
      next: 'failed',
      check: 'health',
      actions: ['keep', 'notify'],
    },
    {
      name: 'degraded, held',
      state: synced,
      event: { kind: 'degraded', since: WRITTEN },
      terms: { onFailure: 'hold' },
      next: 'failed',
      check: 'health',
      actions: ['hold', 'keep', 'notify'],
    },
    {
      name: 'degraded before it was written: it may be the repair',
      state: synced,
      event: { kind: 'degraded', since: WRITTEN - 1 },
      next: 'synced',
    },
    {
      name: 'not healthy in time',
      state: synced,
      event: TIME,
      after: 6 * MINUTE,
      next: 'failed',
      check: 'health',
    },
    {
      name: 'not healthy in time, and a person synced it',
      state: synced,
      event: TIME,
      after: 6 * MINUTE,
      terms: { isAutomated: false },
      next: 'failed',
      check: 'health',
    },
    { name: 'healthy, not yet over', state: synced, event: TIME, after: 6 * MINUTE - 1, next: 'synced' },
    { name: 'the first of two succeeds', state: healthy, event: measured('success'), next: 'healthy' },
    {
      name: 'the last succeeds',
      state: oneMade('success'),
      event: measured('success', { index: 1 }),
      next: 'verified',
      actions: ['keep', 'notify'],
    },
    {
      name: 'the last succeeds, and it is not healthy now',
      state: { ...(oneMade('success') as HealthyState), health: lost.health },
      event: measured('success', { index: 1 }),
      next: 'healthy',
    },
    {
      name: 'one fails',
      state: healthy,
      event: measured('failure'),
      next: 'failed',
      check: 'errors',
      actions: ['rollback', 'keep', 'notify'],
    },
    {
      name: 'one fails, and one may',
      state: healthy,
      event: measured('failure'),
      terms: { checks: [checkNamed('errors', { failureLimit: 1 })] },
      next: 'healthy',
    },
    {
      name: 'one is inconclusive, and one may be',
      state: healthy,
      event: measured('inconclusive'),
      next: 'healthy',
    },
    {
      name: 'two are inconclusive',
      state: oneMade('inconclusive'),
      event: measured('inconclusive', { index: 1 }),
      next: 'inconclusive',
      check: 'errors',
      actions: ['hold', 'keep', 'notify'],
    },
    {
      name: 'two are inconclusive, only told',
      state: oneMade('inconclusive'),
      event: measured('inconclusive', { index: 1 }),
      terms: { onInconclusive: 'notify' },
      next: 'inconclusive',
      check: 'errors',
      actions: ['keep', 'notify'],
    },
    {
      name: 'not one of them succeeds, although all that did not were allowed',
      state: oneMade('failure', {
        checks: [checkNamed('errors', { failureLimit: 5, inconclusiveLimit: 5 })],
      }),
      event: measured('inconclusive', { index: 1 }),
      terms: { checks: [checkNamed('errors', { failureLimit: 5, inconclusiveLimit: 5 })] },
      next: 'inconclusive',
      check: 'errors',
    },
    { name: 'there is no answer, once', state: healthy, event: unasked(0), next: 'healthy' },
    {
      name: 'there is no answer, twice in a row',
      state: after([unasked(0)]),
      event: unasked(1),
      next: 'inconclusive',
      check: 'errors',
      actions: ['hold', 'keep', 'notify'],
    },
    {
      name: 'there is no answer, but not in a row',
      state: after([unasked(0), measured('success', { index: 1 }), unasked(2)]),
      event: measured('success', { index: 3 }),
      next: 'verified',
      actions: ['keep', 'notify'],
    },
    {
      name: 'there is no answer yet, however often',
      state: after([0, 1, 2, 3].map((index) => unasked(index, true))),
      event: unasked(4, true),
      next: 'healthy',
    },
    {
      name: 'health is lost',
      state: healthy,
      event: { kind: 'degraded', since: HEALTHY_AT + 1 },
      next: 'failed',
      check: 'health',
    },
    {
      name: 'health may be lost once',
      state: healthy,
      event: { kind: 'degraded', since: HEALTHY_AT + 1 },
      terms: { health: { ...TERMS.health, failureLimit: 1 } },
      next: 'healthy',
    },
    {
      name: 'it is not healthy for a while',
      state: lost,
      event: TIME,
      after: 8 * MINUTE - 1,
      next: 'healthy',
    },
    {
      name: 'it is not healthy for long',
      state: lost,
      event: TIME,
      after: 8 * MINUTE,
      next: 'failed',
      check: 'health',
    },
    ...[JUST_WRITTEN, synced, healthy, lost].flatMap((state) => [
      {
        name: `superseded: ${state.kind}`,
        state,
        event: { kind: 'superseded' },
        next: 'superseded',
      } as const,
      { name: `ended: ${state.kind}`, state, event: { kind: 'ended' }, next: 'ended' } as const,
    ]),
  ])('$name', ({ state, event, after, terms, next, check, actions = [] }) => {
    const { state: found, actions: done } = step(state, event, {
      ...(after === undefined ? {} : { after }),
      ...(terms === undefined ? {} : { terms }),
    });
    expect(found.kind).toBe(next);
    if (check !== undefined) expect(found).toMatchObject({ ending: { outcome: next, check } });
    if (!hasEnded(found) || actions.length > 0) expect(done).toEqual(actions);
  });
});

const STATES: readonly VerificationState[] = [
  JUST_WRITTEN,
  synced,
  healthy,
  lost,
  { kind: 'verified', ending },
  { kind: 'failed', ending: { outcome: 'failed', at: 1, check: 'errors', detail: '' } },
  { kind: 'inconclusive', ending: { outcome: 'inconclusive', at: 1, check: 'errors', detail: '' } },
  { kind: 'superseded' },
  { kind: 'ended' },
];

const EVENTS: readonly VerificationEvent[] = [
  { kind: 'synced', at: SYNCED_AT },
  { kind: 'healthy', since: HEALTHY_AT },
  { kind: 'degraded', since: HEALTHY_AT + 2 * MINUTE },
  { kind: 'unhealthy', since: HEALTHY_AT + 2 * MINUTE },
  measured('success'),
  measured('failure'),
  TIME,
  { kind: 'superseded' },
  { kind: 'ended' },
];

/** What each state becomes by each of `EVENTS` three minutes after the write, when no deadline has passed. */
const NEXT: readonly (readonly string[])[] = [
  // synced     healthy    degraded   unhealthy  success    failure    time       superseded   ended
  ['synced', 'written', 'written', 'written', 'written', 'written', 'written', 'superseded', 'ended'],
  ['synced', 'healthy', 'failed', 'synced', 'synced', 'synced', 'synced', 'superseded', 'ended'],
  ['healthy', 'healthy', 'failed', 'healthy', 'healthy', 'failed', 'healthy', 'superseded', 'ended'],
  ['healthy', 'healthy', 'failed', 'healthy', 'healthy', 'failed', 'healthy', 'superseded', 'ended'],
  EVENTS.map(() => 'verified'),
  EVENTS.map(() => 'failed'),
  EVENTS.map(() => 'inconclusive'),
  EVENTS.map(() => 'superseded'),
  EVENTS.map(() => 'ended'),
];

describe('every pair of state and event', () => {
  test.each(
    STATES.flatMap((state, row) =>
      EVENTS.map((event, column) => ({
        state,
        event,
        from: state.kind,
        by: event.kind,
        next: NEXT[row]?.[column],
      })),
    ),
  )('$from, $by: $next', ({ state, event, next }) => {
    const { state: found, actions } = step(state, event);
    expect(found.kind).toBe(next);
    if (hasEnded(state)) {
      expect(found).toBe(state);
      expect(actions).toEqual([]);
    }
  });
});

describe('events late, twice and out of order', () => {
  const once = { terms: { health: { ...TERMS.health, failureLimit: 1 } } };

  test('one time of being degraded counts once', () => {
    const degraded = { kind: 'degraded', since: HEALTHY_AT + 1 } as const;
    const first = step(healthy, degraded, once).state;
    expect(step(first, degraded, once).state).toBe(first);
    const again = step(first, { kind: 'healthy', since: HEALTHY_AT + 2 }, once).state;
    expect(step(again, degraded, once).state).toBe(again);
    expect(step(again, { kind: 'degraded', since: HEALTHY_AT + 3 }, once).state.kind).toBe('failed');
  });

  test('degraded after it was only progressing counts, and the deadline is from the first', () => {
    const progressing = step(healthy, { kind: 'unhealthy', since: HEALTHY_AT + 1 }, once).state;
    const degraded = step(progressing, { kind: 'degraded', since: HEALTHY_AT + 2 }, once).state;
    expect(degraded).toMatchObject({ losses: 1, health: { kind: 'lost', since: HEALTHY_AT + 1 } });
  });

  test('health of before it was lost does not bring it back', () => {
    expect(step(lost, { kind: 'healthy', since: HEALTHY_AT }).state).toBe(lost);
  });

  test('health of before the sync counts from the sync', () => {
    const { state } = step(synced, { kind: 'healthy', since: WRITTEN - MINUTE });
    expect(state).toMatchObject({ kind: 'healthy', since: SYNCED_AT });
  });

  test.each([
    ['the same measurement', measured('failure', { index: 0 })],
    ['one that is not due yet', measured('failure', { index: 5 })],
    ['one of a check that nobody asks for', measured('failure', { check: 'other' })],
    ['one of a check with a name of JavaScript', measured('failure', { check: '__proto__' })],
  ])('%s changes nothing', (_, event) => {
    const state = oneMade('success');
    expect(step(state, event).state).toBe(state);
  });

  test('a clock that was set back makes nothing fail', () => {
    for (const state of [JUST_WRITTEN, synced, healthy, lost])
      expect(step(state, TIME, { after: -100 * MINUTE }).state).toBe(state);
  });
});

describe('every sequence of events', () => {
  const moment = fc.integer({ min: -5, max: 30 }).map((minutes) => WRITTEN + minutes * MINUTE);
  const health = (kind: 'healthy' | 'degraded' | 'unhealthy') =>
    moment.map((since) => ({ kind, since }) as const);
  const result = (kind: Measurement['kind']) =>
    fc
      .tuple(fc.nat(2), fc.constantFrom('errors', 'latency'))
      .map(([index, check]) => measured(kind, { check, index }));
  // Weighed so that long sequences come to every end.
  const event: fc.Arbitrary<VerificationEvent> = fc.oneof(
    { weight: 8, arbitrary: moment.map((at) => ({ kind: 'synced', at }) as const) },
    { weight: 12, arbitrary: health('healthy') },
    { weight: 1, arbitrary: fc.oneof(health('degraded'), health('unhealthy')) },
    { weight: 60, arbitrary: result('success') },
    { weight: 6, arbitrary: result('inconclusive') },
    { weight: 2, arbitrary: result('failure') },
    { weight: 2, arbitrary: fc.constant(TIME) },
    { weight: 1, arbitrary: fc.constantFrom('superseded', 'ended').map((kind) => ({ kind }) as const) },
  );
  const terms = fc
    .record({
      onFailure: fc.constantFrom('notify', 'hold', 'rollback'),
      onInconclusive: fc.constantFrom('notify', 'hold'),
      isAutomated: fc.boolean(),
      failureLimit: fc.nat(2),
    })
    .map(({ failureLimit, ...others }): VerificationTerms => ({
      ...TERMS,
      ...others,
      checks: [checkNamed('errors', { failureLimit }), checkNamed('latency', { count: 3 })],
    }));

  test('ends in a state of the table, acts once, and takes back nothing that did not fail', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        terms,
        fc.array(fc.tuple(event, moment), { maxLength: 60, size: 'max' }),
        (given, events) => {
          let state: VerificationState = JUST_WRITTEN;
          const actions: VerificationAction[] = [];
          for (const [one, now] of events) {
            const before = state;
            const next = stepVerification(state, one, { terms: given, now });
            state = next.state;
            actions.push(...next.actions);
            if (next.actions.includes('rollback')) {
              expect(state).toMatchObject({ kind: 'failed' });
              expect(given.onFailure).toBe('rollback');
              const check = state.kind === 'failed' ? state.ending.check : undefined;
              expect(['sync', 'health', 'errors', 'latency']).toContain(check);
            }
            if (hasEnded(before)) expect(state).toBe(before);
          }
          seen.add(state.kind);
          expect(STATES.map(({ kind }) => kind)).toContain(state.kind);
          expect(actions.filter((action) => action === 'keep').length).toBeLessThanOrEqual(1);
          const isDecided =
            state.kind === 'verified' || state.kind === 'failed' || state.kind === 'inconclusive';
          expect(actions.includes('keep')).toBe(isDecided);
          if (state.kind === 'verified' || state.kind === 'superseded')
            expect(actions).not.toContain('rollback');
        },
      ),
      { numRuns: 2_000 },
    );
    expect(seen).toEqual(new Set(STATES.map(({ kind }) => kind)));
  });
});

describe('when measurements are made', () => {
  const slow = checkNamed('slow', { delay: 2 * MINUTE, interval: 5 * MINUTE });
  const watchedSince = HEALTHY_AT + 30 * MINUTE;
  const at = (state: VerificationState, isReplayable: boolean) =>
    nextMeasurements(state, { checks: [slow], isReplayable: () => isReplayable, watchedSince }).map((due) => [
      due.index,
      (due.at - HEALTHY_AT) / MINUTE,
    ]);
  const afterFirst = (measuredAt: number): HealthyState => ({
    ...healthy,
    tallies: {
      slow: {
        asked: 1,
        measured: 1,
        succeeded: 1,
        failed: 0,
        inconclusive: 0,
        unasked: 0,
        last: measurement('success', measuredAt),
      },
    },
  });

  test.each([
    ['the first, replayable: from when it was healthy', healthy, true, [[0, 2]]],
    ['the first, not replayable: not before it is watched', healthy, false, [[0, 30]]],
    [
      'the second, replayable: not moved by a late first',
      afterFirst(HEALTHY_AT + 9 * MINUTE),
      true,
      [[1, 7]],
    ],
    ['the second, not replayable', afterFirst(HEALTHY_AT + 31 * MINUTE), false, [[1, 36]]],
    ['not healthy yet', synced, true, []],
    ['ended', { kind: 'verified', ending } as const, true, []],
  ])('%s', (_, state, isReplayable, expected) => {
    expect(at(state, isReplayable)).toEqual(expected);
  });

  test.each([
    ['written', JUST_WRITTEN, 10],
    ['synced', synced, 6],
    ['healthy', healthy, 3],
    ['lost', lost, 8],
    ['verified', { kind: 'verified', ending } as const, undefined],
  ])('the deadline of %s', (_, state, minutes) => {
    const deadline = nextDeadline(state, TERMS);
    expect(deadline === undefined ? undefined : (deadline - WRITTEN) / MINUTE).toBe(minutes);
  });
});
