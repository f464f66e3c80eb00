import type { Config } from './config.ts';
import { FaultList } from './faults.ts';
import { configFileToRead, type FileToRead, furtherFilesOf } from './files-to-read.ts';
import { type ConfigSources, layersOf, merged, originIn } from './layering.ts';
import { parseRegistriesConf } from './registries-conf.ts';
import type { PlacedEntry, RegistryEntry } from './registry-entry.ts';
import { type ConfigChecks, configOf, type FilledConfigFile } from './rules.ts';
import { pathText, type TreePath } from './tree.ts';

export { configFileToRead, type FileToRead, furtherFilesToRead } from './files-to-read.ts';

export interface ConfigInput extends ConfigSources {
  /** The texts of `furtherFilesToRead`; `undefined` when not there or not wanted. */
  readonly registriesText: string | undefined;
  readonly registriesFileName: string;
  readonly messageTemplateText: string | undefined;
  readonly checks: ConfigChecks;
  /** One cycle only (`--once`, `plan`): an interval of 0 is allowed then. */
  readonly once?: boolean;
}

/**
 * Text to checked, frozen configuration. Flags win over environment variables, these over the file, and that
 * over the defaults. Throws one `LynceusError` (`config-invalid`) that lists every fault of every place on a
 * line of its own; no value that may be a secret is in it.
 */
export function loadConfig(input: ConfigInput): Config {
  const faults = new FaultList();
  if (input.fileText === undefined && configFileToRead(input).required) {
    faults.add({ path: '', origin: input.fileName, message: 'cannot be read; is it there?' });
  }
  const layers = layersOf(input, faults);
  const originOf = originIn(layers);
  const further = furtherFilesOf(layers);
  const requireText = (file: FileToRead | undefined, text: string | undefined, path: TreePath): void => {
    if (file === undefined || !file.required || text !== undefined) return;
    faults.add({
      path: pathText(path),
      origin: originOf(path),
      message: `${file.path} cannot be read; is it there?`,
    });
  };
  requireText(further.registries, input.registriesText, ['registriesFile']);
  requireText(further.messageTemplate, input.messageTemplateText, ['git', 'messageTemplateFile']);
  const file = merged(layers);
  const { registriesText, registriesFileName } = input;
  const fromFile =
    further.registries === undefined || registriesText === undefined
      ? []
      : parseRegistriesConf(registriesText, registriesFileName, faults);
  const config = configOf(file, {
    checks: input.checks,
    once: input.once ?? false,
    messageTemplateText: input.messageTemplateText,
    registries: [...fromFile, ...inlineRegistries(file.registries, originOf)],
    faults,
    originOf,
  });
  faults.throwIfAny();
  return frozen(config);
}

function inlineRegistries(
  entries: FilledConfigFile['registries'],
  originOf: (path: TreePath) => string,
): readonly PlacedEntry[] {
  return entries.map((entry, index) => {
    const pathOf = (key?: keyof RegistryEntry): TreePath => [
      'registries',
      index,
      ...(key === undefined ? [] : [key]),
    ];
    return {
      entry,
      place: { pathOf: (key) => pathText(pathOf(key)), originOf: (key) => originOf(pathOf(key)) },
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
