import { LynceusError } from '../../errors.ts';
import { quoted } from '../quoted.ts';

/** One step of a JSON path: the name of a member, an index (from the end when negative), or everything at once. */
export type JsonStep = string | number | typeof EVERY;

export const EVERY = Symbol('every');

const LONGEST = 1_000;
const STEP =
  /^(?:\.(?<name>[\p{L}_$][\p{L}\p{N}_$-]*)|\[(?<index>-?\d{1,9})\]|\[(?:"(?<double>[^"\\]*)"|'(?<single>[^'\\]*)')\]|(?<every>\.\*|\[\*\]))/u;

/**
 * Reads `$.status`, `$.checks[0].name`, `$['a b']`, `$.items[*].ok` (RFC 9535, singular queries and wildcards). The `$` may be left
 * out, and kubectl's braces may be there. Throws `config-invalid`.
 */
export function parseJsonPath(text: string): readonly JsonStep[] {
  if (text.length > LONGEST) throw invalid(`expected at most ${LONGEST} characters, found ${text.length}`);
  const bare = text.trim().replace(/^\{(.*)\}$/s, '$1');
  let rest = bare.replace(/^\$(?![\p{L}\p{N}_$-])/u, '');
  if (rest === bare && !/^[.[]/.test(rest)) rest = `.${rest}`;
  const steps: JsonStep[] = [];
  while (rest !== '') {
    const match = STEP.exec(rest);
    if (match === null)
      throw invalid(
        `expected a JSON path such as $.status or $.checks[*].ok, found ${quoted(text)}`,
        rest === text
          ? undefined
          : `${quoted(rest)} cannot be read; filters, slices and .. are not supported`,
      );
    const { name, index, double, single, every } = match.groups ?? {};
    if (every !== undefined) steps.push(EVERY);
    else steps.push(index === undefined ? (name ?? double ?? single ?? '') : Number(index));
    rest = rest.slice(match[0].length);
  }
  return steps;
}

/** The values at a path; none where a step leads nowhere. Without `EVERY` at most one. */
export function valuesAt(value: unknown, steps: readonly JsonStep[]): readonly unknown[] {
  return steps.reduce<readonly unknown[]>(
    (found, step) => found.flatMap((one) => stepInto(one, step)),
    [value],
  );
}

function stepInto(value: unknown, step: JsonStep): readonly unknown[] {
  if (Array.isArray(value)) {
    if (step === EVERY) return value;
    if (typeof step !== 'number') return [];
    const at = step < 0 ? value.length + step : step;
    return at in value ? [value[at]] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  if (step === EVERY) return Object.values(value);
  const own = Object.getOwnPropertyDescriptor(value, String(step));
  return typeof step === 'string' && own !== undefined ? [own.value] : [];
}

function invalid(message: string, hint?: string): LynceusError {
  return new LynceusError('config-invalid', message, { hint });
}
