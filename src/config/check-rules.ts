import type { CheckRow } from '../settings/check.ts';
import { checkServerAccess } from './server-access-rules.ts';

/** Adds what is wrong with a key below the list that is checked. */
export type AddCheckFault = (path: readonly (string | number)[], message: string) => void;

const KINDS = ['prometheus', 'http', 'analysis'] as const;
/** What Prometheus gives for one series at the most (web/api/v1, "exceeded maximum resolution"). */
const MOST_POINTS = 11_000;

/** The rules on several keys of a check, and on all checks together. */
export function checkChecks(checks: readonly CheckRow[], add: AddCheckFault): void {
  const names = new Map<string, number>();
  for (const [index, check] of checks.entries()) {
    const addOf: AddCheckFault = (path, message) => add([index, ...path], message);
    // A key that was wrong by itself is left out of its entry.
    const { name }: { readonly name?: string } = check;
    const other = name === undefined ? undefined : names.get(name);
    if (other !== undefined) addOf(['name'], `is the name of verification.checks[${other}] too`);
    if (name !== undefined) names.set(name, index);
    checkKind(check, addOf);
    checkTiming(check, addOf);
    checkRange(check, addOf);
    checkAnswer(check, addOf);
    checkAccess(check, addOf);
  }
}

function checkKind(check: CheckRow, add: AddCheckFault): void {
  const given = KINDS.filter((kind) => check[kind] !== undefined);
  if (given.length === 0) add([], `asks nothing; expected one of ${KINDS.join(', ')}`);
  const [first, second] = given;
  if (first !== undefined && second !== undefined)
    add([second], `stands beside ${first}; make two checks of them`);
  const { name, labels } = check.analysis ?? {};
  if (check.analysis === undefined || (name === undefined) !== (labels === undefined)) return;
  add(['analysis'], name === undefined ? 'expected name or labels' : 'has both name and labels');
}

function checkTiming({ interval, count, failureLimit, inconclusiveLimit }: CheckRow, add: AddCheckFault) {
  if (count > 1 && interval === undefined) add(['interval'], `is missing; count is ${count}`);
  for (const [key, limit] of Object.entries({ failureLimit, inconclusiveLimit }))
    if (limit >= count && limit > 0)
      add([key], `is ${limit}, and only ${count} ${count === 1 ? 'is' : 'are'} measured; it must be less`);
}

function checkRange({ prometheus }: CheckRow, add: AddCheckFault): void {
  if (prometheus === undefined) return;
  const { range, step } = prometheus;
  if (step === undefined) return;
  if (range === undefined) add(['prometheus', 'step'], 'is for a range, and there is none');
  else if (step > range) add(['prometheus', 'step'], 'is longer than the range');
  else if (range / step > MOST_POINTS)
    add(
      ['prometheus', 'step'],
      `makes more than ${MOST_POINTS} values of the range, which Prometheus refuses`,
    );
}

function checkAnswer({ http }: CheckRow, add: AddCheckFault): void {
  if (http === undefined) return;
  const { method, body, jsonPath, successWhen, statuses } = http;
  if (body !== undefined && method !== 'POST')
    add(['http', 'body'], `is sent with POST alone, and the method is ${method}`);
  if (jsonPath !== undefined && successWhen === undefined)
    add(['http', 'successWhen'], 'is missing; expected what the values at jsonPath must be');
  if (jsonPath === undefined && successWhen !== undefined)
    add(['http', 'jsonPath'], 'is missing; expected where the value for successWhen is');
  if (jsonPath !== undefined && method === 'HEAD')
    add(['http', 'method'], 'is HEAD, and jsonPath needs an answer with a body');
  if (statuses.length === 0) add(['http', 'statuses'], 'expected at least one status');
}

function checkAccess(check: CheckRow, add: AddCheckFault): void {
  for (const kind of ['prometheus', 'http'] as const) {
    const access = check[kind];
    if (access !== undefined) checkServerAccess(access, (path, message) => add([kind, ...path], message));
  }
}
