import type { Config } from '../../src/config/config.ts';
import { type ConfigInput, loadConfig } from '../../src/config/load.ts';
import { validateCron } from '../../src/triggers/validate-cron.ts';
import { caught } from '../helpers/thrown.ts';

/** An input that says nothing, but for what is given. */
export function given(input: Partial<ConfigInput>): ConfigInput {
  return {
    fileText: undefined,
    fileName: 'lynceus.yaml',
    flags: {},
    env: {},
    registriesText: undefined,
    registriesFileName: 'registries.conf',
    messageTemplateText: undefined,
    checks: { cron: validateCron },
    ...input,
  };
}

export function load(input: Partial<ConfigInput>): Config {
  return loadConfig(given(input));
}

/** The lines of the error, without the first one, which only counts them. */
export function faultsOf(input: Partial<ConfigInput>): readonly string[] {
  const { message } = caught(() => load(input));
  return message.split('\n').slice(1);
}
