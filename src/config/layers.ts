import { isDeepStrictEqual } from 'node:util';
import { parseDuration } from '../core/duration.ts';
import { peerFallsBack } from '../settings/peer-fallbacks.ts';
import { type Setting, SETTINGS } from '../settings/settings.ts';
import { checkedTree } from './checked-tree.ts';
import { FaultList } from './faults.ts';
import { CONFIG_FILE_SCHEMA } from './schema.ts';
import { treePathText, setAt, type TreePath, valueAt } from './tree.ts';

/** The settings of one place: the file, the environment or the command line. */
export interface Layer {
  /** As it is written; what does not fit the schema is left out. */
  readonly value: unknown;
  readonly originOf: (path: TreePath) => string;
  /** Whether Argo CD Image Updater starts although what is written at a path cannot be used. */
  readonly fallsBackAt?: (path: string) => boolean;
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
  return overrideLayer(given, 'variable', faults);
}

export function flagLayer(flags: ConfigOverrides, faults: FaultList): Layer {
  const given = SETTINGS.flatMap((setting) => {
    const raw = setting.flagName === undefined ? undefined : textOfFlag(flags[setting.flagName], setting);
    return raw === undefined || (raw === '' && isUnsetByEmptyText(setting))
      ? []
      : [{ setting, raw, origin: setting.flag?.split(' ')[0] ?? '' }];
  });
  return overrideLayer(given, 'flag', faults);
}

/** As with Argo CD Image Updater, where these are empty unless set: `--argocd-namespace=`. */
function isUnsetByEmptyText({ path, kind, default: standard }: Setting): boolean {
  return kind === 'text' && (standard === '' || path === 'applications.argocdNamespace');
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

function overrideLayer(given: readonly Given[], place: 'variable' | 'flag', faults: FaultList): Layer {
  const fallsBackAt = (path: string): boolean => {
    const texts = given.filter(({ setting }) => setting.path === path).map(({ raw }) => raw);
    return (
      texts.length > 0 && texts.every((raw) => typeof raw === 'string' && peerFallsBack(path, place, raw))
    );
  };
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
  const own = new FaultList();
  const layer = checkedLayer(value, originOf, own);
  for (const fault of own.all)
    faults.add(fallsBackAt(fault.path) ? { ...fault, fallback: 'next-value' } : fault);
  return { ...layer, fallsBackAt };
}

/** A text that fits no value of the kind stays as it is, for the schema to refuse. */
function valueOf({ kind, path }: Setting, raw: string | readonly string[]): unknown {
  const text = typeof raw === 'string' ? raw : (raw.at(-1) ?? '');
  switch (kind) {
    case 'list': {
      const texts = typeof raw === 'string' ? [raw] : raw;
      return path.startsWith('applications.match') ? texts.flatMap(partsOf) : texts;
    }
    case 'names':
      return text.trim() === '' ? [] : text.split(',').map((name) => name.trim());
    case 'lower-case':
      return text.toLowerCase();
    case 'number':
      return /^\d{1,9}$/.test(text) ? Number(text) : text;
    case 'switch':
      return parseSwitch(text) ?? text;
    case 'opposite': {
      const truth = parseSwitch(text);
      return truth === undefined ? text : !truth;
    }
    case 'text':
      // With Argo CD Image Updater both mean: only for what changes.
      return path === 'schedule.interval' && /^-\d/.test(text) && parseDuration(text.slice(1)) !== undefined
        ? '0s'
        : text;
  }
}

/** The parts between commas, as Go programs split lists; those of a glob's `{a,b}` and of `in (a, b)` belong to it. */
function partsOf(text: string): readonly string[] {
  return text.split(/,(?![^{(]*[})])/).map((part) => part.trim());
}

/** As Go programs read switches, and in any case. */
function parseSwitch(text: string): boolean | undefined {
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
