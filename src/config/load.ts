import type { RegistryEntry } from '../settings/registry.ts';
import type { Config, ConfigFile } from './config.ts';
import { FaultList } from './faults.ts';
import { configFileToRead, type FileToRead, furtherFilesOf } from './files-to-read.ts';
import { type ConfigSources, fallsBackIn, layersOf, merged, originIn } from './layering.ts';
import { parseRegistriesConf } from './registries-conf.ts';
import { checkedRegistries, type PlacedEntry } from './registry-rules.ts';
import { type ConfigChecks, toConfig } from './rules.ts';
import { CONFIG_FILE_SCHEMA } from './schema.ts';
import { treePathText, type TreePath, valueAt } from './tree.ts';

export { configFileToRead, type FileToRead, furtherFilesToRead } from './files-to-read.ts';

export interface ConfigInput extends ConfigSources {
  /** The texts of `furtherFilesToRead`; `undefined` when not there or not wanted. */
  readonly registriesText: string | undefined;
  readonly registriesFileName: string;
  readonly messageTemplateText: string | undefined;
  readonly checks: ConfigChecks;
  /** One cycle only (`--once`, `plan`): an interval of 0 is allowed then. */
  readonly once?: boolean;
  /** Pass over faults with which Argo CD Image Updater starts; they are in `Config.passedFaults` then. */
  readonly lenient?: boolean;
}

/**
 * Text to checked, frozen configuration. Flags win over environment variables, these over the file, and that
 * over the defaults. Throws one `LynceusError` (`config-invalid`) that lists every fault of every place on a
 * line of its own; no value that may be a secret is in it. Where it is `lenient`, faults with which Argo CD Image Updater starts
 * are passed over.
 */
export function loadConfig(input: ConfigInput): Config {
  const faults = new FaultList();
  if (input.fileText === undefined && configFileToRead(input).required) {
    faults.add({ path: '', origin: input.fileName, message: 'cannot be read; is it there?' });
  }
  const layers = layersOf(input, faults);
  const originOf = originIn(layers);
  const fallsBackAt = fallsBackIn(layers);
  const further = furtherFilesOf(layers);
  const requireText = (file: FileToRead | undefined, text: string | undefined, path: TreePath): void => {
    if (file === undefined || !file.required || text !== undefined) return;
    faults.add({
      path: treePathText(path),
      origin: originOf(path),
      message: `${file.path} cannot be read; is it there?`,
      ...(fallsBackAt(path) ? { fallback: { value: 'what counts without such a file' } } : {}),
    });
  };
  requireText(further.registries, input.registriesText, ['registriesFile']);
  requireText(further.messageTemplate, input.messageTemplateText, ['git', 'messageTemplateFile']);
  const written = merged(layers);
  // Each layer fits the schema, and the defaults fill what none of them has.
  const { registriesFile, ...file } = CONFIG_FILE_SCHEMA.parse(written) as unknown as ConfigFile;
  const { registriesText, registriesFileName } = input;
  const fromFile =
    registriesFile === '' || registriesText === undefined
      ? []
      : parseRegistriesConf(registriesText, registriesFileName, faults);
  const registries = [...fromFile, ...inlineRegistries(file.registries, originOf)];
  const config = toConfig(file, checkedRegistries(registries, faults), {
    checks: input.checks,
    once: input.once ?? false,
    messageTemplateText: input.messageTemplateText,
    written,
    faults,
    originOf,
    fallsBackAt,
    isGiven: (path) => layers.some(({ value }) => valueAt(value, path) !== undefined),
  });
  const passedFaults = faults.throwIfAny(input.lenient !== true, (path) => valueAt(written, path.split('.')));
  return frozen({ ...config, passedFaults });
}

function inlineRegistries(
  entries: readonly RegistryEntry[],
  originOf: (path: TreePath) => string,
): readonly PlacedEntry[] {
  return entries.map((entry, index) => {
    const pathOf = (key: string): TreePath => ['registries', index, key];
    return {
      entry,
      place: { pathOf: (key) => treePathText(pathOf(key)), originOf: (key) => originOf(pathOf(key)) },
    };
  });
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) frozen(child);
    Object.freeze(value);
  }
  return value;
}
