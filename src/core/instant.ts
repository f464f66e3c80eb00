/** From the year 0 to the year 9999, as RFC 3339 can write it. */
export function isInstant(milliseconds: number): boolean {
  return milliseconds >= -62_167_219_200_000 && milliseconds < 253_402_300_800_000;
}

/** A time as RFC 3339 in UTC, to the second: `2026-11-02T12:00:00Z`. Only for what `isInstant`. */
export function formatInstant(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -'.000Z'.length)}Z`;
}
