const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** What Go's `time.ParseDuration` takes, without a sign; used for the JSON schema too. */
export const DURATION_PATTERN = /^(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

const LONGEST_TEXT = 64;
/** Go counts nanoseconds in 63 bits: 292 years. */
const LONGEST = 2n ** 63n - 1n;

/**
 * Milliseconds of a Go duration (`2m0s`, `1h30m`, `1.5h`, `90s`, `0`), or `undefined` when the text is none.
 * There are no days and no bare numbers: `1d` and `90` are no durations. Neither is a negative one.
 */
export function parseDuration(text: string): number | undefined {
  if (text.length > LONGEST_TEXT || !DURATION_PATTERN.test(text)) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(
    /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g,
  )) {
    const size = NANOSECONDS[unit] ?? 0n;
    total += BigInt(whole) * size + (BigInt(fraction) * size) / 10n ** BigInt(fraction.length);
  }
  if (total > LONGEST) return undefined;
  return Number(total / 1_000_000n) + Number(total % 1_000_000n) / 1e6;
}

/** The text Go prints for a duration of whole milliseconds: `2m0s`, `1h30m0s`, `1.5s`, `500ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return milliseconds === 0 ? '0s' : `${milliseconds}ms`;
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor(milliseconds / 60_000) % 60;
  const seconds = `${(milliseconds % 60_000) / 1_000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** The same without zeros at its end, as people write it: `8h`, `30m`, `1h30m`. */
export function shortDuration(milliseconds: number): string {
  return formatDuration(milliseconds)
    .replace(/(?<=[hm])0s$/, '')
    .replace(/(?<=h)0m$/, '');
}
