/** Until when a server wants no requests. Times are milliseconds since 1970. */
export interface KeptPause<R> {
  readonly reason: R;
  /** When the first pause of a row began. */
  readonly since: number;
  readonly until: number;
  /** `host`: the server as a whole; else the path or part of it that it is about. */
  readonly scope: 'path' | 'host';
}

/** What one server asked for, by the paths for which it was asked. */
export interface PathPauses<R> {
  /**
   * Keeps a pause that an answer for a path asked for; `''` is the server itself. What is longer than before is returned: the
   * pause of the path, and that of the host once others confirm it.
   */
  add(
    path: string,
    pause: { readonly reason: R; readonly until: number },
    now: number,
  ): readonly KeptPause<R>[];
  /** The pause that counts for a path, `undefined` when there is none. */
  of(path: string, now: number): KeptPause<R> | undefined;
  /** After a good answer: the next pause is a new one, and does not lengthen the one before. */
  end(path: string, now: number): void;
}

/** So many paths of one owner mean all of them. */
const ENOUGH_PATHS = 3;
const HOST = '';
const MOST_KEPT = 1_000;

/**
 * Whoever is behind one path may ask for any pause, but only for that path. The first part of a path is its owner: three paths
 * of one owner speak for all of that owner's, and paths of two owners for the host. What others confirmed in this way lasts
 * `confirmed` milliseconds at the most, and then somebody asks again.
 */
export function createPathPauses<R>(confirmed: number): PathPauses<R> {
  const kept = new Map<string, KeptPause<R>>();

  function extend(key: string, pause: Omit<KeptPause<R>, 'since'>, now: number): readonly KeptPause<R>[] {
    const before = kept.get(key);
    if (before !== undefined && before.until >= pause.until) return [];
    const extended = { ...pause, since: before?.since ?? now };
    kept.delete(key);
    kept.set(key, extended);
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    return [extended];
  }

  /** Paths that are paused, other than this one. */
  function others(path: string, now: number): readonly string[] {
    return [...kept].flatMap(([key, { until }]) =>
      until > now && key !== path && key !== HOST && !key.endsWith('/') ? [key] : [],
    );
  }

  return {
    add(path, { reason, until }, now) {
      if (path === HOST) return extend(HOST, { reason, until, scope: 'host' }, now);
      const own = extend(path, { reason, until, scope: 'path' }, now);
      const owner = ownerOf(path);
      const paused = others(path, now);
      const limit = Math.min(until, now + confirmed);
      if (paused.some((other) => ownerOf(other) !== owner))
        return [...own, ...extend(HOST, { reason, until: limit, scope: 'host' }, now)];
      if (paused.length + 1 >= ENOUGH_PATHS) extend(owner, { reason, until: limit, scope: 'path' }, now);
      return own;
    },
    of(path, now) {
      if (kept.size === 0) return undefined;
      const all = [kept.get(path), kept.get(ownerOf(path)), kept.get(HOST)];
      const active = all.flatMap((pause) => (pause !== undefined && pause.until > now ? [pause] : []));
      return active.toSorted((a, b) => b.until - a.until)[0];
    },
    end(path, now) {
      if (kept.size === 0) return;
      for (const key of [path, ownerOf(path), HOST])
        if ((kept.get(key)?.until ?? Infinity) <= now) kept.delete(key);
    },
  };
}

/** The first part of a path, which is that of its owner. Ends with a slash, as no path does. */
export function ownerOf(path: string): string {
  return `${path.split('/')[0] ?? ''}/`;
}
