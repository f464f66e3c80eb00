import { EntryList, Group, Key, type Node, type Rows } from './keys.ts';
import { TABLE } from './table.ts';

/**
 * How the text of a flag or an environment variable becomes a value of the configuration file: as it is (`text`),
 * in lower case (`lower-case`), as a number, each text as one element (`list`), the parts between commas (`names`), as
 * true or false (`switch`), or as the contrary (`opposite`).
 */
export type SettingKind = 'text' | 'lower-case' | 'number' | 'list' | 'names' | 'switch' | 'opposite';

/** One key of the configuration file and the other ways to set it; a key with two flags is two settings. */
export interface Setting {
  /** Key in the file: `git.author.email`, `registries[].name` in the entries of a list. */
  readonly path: string;
  /** Syntax for the command line (`--interval <duration>`), with the option's name in it. */
  readonly flag: string | undefined;
  /** Name under which the command line hands the flag over: `matchApplicationName`. */
  readonly flagName: string | undefined;
  readonly env: string | undefined;
  readonly kind: SettingKind;
  /** The only values, when there are only some. */
  readonly choices: readonly string[];
  /** The default as it would be written in the file, `''` when there is none. */
  readonly default: string;
  /** One sentence, in which what is code stands between backticks. */
  readonly about: string;
  /** The same for a terminal. */
  readonly description: string;
}

type Table = typeof TABLE;

/** Settings that belong together, by the start of their path. */
export type SettingsGroup = keyof Table | { [K in keyof Table]: RowPath<K, Table[K]> }[keyof Table];

type RowPath<K extends string, N> = N extends Group<infer R> ? `${K}.${keyof R & string}` : never;

/** Every key of the configuration file, in its order. */
export const SETTINGS: readonly Setting[] = settingsOf(TABLE, '');

/** The defaults, as they would be written in the configuration file. A key without a default is not here. */
export const DEFAULTS: Readonly<Record<string, unknown>> = defaultsOf(TABLE);

/** Which file to read: no key of the file itself, so not among the settings. */
export const CONFIG_FILE_SETTING = {
  flag: '--config <file>',
  flagName: 'config',
  env: 'LYNCEUS_CONFIG',
  default: '/app/config/lynceus.yaml',
  description: 'Configuration file; the one at the default place need not exist',
} as const;

/** Whether faults are passed over with which Argo CD Image Updater starts: no key of the file either. */
export const STRICT_SETTING = {
  flag: '--strict',
  flagName: 'strict',
  description:
    'End also where a flag, a variable or registries.conf cannot be used and Argo CD Image Updater would start',
} as const;

/** The default of a key as it would be written in the file, `''` when there is none. */
export function defaultTextOf(path: string): string {
  return SETTINGS.find((setting) => setting.path === path)?.default ?? '';
}

/** The node of the table at a path of the file, where list positions are numbers; undefined when there is no such key. */
export function nodeAt(path: readonly (string | number)[]): Node | undefined {
  let node: Node | undefined = new Group(TABLE, false);
  for (const step of path) {
    if (node instanceof EntryList && typeof step === 'number') node = new Group(node.rows, false);
    else node = node instanceof Group && Object.hasOwn(node.rows, step) ? node.rows[step] : undefined;
  }
  return node;
}

function settingsOf(rows: Rows, above: string): readonly Setting[] {
  return Object.entries(rows).flatMap(([name, node]) => {
    const path = above === '' ? name : `${above}.${name}`;
    if (node instanceof Key) return rowsOf(path, node);
    if (node instanceof Group) return settingsOf(node.rows, path);
    const list = settingOf(path, { about: node.about, kind: 'list', default: [] });
    return [list, ...settingsOf(node.rows, `${path}[]`)];
  });
}

function rowsOf(path: string, { about, type, options }: Key<unknown>): readonly Setting[] {
  const { flag, otherFlag, env, opposite, default: fallback } = options;
  const kindOf = (syntax = ''): SettingKind => {
    if (type.reading === 'list' && !syntax.includes('...')) return 'names';
    return opposite === true ? 'opposite' : type.reading;
  };
  const { choices } = type;
  const first = settingOf(path, { about, flag, env, kind: kindOf(flag), choices, default: fallback });
  if (otherFlag === undefined) return [first];
  const same = `The same as ${flag?.split(' ')[0] ?? ''}`;
  return [
    first,
    settingOf(path, { about: same, flag: otherFlag, kind: kindOf(otherFlag), choices, default: fallback }),
  ];
}

interface SettingParts {
  readonly about: string;
  readonly flag?: string | undefined;
  readonly env?: string | undefined;
  readonly kind: SettingKind;
  readonly choices?: readonly string[] | undefined;
  readonly default: unknown;
}

function settingOf(
  path: string,
  { about, flag, env, kind, choices = [], default: fallback }: SettingParts,
): Setting {
  return {
    path,
    flag,
    flagName: flag === undefined ? undefined : flagNameOf(flag),
    env,
    kind,
    choices,
    default: textOfDefault(fallback),
    about,
    description: withoutBackticks(about),
  };
}

/** A sentence of the table for a terminal or an editor. */
export function withoutBackticks(about: string): string {
  return about.replaceAll('`', '');
}

/** The name under which the command line hands a flag over: `argocdNamespace` for `--argocd-namespace <namespace>`. */
export function flagNameOf(flag: string): string {
  const long = flag.split(' ')[0]?.replace(/^--/, '') ?? '';
  return long.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function textOfDefault(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}

function defaultsOf(rows: Rows): Readonly<Record<string, unknown>> {
  const defaults: Record<string, unknown> = {};
  for (const [name, node] of Object.entries(rows)) {
    if (node instanceof EntryList) defaults[name] = [];
    else if (node instanceof Group) defaults[name] = defaultsOf(node.rows);
    else if (node.options.default !== undefined) defaults[name] = node.options.default;
  }
  return defaults;
}
