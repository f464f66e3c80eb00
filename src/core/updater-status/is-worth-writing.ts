import { joinKey } from '../identity/key.ts';
import type { UpdaterStatus } from './status.ts';

/** Milliseconds after which the time of the last check is written although nothing else has changed. */
const CHECKED_EVERY = 10 * 60_000;

/**
 * Whether a status has to be written at `now` (milliseconds since 1970). A sentence that differs alone waits with the time of the
 * last check, because one with a number in it may differ in each cycle.
 */
export function isWorthWriting(previous: UpdaterStatus, next: UpdaterStatus, now: number): boolean {
  if (decisiveText(previous) !== decisiveText(next)) return true;
  const waited = now - Date.parse(previous.lastCheckedAt ?? '');
  // A clock that was set back must not make the wait longer, nor a time that cannot be read.
  return !(waited >= 0 && waited < CHECKED_EVERY);
}

function decisiveText(status: UpdaterStatus): string {
  return joinKey(
    numberText(status.observedGeneration),
    status.lastUpdatedAt,
    numberText(status.applicationsMatched),
    numberText(status.imagesManaged),
    numberText(status.imagesNotUpdatedTotal ?? 0),
    ...(status.recentUpdates ?? []).map((one) =>
      joinKey(one.alias, one.image, one.newVersion, String(one.applicationsUpdated), one.message),
    ),
    '',
    ...(status.imagesNotUpdated ?? []).map((one) =>
      joinKey(one.application, one.alias, one.image, one.outcome, one.code, one.since),
    ),
    '',
    ...(status.conditions ?? []).map((one) =>
      joinKey(
        one.type,
        one.status,
        one.reason,
        one.message,
        numberText(one.observedGeneration),
        one.lastTransitionTime,
      ),
    ),
  );
}

function numberText(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}
