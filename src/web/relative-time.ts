const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long a span is, in its largest unit: `12 s`, `3 min`, `5 h`, `12 d`. In milliseconds. */
export function spanText(span: number): string {
  const length = Math.abs(span);
  if (length < MINUTE) return `${Math.floor(length / SECOND)} s`;
  if (length < HOUR) return `${Math.floor(length / MINUTE)} min`;
  if (length < 2 * DAY) return `${Math.floor(length / HOUR)} h`;
  return `${Math.floor(length / DAY)} d`;
}

/** A time as people say it: `now`, `3 min ago`, `in 2 h`. Both in milliseconds since 1970. */
export function relativeTime(at: number, now: number): string {
  const ago = now - at;
  if (Math.abs(ago) < SECOND) return 'now';
  return ago > 0 ? `${spanText(ago)} ago` : `in ${spanText(ago)}`;
}
