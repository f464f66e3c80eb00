import { didYouMean } from '../core/did-you-mean.ts';
import { HEALTH_CHECK } from '../core/verification/verify-policy.ts';
import { shownValue } from '../settings/value-type.ts';
import type { ConfigFile } from './config.ts';

/** Adds a fault for each check that a rule names and that is none; the path is below `verification.rules`. */
export function checkVerificationRules(
  { rules, checks }: Pick<ConfigFile['verification'], 'rules' | 'checks'>,
  add: (path: readonly (string | number)[], message: string) => void,
): void {
  const known = [HEALTH_CHECK, ...checks.map(({ name }) => name)];
  for (const [index, rule] of rules.entries()) {
    // A key that was wrong by itself is left out of its entry.
    const { checks: names }: { readonly checks?: readonly string[] } = rule;
    for (const [place, name] of (names ?? []).entries()) {
      if (known.includes(name)) continue;
      const near = didYouMean(name, known);
      const hint = near === undefined ? '' : `; did you mean ${near}?`;
      add(
        [index, 'checks', place],
        `expected the name of a check (${known.join(', ')}), found ${shownValue(name)}${hint}`,
      );
    }
  }
}
