import { createLeastFirst, type LeastFirst } from './least-first.ts';

/** For whom work is done. */
export interface Asker {
  readonly namespace: string;
  /** Within the namespace. */
  readonly name: string;
}

/** How long the last piece of work of each asker took, in milliseconds. */
export type Paces = Map<string, number>;

export interface FairSlotsOptions {
  /** How many run at the same time. */
  readonly concurrency: number;
  /** Part of them that one namespace, and one name in it, may have while others have work. */
  readonly share: number;
  /** Work that takes longer, in milliseconds, makes room for others and goes on; never unless given. */
  readonly lend?: number;
  /** How many times the concurrency run at the most, with those that made room; twice unless given. */
  readonly mostLent?: number;
  /** May be kept for longer than the slots. */
  readonly paces?: Paces;
}

/** What is expected of somebody who is not known, in milliseconds. */
const UNKNOWN_PACE = 500;
const MOST_PACES = 10_000;

/** What one name has. */
interface Own {
  readonly waiting: Set<() => void>;
  /** Pieces that run. */
  held: number;
  /** Those of them that have not made room. */
  counted: number;
  /** Milliseconds that its pieces took, and that the first is expected to take. */
  time: number;
  /** When it was served last, counted in turns. */
  served: number;
  /** Its last piece had to make room. */
  isSlow: boolean;
  /** Who asked first, of those who are equal otherwise. */
  readonly order: number;
}

/** What one namespace has. */
interface Group extends Own {
  readonly names: Map<string, Own>;
  /** Those of them who wait, apart by `isSlow`. */
  readonly quick: LeastFirst<Own>;
  readonly slow: LeastFirst<Own>;
  /** Those of them who wait or have something that counts. */
  readonly busy: Set<Own>;
}

/** Everybody who waits for a slot or has one. */
export interface FairQueue {
  /** Somebody waits, to be started; what is returned ends that. */
  add(asker: Asker, start: () => void): () => void;
  /** What starts the next piece of work; `undefined` when nobody may have more now. */
  next(): (() => void) | undefined;
  /** One more piece of work runs. */
  enter(asker: Asker): FairPiece;
}

export interface FairPiece {
  /** It counts no longer for others. */
  makeRoom(): void;
  end(): void;
}

export function createFairQueue(options: Required<FairSlotsOptions>): FairQueue {
  const { concurrency, share, lend, mostLent, paces } = options;
  const cap = Math.max(1, Math.floor(concurrency * share));
  const groups = new Map<string, Group>();
  const total: Total = { running: 0, counted: 0, slow: 0, turn: 0 };

  function chainOf(asker: Asker): readonly [Group, Own] {
    const { namespace, name } = asker;
    const group = groups.get(namespace) ?? nobody(groups.size);
    groups.set(namespace, group);
    const known = group.names.get(name);
    if (known !== undefined) return [group, known];
    const pace = paces.get(paceKey(asker)) ?? UNKNOWN_PACE;
    const own = { ...nothing(pace, group.names.size), isSlow: pace >= lend };
    group.names.set(name, own);
    return [group, own];
  }

  /** Nothing runs and nobody waits: all begin anew. */
  function rest(): void {
    if (total.running > 0) return;
    if ([...groups.values()].every(({ waiting }) => waiting.size === 0)) groups.clear();
  }

  return {
    add(asker, start) {
      const chain = chainOf(asker);
      for (const { waiting } of chain) waiting.add(start);
      settle(chain);
      return () => {
        for (const { waiting } of chain) waiting.delete(start);
        settle(chain);
      };
    },
    next() {
      if (total.counted >= concurrency || total.running >= concurrency * mostLent) return undefined;
      const isForSlow = total.slow < Math.ceil(concurrency / 2);
      const inside = (group: Group): Own | undefined => nextInside(group, cap, isForSlow);
      const group = nextOf(groups.values(), cap, (one) => one.waiting.size > 0 && inside(one) !== undefined);
      const [start] = (group && inside(group))?.waiting ?? [];
      return start;
    },
    enter(asker) {
      const chain = chainOf(asker);
      const [, own] = chain;
      total.turn += 1;
      for (const one of chain) one.served = total.turn;
      const leave = hold(chain, total, own.isSlow);
      const begun = performance.now();
      return {
        ...leave,
        end() {
          leave.end();
          const took = performance.now() - begun;
          own.isSlow = took >= lend;
          keepPace(paces, asker, took);
          for (const one of chain) one.time += took;
          settle(chain);
          rest();
        },
      };
    },
  };
}

interface Total {
  running: number;
  counted: number;
  /** Of those that count, how many are of somebody slow. */
  slow: number;
  turn: number;
}

/** Counts one piece for all who it is counted for. */
function hold(chain: readonly [Group, Own], total: Total, isSlow: boolean): FairPiece {
  let isCounted = true;
  total.running += 1;
  total.counted += 1;
  total.slow += isSlow ? 1 : 0;
  for (const one of chain) {
    one.held += 1;
    one.counted += 1;
  }
  settle(chain);
  function makeRoom(): void {
    if (!isCounted) return;
    isCounted = false;
    total.counted -= 1;
    total.slow -= isSlow ? 1 : 0;
    for (const one of chain) one.counted -= 1;
    settle(chain);
  }
  return {
    makeRoom,
    end() {
      makeRoom();
      total.running -= 1;
      for (const one of chain) one.held -= 1;
    },
  };
}

function nothing(time: number, order: number): Own {
  return { waiting: new Set(), held: 0, counted: 0, time, served: 0, isSlow: false, order };
}

function nobody(order: number): Group {
  const [quick, slow] = [createLeastFirst(isBefore), createLeastFirst(isBefore)];
  return { ...nothing(0, order), names: new Map(), quick, slow, busy: new Set() };
}

/** Puts a name where it belongs in its namespace, after anything about it has changed. */
function settle([group, own]: readonly [Group, Own]): void {
  const isWaiting = own.waiting.size > 0;
  if (isWaiting || own.counted > 0) group.busy.add(own);
  else group.busy.delete(own);
  const [mine, other] = own.isSlow ? [group.slow, group.quick] : [group.quick, group.slow];
  other.delete(own);
  if (isWaiting) mine.put(own);
  else mine.delete(own);
}

/** The same as `nextOf` among the names of a namespace, of which there may be thousands. */
function nextInside({ quick, slow, busy }: Group, cap: number, isForSlow: boolean): Own | undefined {
  const [first, other] = [quick.first(), isForSlow ? slow.first() : undefined];
  const best = first === undefined || (other !== undefined && isBefore(other, first)) ? other : first;
  return best !== undefined && busy.size > 1 && best.held >= cap ? undefined : best;
}

function paceKey({ namespace, name }: Asker): string {
  return `${namespace.length} ${namespace} ${name}`;
}

function keepPace(paces: Paces, asker: Asker, took: number): void {
  const key = paceKey(asker);
  paces.delete(key);
  paces.set(key, took);
  const [oldest] = paces.keys();
  if (paces.size > MOST_PACES && oldest !== undefined) paces.delete(oldest);
}

/** Who is next; `undefined` while those who wait have their share, and others have work. */
function nextOf<T extends Own>(all: Iterable<T>, cap: number, isReady: (one: T) => boolean): T | undefined {
  let best: T | undefined;
  let busy = 0;
  for (const one of all) {
    if (one.waiting.size > 0 || one.counted > 0) busy += 1;
    if (isReady(one) && (best === undefined || isBefore(one, best))) best = one;
  }
  return best !== undefined && busy > 1 && best.held >= cap ? undefined : best;
}

function isBefore(a: Own, b: Own): boolean {
  if (a.held !== b.held) return a.held < b.held;
  if (a.time !== b.time) return a.time < b.time;
  return a.served === b.served ? a.order < b.order : a.served < b.served;
}
