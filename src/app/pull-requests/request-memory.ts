const MOST_ENTRIES = 5_000;
const MOST_REASONS = 3;

/** What one process remembers of requests. What has to outlive it is in the requests themselves. */
export interface RequestMemory {
  /**
   * Whether what a request lacks is tried again now. Each call counts: true for the first, second, fourth, eighth and so on,
   * so that what is refused for ever is asked for less and less.
   */
  isDue(url: string): boolean;
  /**
   * Whether this is said of a request for the first time; of the reasons for one request the first three count, for a host
   * may put something else into each answer.
   */
  isNews(url: string, reason: string): boolean;
}

/** When there is no more room, all is forgotten. */
export function createRequestMemory(): RequestMemory {
  /** How often each was asked about, by URL. */
  const asked = new Map<string, number>();
  /** What was said of each, by URL. */
  const said = new Map<string, Set<string>>();
  return {
    isDue(url) {
      const count = (asked.get(url) ?? 0) + 1;
      if (asked.size >= MOST_ENTRIES) asked.clear();
      asked.set(url, count);
      return Number.isInteger(Math.log2(count));
    },
    isNews(url, reason) {
      const reasons = said.get(url) ?? new Set();
      if (reasons.has(reason) || reasons.size === MOST_REASONS) return false;
      if (said.size >= MOST_ENTRIES) said.clear();
      said.set(url, reasons.add(reason));
      return true;
    },
  };
}
