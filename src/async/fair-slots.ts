import { LynceusError } from '../errors.ts';
import { listenToAbort } from './listen-to-abort.ts';

/** For whom work is done. */
export interface Asker {
  readonly namespace: string;
  /** Within the namespace. */
  readonly name: string;
}

/** A limited number of pieces of work at the same time, shared fairly by those who ask. */
export interface FairSlots {
  /** Rejects with `aborted` when the signal is aborted before its turn. */
  run<T>(asker: Asker, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export interface FairSlotsOptions {
  /** How many run at the same time. */
  readonly concurrency: number;
  /** Part of them that one namespace, and one name in it, may have while others have work. */
  readonly share: number;
  /** Work that takes longer, in milliseconds, makes room for others and goes on; never unless given. */
  readonly lend?: number;
}

/** How many times the concurrency run at the most, with those that made room. */
const MOST_LENT = 4;

/** What one name has. */
interface Own {
  readonly waiting: Set<() => void>;
  /** Pieces that run. */
  held: number;
  /** Those of them that have not made room. */
  counted: number;
  /** When it was served last, counted in turns. */
  served: number;
}

/** What one namespace has. */
interface Group extends Own {
  readonly names: Map<string, Own>;
}

/**
 * Fair queuing: of those who wait and may have more, the one who has the least is next; first by namespace, then by name.
 * Of two that have as much it is the one who was served longer ago.
 */
export function createFairSlots({ concurrency, share, lend = Infinity }: FairSlotsOptions): FairSlots {
  const groups = createGroups(Math.max(1, Math.floor(concurrency * share)));
  let counted = 0;
  let running = 0;

  function fill(): void {
    while (counted < concurrency && running < concurrency * MOST_LENT) {
      const start = groups.next();
      if (start === undefined) return;
      start();
    }
  }

  async function occupy<T>(asker: Asker, work: () => Promise<T>): Promise<T> {
    const chain = groups.serve(asker);
    counted += 1;
    running += 1;
    let hasMadeRoom = false;
    function makeRoom(): void {
      if (hasMadeRoom) return;
      hasMadeRoom = true;
      counted -= 1;
      for (const one of chain) one.counted -= 1;
    }
    const timer = lend === Infinity ? undefined : setTimeout(() => (makeRoom(), fill()), lend);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      makeRoom();
      running -= 1;
      for (const one of chain) one.held -= 1;
      groups.forget(asker);
      fill();
    }
  }

  function run<T>(asker: Asker, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const chain = groups.of(asker);
      let release = (): void => undefined;
      function start(): void {
        for (const { waiting } of chain) waiting.delete(start);
        release();
        occupy(asker, work).then(resolve, reject);
      }
      for (const { waiting } of chain) waiting.add(start);
      release = listenToAbort(signal, () => {
        for (const { waiting } of chain) waiting.delete(start);
        groups.forget(asker);
        reject(new LynceusError('aborted', 'stopped while waiting for a turn'));
        fill();
      });
      fill();
    });
  }

  return { run };
}

/** Everybody who waits or has work. */
interface Groups {
  of(asker: Asker): readonly Own[];
  /** The same, with one more piece that runs. */
  serve(asker: Asker): readonly Own[];
  /** Lets go of who neither waits nor has work. */
  forget(asker: Asker): void;
  /** What starts the next piece of work; `undefined` when nobody may have more now. */
  next(): (() => void) | undefined;
}

function createGroups(cap: number): Groups {
  const groups = new Map<string, Group>();
  let turn = 0;

  function of({ namespace, name }: Asker): readonly Own[] {
    const group: Group = groups.get(namespace) ?? { ...nothing(), names: new Map<string, Own>() };
    groups.set(namespace, group);
    const own = group.names.get(name) ?? nothing();
    group.names.set(name, own);
    return [group, own];
  }

  return {
    of,
    serve(asker) {
      const chain = of(asker);
      turn += 1;
      for (const one of chain) {
        one.held += 1;
        one.counted += 1;
        one.served = turn;
      }
      return chain;
    },
    forget({ namespace, name }) {
      const group = groups.get(namespace);
      const own = group?.names.get(name);
      if (own !== undefined && isIdle(own)) group?.names.delete(name);
      if (group !== undefined && isIdle(group)) groups.delete(namespace);
    },
    next() {
      const inside = ({ names }: Group): Own | undefined => nextOf(names.values(), cap);
      const group = nextOf(groups.values(), cap, (one) => inside(one) !== undefined);
      const [start] = (group && inside(group))?.waiting ?? [];
      return start;
    },
  };
}

function nothing(): Own {
  return { waiting: new Set(), held: 0, counted: 0, served: 0 };
}

function isIdle({ waiting, held }: Own): boolean {
  return waiting.size === 0 && held === 0;
}

/** Who is next; `undefined` while those who wait have their share, and others have work. */
function nextOf<T extends Own>(
  all: Iterable<T>,
  cap: number,
  isReady: (one: T) => boolean = () => true,
): T | undefined {
  let best: T | undefined;
  let busy = 0;
  for (const one of all) {
    if (one.waiting.size > 0 || one.counted > 0) busy += 1;
    if (one.waiting.size === 0 || !isReady(one)) continue;
    const isBetter =
      best === undefined || one.held < best.held || (one.held === best.held && one.served < best.served);
    if (isBetter) best = one;
  }
  return best !== undefined && busy > 1 && best.held >= cap ? undefined : best;
}
