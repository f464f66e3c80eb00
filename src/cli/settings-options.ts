import { Option, type Command } from 'commander';
import { CONFIG_FILE_SETTING, SETTINGS, type Setting } from '../config/settings.ts';

type Flagged = Setting & { readonly flag: string };

/** Groups of settings that a command takes as flags, by the start of their path. */
export type SettingsGroup =
  | 'applications'
  | 'writeBack'
  | 'cluster'
  | `cluster.${string}`
  | 'schedule'
  | 'git'
  | 'cache'
  | 'registries'
  | 'log'
  | 'server';

/** Gives a command the flags of these groups, as the table of settings has them. */
export function addSettingsOptions(command: Command, groups: readonly SettingsGroup[]): Command {
  command.optionsGroup('Settings:');
  command.addOption(
    new Option(CONFIG_FILE_SETTING.flag, `${CONFIG_FILE_SETTING.description}${notes(CONFIG_FILE_SETTING)}`),
  );
  for (const setting of SETTINGS) {
    if (!hasFlag(setting) || !groups.some((group) => setting.path.startsWith(group))) continue;
    command.addOption(new Option(setting.flag, `${setting.description}${notes(setting)}`));
  }
  return command;
}

function hasFlag(setting: Setting): setting is Flagged {
  return setting.flag !== undefined;
}

/** Defaults and variables are only told here: the layers of the configuration decide, not the parser. */
function notes({
  env,
  default: standard,
}: {
  readonly env: string | undefined;
  readonly default: string;
}): string {
  const facts = [
    ...(standard === '' || standard === '[]' || standard === '""' ? [] : [`default: ${standard}`]),
    ...(env === undefined ? [] : [`env: ${env}`]),
  ];
  return facts.length === 0 ? '' : ` (${facts.join('; ')})`;
}
