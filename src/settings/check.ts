import { parseComparison } from '../core/verification/comparison.ts';
import { parseCheckTemplate } from '../core/verification/check-template.ts';
import { parseJsonPath } from '../core/verification/json-path.ts';
import { parseBodyTemplate, parseQueryTemplate } from '../core/verification/quoted-template.ts';
import { HEALTH_CHECK, SYNC_CHECK } from '../core/verification/verify-policy.ts';
import { parseUrlTemplate } from '../core/verification/url-template.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import { alternatives, Group, key, type CheckedRows } from './keys.ts';
import { SERVER_ACCESS } from './server-access.ts';
import {
  choiceOf,
  duration,
  freeText,
  listOfValues,
  parsed,
  RefusedValue,
  textLine,
  wholeNumber,
  type ValueType,
} from './value-type.ts';

const SECOND = 1_000;
const DAY = 86_400_000;
const LONGEST_TEXT = 10_000;

const CHECK_NAME = parsed(
  textLine('a name of small letters, digits and dashes', /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/),
  (name) =>
    name === HEALTH_CHECK || name === SYNC_CHECK
      ? new RefusedValue('is the name of a check that is always there; choose another one')
      : name,
);

/** The text itself, once it can be read. */
function readable(
  type: ValueType<string, string>,
  read: (text: string) => unknown,
): ValueType<string, string> {
  return parsed(type, (text) => {
    try {
      read(text);
      return text;
    } catch (thrown) {
      return new RefusedValue(asLynceusError(thrown).line);
    }
  });
}

const URL_TEMPLATE = readable(textLine('an http or https URL'), parseUrlTemplate);
const BASE_URL = readable(textLine('an http or https URL'), readBaseUrl);
const QUERY = readable(freeText('a query', LONGEST_TEXT, { shortest: 1 }), parseQueryTemplate);
const BODY = readable(freeText('JSON', LONGEST_TEXT, { shortest: 1 }), readJson);
const COMPARISON = readable(textLine('a comparison such as < 0.01'), parseComparison);
const JSON_PATH = readable(textLine('a JSON path such as $.status'), parseJsonPath);
const NAME_TEMPLATE = readable(textLine('a name, perhaps with placeholders'), parseCheckTemplate);

/** A status, or all of a hundred: `2xx`. */
const STATUS: ValueType<number | string, readonly number[]> = {
  expected: 'a status such as 200, or 2xx',
  reading: 'text',
  schema: (zod) =>
    zod
      .union([zod.int().min(100).max(599), zod.string().regex(/^[1-5]xx$/)])
      .transform((status) =>
        typeof status === 'number'
          ? [status]
          : Array.from({ length: 100 }, (_, index) => Number(status.charAt(0)) * 100 + index),
      ),
};

const NO_DATA = ['success', 'failure', 'inconclusive'] as const;

/** An entry of `verification.checks`. */
// prettier-ignore
export const CHECK = {
  name: key('Name by which it is chosen, and told', CHECK_NAME, { required: true }),
  prometheus: new Group({
    url: key('Base URL of the server, without `/api/v1`', BASE_URL, { required: true }),
    query: key('PromQL, with placeholders such as `{{application}}` in strings', QUERY, { required: true }),
    successWhen: key('What each value must be, such as `< 0.01` or `>= 0.99 && < 2`', COMPARISON, { required: true }),
    range: key('Ask for all values of so long before each measurement, instead of one', duration(SECOND, 30 * DAY)),
    step: key('Time from one of these values to the next; without it a sixtieth of the range', duration(SECOND, DAY)),
    noData: key(`What an answer without a value means, and NaN alone: ${alternatives(NO_DATA)}`, choiceOf(NO_DATA), { default: 'inconclusive' }),
    ...SERVER_ACCESS,
  }, true),
  http: new Group({
    url: key('URL, with placeholders in its path and query', URL_TEMPLATE, { required: true }),
    method: key('GET, HEAD or POST', choiceOf(['GET', 'HEAD', 'POST']), { default: 'GET' }),
    body: key('JSON that is sent with POST, with placeholders in strings', BODY),
    statuses: key('Statuses that count as success, such as 200 or 2xx', listOfValues(STATUS), { default: ['2xx'] }),
    jsonPath: key('Path to values in the answer, such as `$.status` or `$.checks[*].ok`', JSON_PATH),
    successWhen: key('What each of them must be, such as `== "ok"`', COMPARISON),
    ...SERVER_ACCESS,
  }, true),
  analysis: new Group({
    resource: key('What is looked at, of Argo Rollouts: analysis-run or rollout', choiceOf(['analysis-run', 'rollout']), { required: true }),
    name: key('Its name, with placeholders', NAME_TEMPLATE),
    labels: key('Its labels as `kubectl -l` takes them, with placeholders, instead of its name; the newest AnalysisRun counts', NAME_TEMPLATE),
  }, true),
  delay: key('Time from when the version is healthy to the first measurement', duration(0, 7 * DAY), { default: '0s' }),
  interval: key('Time from one measurement to the next', duration(SECOND, DAY)),
  count: key('How many measurements are made', wholeNumber(1, 1_000), { default: 1 }),
  failureLimit: key('How many of them may fail', wholeNumber(0, 1_000), { default: 0 }),
  inconclusiveLimit: key('How many of them may be inconclusive', wholeNumber(0, 1_000), { default: 0 }),
  consecutiveErrorLimit: key('How often in a row there may be no answer; such measurements do not count', wholeNumber(0, 1_000), { default: 4 }),
};

/** One check, each key checked by itself. */
export type CheckRow = CheckedRows<typeof CHECK>;

/** Throws for a URL to which the path of the HTTP API cannot be added. */
function readBaseUrl(text: string): void {
  const { literals } = parseUrlTemplate(text);
  const path = literals.join('x');
  if (path.includes('?')) throw new LynceusError('config-invalid', 'expected a base URL without a ?');
  const version = /\/api\/v1\b.*$/.exec(path)?.[0];
  if (version !== undefined)
    throw new LynceusError('config-invalid', `expected a base URL without ${version}, which is added to it`);
}

/** Throws for what is no JSON once every placeholder has a value. */
function readJson(text: string): void {
  const { template } = parseBodyTemplate(text);
  try {
    JSON.parse(template.literals.join('x'));
  } catch {
    throw new LynceusError('config-invalid', 'expected JSON, with placeholders in strings alone');
  }
}
