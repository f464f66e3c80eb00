import { FAILURE_ACTIONS } from '../core/verification/verify-policy.ts';
import { IMAGE_SELECTOR } from './image-selector.ts';
import { alternatives, key } from './keys.ts';
import { choiceOf, listOfValues, textLine } from './value-type.ts';

/** An entry of `verification.rules`. */
// prettier-ignore
export const VERIFICATION_RULE = {
  ...IMAGE_SELECTOR,
  checks: key('Names of the checks, of `verification.checks` or `health`, which every verification has', listOfValues(textLine('the name of a check')), { default: ['health'] }),
  onFailure: key(`What is done when what was written fails: ${alternatives(FAILURE_ACTIONS)}, each more than the one before`, choiceOf(FAILURE_ACTIONS), { default: 'notify' }),
};
