const SECOND = 1_000;
const DAY = 86_400 * SECOND;

/** Days in four centuries, after which the calendar repeats itself, and from 1 March of the year 0 to 1970. */
const ERA = 146_097;
const BEFORE_1970 = 719_468;

/** From the year 0 to the year 9999, as RFC 3339 can write it. */
export function isInstant(milliseconds: number): boolean {
  return milliseconds >= -62_167_219_200_000 && milliseconds < 253_402_300_800_000;
}

/**
 * A time as RFC 3339 in UTC, to the second: `2026-11-02T12:00:00Z`. Only for what `isInstant`. Years are counted from
 * March here, so that the day that a leap year has more is the last one.
 */
export function formatInstant(milliseconds: number): string {
  const days = Math.floor(milliseconds / DAY) + BEFORE_1970;
  const seconds = Math.floor((milliseconds - Math.floor(milliseconds / DAY) * DAY) / SECOND);
  const era = Math.floor(days / ERA);
  const dayOfEra = days - era * ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  return `${digits(year, 4)}-${digits(month)}-${digits(day)}T${digits(hours)}:${digits(minutes)}:${digits(seconds % 60)}Z`;
}

function digits(value: number, count = 2): string {
  return String(value).padStart(count, '0');
}
