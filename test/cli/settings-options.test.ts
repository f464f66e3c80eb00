import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addSettingsOptions } from '../../src/cli/settings-options.ts';
import {
  CONFIG_FILE_SETTING,
  DEFAULTS,
  SETTINGS,
  STRICT_SETTING,
  type SettingsGroup,
} from '../../src/settings/settings.ts';

describe('the options of settings', () => {
  // The keys of the defaults are the groups of the table.
  const all = Object.keys(DEFAULTS) as SettingsGroup[];
  const options = addSettingsOptions(new Command(), all).options;
  const flagged = [CONFIG_FILE_SETTING, STRICT_SETTING, ...SETTINGS].flatMap((setting) => setting.flag ?? []);

  test('are the flags of the table, and no others', () => {
    expect(options.map(({ flags }) => flags)).toEqual(flagged);
  });

  test.each(SETTINGS.filter(({ flag }) => flag !== undefined))(
    'the help of $flag has its sentence, its default and its variable',
    ({ flag, description, env, default: standard }) => {
      const help = options.find(({ flags }) => flags === flag)?.description ?? '';
      expect(help.startsWith(description)).toBe(true);
      if (env !== undefined) expect(help).toContain(`env: ${env}`);
      if (!['', '[]', '""'].includes(standard)) expect(help).toContain(`default: ${standard}`);
    },
  );

  test('are only those of the groups that are named', () => {
    const some = addSettingsOptions(new Command(), ['cluster.context', 'log']).options;
    expect(some.map(({ long }) => long)).toEqual([
      '--config',
      '--strict',
      '--context',
      '--loglevel',
      '--logformat',
    ]);
  });
});
