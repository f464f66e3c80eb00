import { CONFIG_FILE_SETTING, defaultTextOf } from '../settings/settings.ts';
import { FaultList } from './faults.ts';
import { type ConfigSources, layersOf, merged } from './layering.ts';
import type { Layer } from './layers.ts';
import { valueAt } from './tree.ts';

/** A file that the caller has to read; one that is not `required` need not be there. */
export interface FileToRead {
  readonly path: string;
  readonly required: boolean;
}

/** The files that the configuration names in turn; `undefined` where it wants none. */
export interface FurtherFiles {
  readonly registries: FileToRead | undefined;
  readonly messageTemplate: FileToRead | undefined;
}

/** The configuration file itself: `--config`, then `LYNCEUS_CONFIG`, then the default place. */
export function configFileToRead({ flags, env }: Pick<ConfigSources, 'flags' | 'env'>): FileToRead {
  const named = flags[CONFIG_FILE_SETTING.flagName] ?? env[CONFIG_FILE_SETTING.env];
  if (typeof named === 'string' && named !== '') return { path: named, required: true };
  return { path: CONFIG_FILE_SETTING.default, required: false };
}

/** Which files `loadConfig` needs the text of. Faults are left to `loadConfig`, which sees the same texts. */
export function furtherFilesToRead(sources: Omit<ConfigSources, 'fileName'>): FurtherFiles {
  return furtherFilesOf(layersOf({ ...sources, fileName: '' }, new FaultList()));
}

export function furtherFilesOf(layers: readonly Layer[]): FurtherFiles {
  const tree = merged(layers);
  return {
    registries: fileAt(tree, 'registriesFile'),
    // An inline template makes the file void, also the default one.
    messageTemplate: fileAt(tree, 'git.messageTemplateFile'),
  };
}

function fileAt(tree: unknown, path: string): FileToRead | undefined {
  const named = valueAt(tree, path.split('.'));
  if (typeof named !== 'string' || named === '') return undefined;
  return { path: named, required: named !== defaultTextOf(path) };
}
