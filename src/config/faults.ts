import { joinKey } from '../core/identity/key.ts';
import { groupBy } from '../core/plan/group-by.ts';
import { LynceusError } from '../errors.ts';

/** One thing that is wrong with the configuration. */
export interface ConfigFault {
  /** `git.author.email`, `registries[1].api_url`; `''` when it is the text as a whole. */
  readonly path: string;
  readonly message: string;
  /** Where it is written: `lynceus.yaml, line 12`, `--interval`, `environment variable GIT_COMMIT_EMAIL`. */
  readonly origin: string;
  /** With what Argo CD Image Updater starts all the same; without it there is no start. */
  readonly fallback?: Fallback;
}

export type Fallback =
  /** The value that another place, or the default, has for the same key. */
  | 'next-value'
  /** The nearest value that can be used. */
  | { readonly value: string }
  | 'no-key'
  | 'no-entry';

/** A fault that was passed over, and what counts instead. */
export interface PassedFault extends Omit<ConfigFault, 'fallback'> {
  /** `2m0s`, or a word on what is left out. */
  readonly used: string;
}

type FaultPlace = Pick<ConfigFault, 'path' | 'origin'>;

function keyOf({ path, origin }: FaultPlace): string {
  return joinKey(origin, path);
}

/** Collects faults; only the first one of a path and origin is kept. */
export class FaultList {
  readonly #faults = new Map<string, ConfigFault>();

  add(fault: ConfigFault): void {
    const key = keyOf(fault);
    if (!this.#faults.has(key)) this.#faults.set(key, fault);
  }

  has(place: FaultPlace): boolean {
    return this.#faults.has(keyOf(place));
  }

  /** Whether there is one of a key below the path: then what is said of the whole may only follow from it. */
  hasBelow(path: string): boolean {
    return [...this.#faults.values()].some((fault) => fault.path.startsWith(`${path}.`));
  }

  /** Those of one file by its lines, where the first of them was found. */
  get all(): readonly ConfigFault[] {
    const files = groupBy([...this.#faults.values()], (fault) => placeOf(fault).file);
    return [...files.values()].flatMap((faults) => faults.sort((a, b) => placeOf(a).line - placeOf(b).line));
  }

  /** Throws `config-invalid` with all faults if there is one that nothing can be started with, and returns the others. */
  throwIfAny(strict: boolean, valueAt: (path: string) => unknown): readonly PassedFault[] {
    const all = this.all;
    const passed = all.flatMap(({ fallback, ...fault }) =>
      fallback === undefined ? [] : [{ ...fault, used: usedText(fallback, () => valueAt(fault.path)) }],
    );
    if (passed.length < all.length || (strict && all.length > 0)) throw configError(all);
    return passed;
  }
}

function usedText(fallback: Fallback, nextValue: () => unknown): string {
  if (fallback === 'no-key') return 'nothing, as if the key were not there';
  if (fallback === 'no-entry') return 'nothing, as if the entry were not there';
  if (fallback !== 'next-value') return fallback.value;
  const value = nextValue();
  if (value === undefined) return 'nothing, as if it were not set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function placeOf({ origin }: ConfigFault): { readonly file: string; readonly line: number } {
  const [, file = origin, line = '0'] = /^(.*), line (\d+)$/.exec(origin) ?? [];
  return { file, line: Number(line) };
}

const MOST_SHOWN = 100;

function configError(faults: readonly ConfigFault[]): LynceusError {
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  const lines = faults.slice(0, MOST_SHOWN).map(lineOf);
  if (faults.length > MOST_SHOWN) lines.push(`… and ${faults.length - MOST_SHOWN} more`);
  return new LynceusError('config-invalid', [`the configuration has ${count}:`, ...lines].join('\n'), {
    hint: 'docs/configuration.md lists every key',
  });
}

function lineOf({ path, message, origin }: ConfigFault): string {
  return path === '' ? `${origin}: ${message}` : `${path}: ${message} (${origin})`;
}
