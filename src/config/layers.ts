import { isDeepStrictEqual } from 'node:util';
import { type Setting, SETTINGS } from '../settings/settings.ts';
import { checkedTree } from './checked-tree.ts';
import type { FaultList } from './faults.ts';
import { CONFIG_FILE_SCHEMA } from './schema.ts';
import { treePathText, setAt, type TreePath, valueAt } from './tree.ts';

/** The settings of one place: the file, the environment or the command line. */
export interface Layer {
  /** As it is written; what does not fit the schema is left out. */
  readonly value: unknown;
  readonly originOf: (path: TreePath) => string;
}

/** What the command line was given, by `Setting.flagName`; other names are ignored. */
export type ConfigOverrides = Readonly<Record<string, unknown>>;

export type ConfigVariables = Readonly<Record<string, string | undefined>>;

export function environmentLayer(env: ConfigVariables, faults: FaultList): Layer {
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
    const raw = setting.flagName === undefined ? undefined : textOfFlag(flags[setting.flagName], setting);
    return raw === undefined ? [] : [{ setting, raw, origin: setting.flag?.split(' ')[0] ?? '' }];
  });
  return overrideLayer(given, faults);
}

function textOfFlag(given: unknown, { kind }: Setting): string | readonly string[] | undefined {
  if (typeof given === 'string') return given;
  if (Array.isArray(given)) return given.filter((each) => typeof each === 'string');
  const isSwitch = kind === 'switch' || kind === 'opposite';
  return isSwitch && typeof given === 'boolean' ? String(given) : undefined;
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
    if (before !== undefined && !isDeepStrictEqual(valueAt(value, path), next)) {
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

/** As Go programs read switches, and in any case. */
function truthOf(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (['true', 't', '1'].includes(word)) return true;
  return ['false', 'f', '0'].includes(word) ? false : undefined;
}

/** Checks the settings of one place against the schema. What does not fit becomes faults and is left out. */
export function checkedLayer(value: unknown, originOf: Layer['originOf'], faults: FaultList): Layer {
  return {
    value: checkedTree(value, { schema: CONFIG_FILE_SCHEMA, originOf, pathOf: treePathText }, faults),
    originOf,
  };
}
