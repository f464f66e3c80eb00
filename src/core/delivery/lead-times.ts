import { LEAD_TIME_STARTS, type Delivery, type LeadTime, type LeadTimeEnd } from './delivery.ts';

/**
 * How long each version of a delivery took until `at`. It begins with the push; where that is not known with the first sight, which is
 * at most a cycle later, else with the build. A version of which none is known has no lead time. Clocks differ: what would be before its beginning took no time.
 */
export function leadTimes(
  { application, images }: Pick<Delivery, 'application' | 'images'>,
  to: LeadTimeEnd,
  at: number,
): readonly LeadTime[] {
  return images.flatMap(({ times }) => {
    const from = LEAD_TIME_STARTS.find((start) => times[start] !== undefined);
    const began = from && times[from];
    if (from === undefined || began === undefined) return [];
    return [{ application, from, to, seconds: Math.max(0, at - began) / 1_000 }];
  });
}
