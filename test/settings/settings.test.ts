import { readdirSync, readFileSync } from 'node:fs';
import { Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { checkedLayer } from '../../src/config/layers.ts';
import { FaultList } from '../../src/config/faults.ts';
import { CONFIG_FILE_SETTING, DEFAULTS, SETTINGS } from '../../src/settings/settings.ts';

const FOLDER = new URL('../../src/settings/', import.meta.url);

describe('the table of settings', () => {
  const flagged = [...SETTINGS, CONFIG_FILE_SETTING].filter(({ flag }) => flag !== undefined);

  test.each(flagged)('$flag is named as the parser of the command line names it', ({ flag, flagName }) => {
    expect(new Option(flag ?? '').attributeName()).toBe(flagName);
  });

  test('names each flag and each variable once', () => {
    const flags = flagged.map(({ flagName }) => flagName);
    const variables = flagged.flatMap(({ env }) => env ?? []);
    expect(new Set(flags).size).toBe(flags.length);
    expect(new Set(variables).size).toBe(variables.length);
  });

  test('explains each key in one sentence without a full stop', () => {
    const wrong = SETTINGS.filter(({ about }) => !/^[^.].{5,}[^.]$/.test(about) || about.includes('|'));
    expect(wrong).toEqual([]);
  });

  test('is read without zod, which only a check needs', () => {
    const files = readdirSync(FOLDER).map((name) => readFileSync(new URL(name, FOLDER), 'utf8'));
    expect(files.length).toBeGreaterThan(5);
    for (const text of files) expect(text).not.toMatch(/^import (?!type ).*'zod';/m);
  });

  test('has defaults that fit the schema', () => {
    const faults = new FaultList();
    checkedLayer(structuredClone(DEFAULTS), () => 'defaults', faults);
    expect(faults.all).toEqual([]);
  });
});
