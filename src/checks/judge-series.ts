import { compareValue, type Comparison, type CheckValue } from '../core/verification/comparison.ts';
import { cutText } from '../core/cut-text.ts';
import { plainLine } from '../core/quoted.ts';
import { undecided, type Finding } from './open-check.ts';

/** Values that belong together, with where they are from; `''` for nowhere in particular. */
export interface FoundValues {
  readonly label: string;
  readonly values: readonly CheckValue[];
}

/** What each value must be. */
export interface Expectation {
  readonly comparison: Comparison;
  /** As it was written. */
  readonly text: string;
  readonly noData: 'success' | 'failure' | 'inconclusive';
}

const LONGEST = 80;

/**
 * Whether every value is what is expected. NaN counts as no value, unless the comparison names it: such values are passed over while
 * there are others.
 */
export function judge(found: readonly FoundValues[], { comparison, text, noData }: Expectation): Finding {
  const all = found.flatMap(({ label, values }) =>
    values.map((value) => ({ label, value, fit: compareValue(comparison, value) })),
  );
  const unfit = all.filter(({ fit }) => fit === 'does-not-fit');
  const [first] = unfit;
  const count = all.length === 1 ? '' : ` (${unfit.length} of ${all.length} values)`;
  if (first !== undefined)
    return { kind: 'failure', detail: `${shown(first.value)}${of(first.label)} is not ${text}${count}` };
  const odd = all.find(({ fit, value }) => fit === 'undecided' && !Number.isNaN(value));
  if (odd !== undefined)
    return undecided(`${shown(odd.value)}${of(odd.label)} cannot be compared: expected ${text}`);
  const fitting = all.filter(({ fit }) => fit === 'fits');
  const [only] = fitting;
  if (only === undefined) return withoutData(all.length > 0 ? 'NaN alone' : 'no value', noData);
  const passed = all.length - fitting.length;
  const isNot = passed === 0 ? '' : `, ${passed} more are NaN`;
  const subject =
    fitting.length === 1 ? `${shown(only.value)}${of(only.label)} is` : `${fitting.length} values are`;
  return { kind: 'success', detail: `${subject} ${text}${isNot}` };
}

function withoutData(what: string, noData: Expectation['noData']): Finding {
  const detail = `the answer has ${what}`;
  return noData === 'inconclusive'
    ? undecided(detail)
    : { kind: noData, detail: `${detail}, which counts as ${noData}` };
}

function shown(value: CheckValue): string {
  return typeof value === 'string' ? `"${cutText(plainLine(value), LONGEST)}"` : String(value);
}

function of(label: string): string {
  return label === '' ? '' : ` of ${label}`;
}
