import type { z } from 'zod';
import { unknownKeyText } from './unknown-key.ts';
import { type FaultList, shown } from './faults.ts';
import { type ConfigFile, configFileSchema, expectedAt, keysAt } from './schema.ts';
import { type Setting, SETTINGS } from './settings.ts';
import { pathText, setAt, type TreePath, valueAt, without } from './tree.ts';

/** What one place says: the file, the environment or the command line. */
export interface Layer {
  readonly value: ConfigFile;
  readonly originOf: (path: TreePath) => string;
}

/** Values of flags by `Setting.flagName`; other names are not looked at. */
export type ConfigOverrides = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

export type Environment = Readonly<Record<string, string | undefined>>;

export function environmentLayer(env: Environment, faults: FaultList): Layer {
  const given = SETTINGS.flatMap((setting) => {
    const text = setting.env === undefined ? undefined : env[setting.env];
    // An empty variable is what an optional key of a ConfigMap leaves behind: not set.
    return text === undefined || text === ''
      ? []
      : [{ setting, raw: text, origin: `environment variable ${setting.env}` }];
  });
  return overrideLayer(given, faults);
}

export function flagLayer(flags: ConfigOverrides, faults: FaultList): Layer {
  const given = SETTINGS.flatMap((setting) => {
    const raw = setting.flagName === undefined ? undefined : flags[setting.flagName];
    if (raw === undefined || (typeof raw === 'boolean' && !isSwitch(setting))) return [];
    const text = typeof raw === 'boolean' ? String(raw) : raw;
    return [{ setting, raw: text, origin: setting.flag?.split(' ')[0] ?? '' }];
  });
  return overrideLayer(given, faults);
}

interface Given {
  readonly setting: Setting;
  readonly raw: string | readonly string[];
  readonly origin: string;
}

function overrideLayer(given: readonly Given[], faults: FaultList): Layer {
  const value: Record<string, unknown> = {};
  const origins = new Map<string, string>();
  for (const { setting, raw, origin } of given) {
    const path = setting.path.split('.');
    const before = origins.get(setting.path);
    const next = valueOf(setting, raw);
    if (before !== undefined && JSON.stringify(valueAt(value, path)) !== JSON.stringify(next)) {
      faults.add({ path: setting.path, origin, message: `is given by ${before} too, with another value` });
    }
    origins.set(setting.path, origin);
    setAt(value, path, next);
  }
  const originOf = (path: TreePath): string => {
    const named = path.filter((step) => typeof step === 'string').join('.');
    return origins.get(named) ?? 'command line';
  };
  return checkedLayer(value, originOf, faults);
}

/** A text that fits no value of the kind stays as it is, for the schema to refuse. */
function valueOf({ kind }: Setting, raw: string | readonly string[]): unknown {
  const text = typeof raw === 'string' ? raw : (raw.at(-1) ?? '');
  switch (kind) {
    case 'list':
      return typeof raw === 'string' ? [raw] : raw;
    case 'names':
      return text.trim() === '' ? [] : text.split(',').map((name) => name.trim());
    case 'word':
      return text.toLowerCase();
    case 'number':
      return /^\d{1,9}$/.test(text) ? Number(text) : text;
    case 'switch':
      return truthOf(text) ?? text;
    case 'opposite': {
      const truth = truthOf(text);
      return truth === undefined ? text : !truth;
    }
    case 'text':
      return text;
  }
}

function isSwitch({ kind }: Setting): boolean {
  return kind === 'switch' || kind === 'opposite';
}

/** As Go programs read switches, and in any case. */
function truthOf(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (['true', 't', '1'].includes(word)) return true;
  return ['false', 'f', '0'].includes(word) ? false : undefined;
}

/**
 * Holds a tree against the schema. What does not fit becomes faults and is left out, so that the rules between keys can
 * still be held against the rest.
 */
export function checkedLayer(value: unknown, originOf: Layer['originOf'], faults: FaultList): Layer {
  const parsed = configFileSchema.safeParse(value);
  if (parsed.success) return { value: parsed.data, originOf };
  const wrong = parsed.error.issues.flatMap((issue) => wrongPlaces(issue, value));
  for (const { path, message } of wrong)
    faults.add({ path: pathText(path), origin: originOf(path), message });
  for (const leaveOut of [leaveOutKey, leaveOutList]) {
    const rest = configFileSchema.safeParse(wrong.reduce(leaveOut, value));
    if (rest.success) return { value: rest.data, originOf };
  }
  return { value: {}, originOf };
}

/** Of an entry of a list, such as one of `registries`, all that is left but the key with the fault. */
function leaveOutKey(tree: unknown, { path }: WrongPlace): unknown {
  return typeof path.at(-1) === 'number' ? tree : without(tree, path);
}

/** Of a list with a fault in it nothing is left: its other elements mean something else without the one. */
function leaveOutList(tree: unknown, { path }: WrongPlace): unknown {
  const position = path.findIndex((step) => typeof step === 'number');
  const keys = (position < 0 ? path : path.slice(0, position)).map(String);
  return keys.length === 0 ? {} : without(tree, keys);
}

interface WrongPlace {
  readonly path: TreePath;
  readonly message: string;
}

function wrongPlaces(issue: z.core.$ZodIssue, root: unknown): readonly WrongPlace[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => ({ path: [...path, name], message: wrongKeyText(path, name) }));
  }
  const found = valueAt(root, path);
  const expected = `expected ${expectedAt(path)}`;
  return [
    {
      path,
      message: found === undefined ? `is missing; ${expected}` : `${expected}${foundText(path, found)}`,
    },
  ];
}

const SECRET_KEYS = /^(?:password|passwd|token|secret|pat)$/i;

function wrongKeyText(parent: TreePath, name: string): string {
  const known = keysAt(parent);
  if (SECRET_KEYS.test(name) && known.includes('passwordFrom')) {
    return 'secrets are not written here; name their place instead: passwordFrom: env:NAME or file:/path';
  }
  return unknownKeyText(name, known);
}

/** Keys whose value may turn out to be a secret that somebody wrote down in the wrong place. */
const MAY_HOLD_SECRET = ['passwordFrom', 'usernameFrom', 'passphraseFrom', 'proxy', 'credentials'];

function foundText(path: TreePath, found: unknown): string {
  const name = path.findLast((step) => typeof step === 'string');
  if (name !== undefined && MAY_HOLD_SECRET.includes(name))
    return '; what is there is not shown, as it may be a secret';
  return `, found ${shown(found)}`;
}
