const MOST_ENTRIES = 5_000;

/** What one process remembers of requests. What has to outlive it is in the requests themselves. */
export interface RequestMemory {
  /**
   * Whether what a request lacks is tried again now. Each call counts: true for the first, second, fourth, eighth and so on,
   * so that what is refused for ever is asked for less and less.
   */
  isDue(url: string): boolean;
}

/** When there is no more room, all is forgotten. */
export function createRequestMemory(): RequestMemory {
  /** How often each was asked about, by URL. */
  const asked = new Map<string, number>();
  return {
    isDue(url) {
      const count = (asked.get(url) ?? 0) + 1;
      if (asked.size >= MOST_ENTRIES) asked.clear();
      asked.set(url, count);
      return Number.isInteger(Math.log2(count));
    },
  };
}
