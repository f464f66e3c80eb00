import { isJsonObject, objectField, objectList, textField, type JsonObject } from '../http/json.ts';
import { LynceusError } from '../errors.ts';
import { cutText } from '../core/cut-text.ts';
import { plainLine } from '../core/quoted.ts';

/** One series of an answer, or its one value. */
export interface Series {
  /** As PromQL writes it: `{job="api"}`; `''` when it has no labels. */
  readonly label: string;
  readonly values: readonly (number | string)[];
}

const LONGEST_TEXT = 300;
const LONGEST_LABEL = 120;

/** The message in an answer that reports an error (Prometheus HTTP API, "Format overview"); `undefined` for any other. */
export function errorIn(answer: JsonObject | undefined): string | undefined {
  if (answer === undefined || textField(answer, 'status') !== 'error') return undefined;
  const [type, text] = [textField(answer, 'errorType'), textField(answer, 'error')];
  return cutText(plainLine(`${type}: ${text}`), LONGEST_TEXT);
}

/** What the server says of an answer that may not be all there is, as Thanos and remote reads have it. */
export function warningsIn({ warnings }: JsonObject): string | undefined {
  if (!Array.isArray(warnings) || warnings.length === 0) return undefined;
  return cutText(plainLine(warnings.map(String).join('; ')), LONGEST_TEXT);
}

/** The series of an answer (Prometheus HTTP API, "Expression query result formats"). Throws `check-unasked` for anything else. */
export function seriesIn(answer: JsonObject | undefined): readonly Series[] {
  const data = objectField(answer ?? {}, 'data');
  const { resultType, result } = data;
  if (resultType === 'scalar' || resultType === 'string') {
    const value = valueOf(result);
    if (value !== undefined)
      return [{ label: '', values: [resultType === 'string' ? value : numberOf(value)] }];
  }
  const list = objectList(result);
  if ((resultType === 'vector' || resultType === 'matrix') && list !== undefined)
    return list.map((series) => ({ label: labelOf(series), values: pointsOf(series) }));
  throw new LynceusError('check-unasked', 'the answer is none of the HTTP API of Prometheus', {
    hint: 'see the url of the check',
  });
}

function pointsOf(series: JsonObject): readonly number[] {
  if (series['histogram'] !== undefined || series['histograms'] !== undefined)
    throw new LynceusError('check-unasked', 'the query gives native histograms, which have no one value', {
      hint: 'take histogram_quantile() or histogram_fraction() of them',
    });
  const points = Array.isArray(series['values']) ? series['values'] : [series['value']];
  return points.flatMap((point) => {
    const text = valueOf(point);
    return text === undefined ? [] : [numberOf(text)];
  });
}

/** The text of a pair `[time, "text"]`. */
function valueOf(pair: unknown): string | undefined {
  const text: unknown = Array.isArray(pair) ? pair[1] : undefined;
  return typeof text === 'string' ? text : undefined;
}

function numberOf(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}

function labelOf({ metric }: JsonObject): string {
  if (!isJsonObject(metric)) return '';
  const { __name__: name = '', ...labels } = metric;
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${String(value)}"`);
  const text = `${String(name)}${pairs.length === 0 ? '' : `{${pairs.join(', ')}}`}`;
  return cutText(plainLine(text), LONGEST_LABEL);
}
