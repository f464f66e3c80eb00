import { FAILURE_ACTIONS } from '../core/verification/verify-policy.ts';
import { IMAGE_SELECTOR } from './image-selector.ts';
import { alternatives, key } from './keys.ts';
import { choiceOf, decimal, listOfValues, textLine, wholeNumber, YES_OR_NO } from './value-type.ts';

/** How much is taken back without a person. */
// prettier-ignore
export const ROLLBACK_LIMITS = {
  perNamespace: key('How many Applications of one namespace are taken back within an hour; before one more, rollbacks are paused until a person resumes them', wholeNumber(1, 100_000), { default: 3 }),
  perHour: key('The same in all namespaces together', wholeNumber(1, 100_000), { default: 10 }),
  environmentCount: key('A check that fails for more Applications than this at once, and for more than environmentShare of them, takes nothing back', wholeNumber(0, 100_000), { default: 3 }),
  environmentShare: key('Part of the Applications that a check watches, 0 to 1', decimal(0, 1), { default: 0.3 }),
  onlyInWindows: key('Take back only while the update windows of an image are open', YES_OR_NO, { default: false }),
};

/** An entry of `verification.rules`. */
// prettier-ignore
export const VERIFICATION_RULE = {
  ...IMAGE_SELECTOR,
  checks: key('Names of the checks, of `verification.checks` or `health`, which every verification has', listOfValues(textLine('the name of a check')), { default: ['health'] }),
  onFailure: key(`What is done when what was written fails: ${alternatives(FAILURE_ACTIONS)}, each more than the one before`, choiceOf(FAILURE_ACTIONS), { default: 'notify' }),
};
