import { Option, type Command } from 'commander';
import { SuggestingOption } from './completion/tree.ts';
import { PEER_OPTIONS, type PeerCommand } from '../settings/peer-options.ts';
import {
  CONFIG_FILE_SETTING,
  SETTINGS,
  STRICT_SETTING,
  type SettingsGroup,
  withoutBackticks,
} from '../settings/settings.ts';

/** The settings of a command that keeps listening for work. */
export const DAEMON_SETTINGS: readonly SettingsGroup[] = [
  'applications',
  'cluster',
  'writeBack',
  'git',
  'cache',
  'registries',
  'log',
  'server',
  'webhooks',
];

/** Gives a command the flags of these groups, as the table of settings has them. */
export function addSettingsOptions(command: Command, groups: readonly SettingsGroup[]): Command {
  command.optionsGroup('Settings:');
  command.addOption(new Option(CONFIG_FILE_SETTING.flag, helpOf(CONFIG_FILE_SETTING)));
  command.addOption(new Option(STRICT_SETTING.flag, STRICT_SETTING.description));
  for (const setting of SETTINGS) {
    if (setting.flag === undefined || !groups.some((group) => setting.path.startsWith(group))) continue;
    command.addOption(new SuggestingOption(setting.flag, helpOf(setting), setting.choices));
  }
  return command;
}

/** Lets a command take the flags of Argo CD Image Updater that no setting stands for. Its help does not show them. */
export function addPeerOptions(command: Command, name: PeerCommand): Command {
  for (const { flag, commands = [], instead } of PEER_OPTIONS) {
    if (flag === undefined || !commands.includes(name)) continue;
    command.addOption(new Option(flag, `accepted: ${withoutBackticks(instead)}`).hideHelp());
  }
  return command;
}

/** `--output`, for commands that print in several formats; the first is the default. */
export function outputOption(...formats: readonly string[]): Option {
  return new Option('-o, --output <format>', 'how to print it').choices(formats).default(formats[0]);
}

interface Explained {
  readonly description: string;
  readonly env: string | undefined;
  readonly default: string;
}

/** The help names defaults and variables, but the parser does not apply them: the layers of the configuration do. */
function helpOf({ description, env, default: standard }: Explained): string {
  const facts = [
    ...(standard === '' || standard === '[]' || standard === '""' ? [] : [`default: ${standard}`]),
    ...(env === undefined ? [] : [`env: ${env}`]),
  ];
  return facts.length === 0 ? description : `${description} (${facts.join('; ')})`;
}
