import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LynceusError } from '../../src/errors.ts';
import { createLeaseLeadership } from '../../src/leadership/lease-leadership.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { SILENT } from '../helpers/logs.ts';
import { createTimeline, type Timeline } from '../helpers/timeline.ts';
import { clientOf, createLeaseServer, type LeaseServer, type Network } from './lease-server.ts';

/** A machine's own idea of time. Timers may run fast or slow, and the wall clock is wrong and is set now and then. */
interface Machine {
  /** Seconds of its own per true second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly offset: number;
  /** Every so many milliseconds its wall clock jumps by this much. */
  readonly jump: number;
}

function clockOf(timeline: Timeline, { rate, offset, jump }: Machine): Clock {
  const begin = timeline.now();
  return {
    random: () => timeline.random(),
    now() {
      const passed = timeline.now() - begin;
      return Math.max(0, begin + passed * rate + offset + Math.floor(passed / 7_000) * jump);
    },
    sleep: (milliseconds, signal) => timeline.sleep(milliseconds / rate, signal),
  };
}

/** What happens to one request. */
interface Fate {
  /** Milliseconds until it arrives, or not at all. */
  readonly there: number | 'lost';
  /** Milliseconds until its answer arrives, or not at all. */
  readonly back: number | 'lost';
}

/** Requests go on arriving when nobody waits for them any more. */
function networkOf(timeline: Timeline, nextFate: () => Fate): Network {
  const forever = new AbortController().signal;
  return (_verb, carryOut, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')), {
        once: true,
      });
      const reset = (): void => reject(new LynceusError('kube-unreachable', 'the connection was reset'));
      const { there, back } = nextFate();
      const send = async (): Promise<void> => {
        if (there === 'lost') {
          await timeline.sleep(500, forever);
          return reset();
        }
        await timeline.sleep(there, forever);
        let answer: () => void;
        try {
          const done = carryOut();
          answer = () => resolve(done);
        } catch (thrown) {
          answer = () => reject(thrown instanceof Error ? thrown : new Error('unknown'));
        }
        await timeline.sleep(back === 'lost' ? 500 : back, forever);
        if (back === 'lost') reset();
        else answer();
      };
      void send();
    });
}

type Action = 'kill' | 'stop' | 'cut' | 'none';

interface Scenario {
  readonly machines: readonly Machine[];
  readonly fates: readonly Fate[];
  /** What is done to the leader, every few seconds. */
  readonly actions: readonly { readonly action: Action; readonly after: number }[];
}

interface Candidate {
  readonly id: number;
  /** Its process is no more: what it believes does not matter. */
  dead: boolean;
  /** It has been asked to stop: it will never lead again, dead or not yet. */
  stopping: boolean;
  cut: boolean;
  lost: AbortSignal | undefined;
  stop: () => Promise<void>;
}

interface Election {
  readonly timeline: Timeline;
  readonly server: LeaseServer;
  readonly candidates: readonly Candidate[];
  /** The worst that was seen. */
  mostLeaders(): number;
  /** From now on every request is answered at once. */
  heal(): void;
}

function leadersOf(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(({ dead, lost }) => !dead && lost?.aborted === false);
}

const PROMPT: Fate = { there: 5, back: 5 };

function startElection({ machines, fates }: Scenario): Election {
  const timeline = createTimeline();
  const server = createLeaseServer();
  const candidates: Candidate[] = [];
  let healed = false;
  let asked = 0;
  let most = 0;
  const nextFate = (candidate: Candidate): Fate => {
    if (candidate.dead || candidate.cut) return { there: 'lost', back: 'lost' };
    asked += 1;
    return healed ? PROMPT : (fates[asked % fates.length] ?? PROMPT);
  };
  for (const [id, machine] of machines.entries()) {
    const stopping = new AbortController();
    const candidate: Candidate = {
      id,
      dead: false,
      stopping: false,
      cut: false,
      lost: undefined,
      stop: () => Promise.resolve(),
    };
    const leadership = createLeaseLeadership({
      kube: clientOf(
        server,
        networkOf(timeline, () => nextFate(candidate)),
      ),
      lease: { namespace: 'argocd', name: 'lynceus' },
      identity: `candidate-${id}`,
      clock: clockOf(timeline, machine),
      log: SILENT,
    });
    candidate.stop = async () => {
      candidate.stopping = true;
      stopping.abort();
      await leadership.release();
      candidate.dead = true;
    };
    const live = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        const { lost } = await leadership.acquire(stopping.signal);
        candidate.lost = lost;
        most = Math.max(most, leadersOf(candidates).length);
        await new Promise<void>((resolve) => {
          if (lost.aborted) resolve();
          else lost.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    };
    live().catch(() => undefined);
    candidates.push(candidate);
  }
  return { timeline, server, candidates, mostLeaders: () => most, heal: () => (healed = true) };
}

function perform(action: Action, { candidates }: Election): void {
  const [leader] = leadersOf(candidates);
  if (leader === undefined) return;
  const oneIsLeft = candidates.some((one) => one !== leader && !one.dead && !one.stopping);
  switch (action) {
    case 'kill':
      if (oneIsLeft) leader.dead = true;
      break;
    case 'stop':
      if (oneIsLeft) void leader.stop();
      break;
    case 'cut':
      leader.cut = true;
      break;
    case 'none':
      for (const one of candidates) one.cut = false;
  }
}

const delay = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 2, arbitrary: fc.integer({ min: 200, max: 3_400 }) },
  { weight: 1, arbitrary: fc.integer({ min: 3_400, max: 20_000 }) },
  { weight: 1, arbitrary: fc.constant('lost' as const) },
);
const machine = fc.record({
  rate: fc.double({ min: 0.9, max: 1.1, noNaN: true }),
  offset: fc.integer({ min: -86_400_000, max: 86_400_000 }),
  jump: fc.constantFrom(0, 0, -3_600_000, 3_600_000),
});
const scenario: fc.Arbitrary<Scenario> = fc.record({
  machines: fc.array(machine, { minLength: 2, maxLength: 3 }),
  fates: fc.array(fc.record({ there: delay, back: delay }), { minLength: 1, maxLength: 30 }),
  actions: fc.array(
    fc.record({
      action: fc.constantFrom<Action>('kill', 'stop', 'cut', 'none'),
      after: fc.integer({ min: 0, max: 15_000 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
});

describe('an election', () => {
  test('among two or three never has two leaders, and has one again once all is well', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const election = startElection(given);
        const { timeline, candidates } = election;
        for (const { action, after } of given.actions) {
          await timeline.pass(after);
          perform(action, election);
        }
        election.heal();
        for (const one of candidates) one.cut = false;
        // Requests of before may still be on their way for 20 s, and renew for one that is no more.
        await timeline.passUntil(() => leadersOf(candidates).length > 0, 60_000);
        await timeline.pass(30_000);
        expect(election.mostLeaders()).toBe(1);
        expect(leadersOf(candidates)).toHaveLength(1);
      }),
      { numRuns: 350 },
    );
  });

  test.each([
    ['killed', 'kill' as const, 15_000],
    ['cut off', 'cut' as const, 15_000],
    ['stopped', 'stop' as const, 2_500],
  ])('has another leader in time when the first is %s at any moment', async (_, action, longest) => {
    const offset = fc.integer({ min: 0, max: 10_000 });
    await fc.assert(
      fc.asyncProperty(offset, offset, async (start, moment) => {
        const machines = [0, 0, 0].map(() => ({ rate: 1, offset: 0, jump: 0 }));
        const election = startElection({ machines, fates: [PROMPT], actions: [] });
        const { timeline, candidates } = election;
        await timeline.pass(start + 100);
        const [first] = leadersOf(candidates);
        await timeline.pass(moment);
        perform(action, election);

        await timeline.passUntil(() => leadersOf(candidates).some((one) => one !== first), longest);

        expect(election.mostLeaders()).toBe(1);
      }),
      { numRuns: 60 },
    );
  });
});
