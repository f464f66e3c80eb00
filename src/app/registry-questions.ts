import type { Deadline } from '../async/deadline.ts';
import { createFlights } from '../async/flights.ts';
import type { ApplicationId } from '../core/policy.ts';
import { lateAtHost } from './cycle-limits.ts';
import type { RegistryTurns, RegistryWork } from './registry-turns.ts';

/** Something that a cycle wants to know of a registry. */
export interface Question<T> extends RegistryWork<T> {
  /** Equal for what is asked only once. */
  readonly key: string;
}

/** Who wants to know it. */
export interface Waiting {
  readonly application: ApplicationId;
  readonly signal: AbortSignal;
}

/** Throws what the work throws, and `deadline` once the Application's time at the host is up. */
export type AskRegistry<T> = (question: Question<T>, waiting: Waiting) => Promise<T>;

/**
 * Asks each question once in a cycle, in turn, for all who wait for its answer. It costs each of them time while it is
 * being asked, not while it waits for its turn. Who has no time left leaves; the others go on waiting.
 */
export function createQuestions<T>(turns: RegistryTurns): AskRegistry<T> {
  const answers = new Map<string, { readonly value: T }>();
  const clocks = new Map<string, Clocks>();
  const flights = createFlights<T>();

  async function ask(question: Question<T>, { application, signal }: Waiting): Promise<T> {
    const { key, work } = question;
    const timed = async (during: AbortSignal): Promise<T> => {
      const stop = clocksOf(key).start();
      try {
        return await work(during);
      } finally {
        stop();
      }
    };
    const value = await turns.run({ ...question, work: timed }, application, signal);
    answers.set(key, { value });
    return value;
  }

  function clocksOf(key: string): Clocks {
    const known = clocks.get(key) ?? createClocks();
    clocks.set(key, known);
    return known;
  }

  return async (question, waiting) => {
    const { key, repository, what } = question;
    const host = repository.registry;
    const known = answers.get(key);
    if (known !== undefined) return known.value;
    const { application, signal } = waiting;
    const time = turns.timeOf(application, host);
    if (time.signal.aborted) throw lateAtHost(host, what, turns.limits);
    const leave = clocksOf(key).join(time);
    try {
      const either = AbortSignal.any([signal, time.signal]);
      return await flights.join(key, either, (own) => ask(question, { application, signal: own }));
    } catch (thrown) {
      if (!time.signal.aborted || signal.aborted) throw thrown;
      throw lateAtHost(host, what, turns.limits);
    } finally {
      leave();
    }
  };
}

/** The times of all who wait for one answer. */
interface Clocks {
  /** It is being asked for: their times run until what is returned is called. */
  start(): () => void;
  /** One more, until what is returned is called. */
  join(time: Deadline): () => void;
}

function createClocks(): Clocks {
  const members = new Set<{ readonly time: Deadline; leave: () => void }>();
  let isRunning = false;
  return {
    start() {
      isRunning = true;
      for (const member of members) member.leave = member.time.enter();
      return () => {
        isRunning = false;
        for (const { leave } of members) leave();
      };
    },
    join(time) {
      const member = { time, leave: isRunning ? time.enter() : () => undefined };
      members.add(member);
      return () => {
        members.delete(member);
        member.leave();
      };
    },
  };
}
