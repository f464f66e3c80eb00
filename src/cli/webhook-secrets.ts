import { Option, type Command } from 'commander';
import { WEBHOOK_SECRET_FLAGS } from '../settings/webhook-secrets.ts';
import type { Configured, Flags } from './configure.ts';

/** The flags of Argo CD Image Updater that take a secret itself. */
export function addWebhookSecretOptions(command: Command): Command {
  for (const { flag, type } of WEBHOOK_SECRET_FLAGS)
    command.addOption(
      new Option(flag, `secret of webhooks of the type ${type}; better as a variable or a file`),
    );
  return command;
}

/** The configuration with the secrets that flags gave. Arguments are no place for them, which is said once. */
export function withWebhookSecrets({ config, environment }: Configured, flags: Flags): Configured {
  const given = WEBHOOK_SECRET_FLAGS.flatMap(({ type, flag, flagName }) => {
    const text = flags[flagName];
    return typeof text === 'string' && text !== '' ? [{ type, text, flag: flag.split(' ')[0] ?? '' }] : [];
  });
  if (given.length === 0) return { config, environment };
  for (const { text } of given) environment.registerSecret?.(text);
  environment.log.warn('a secret is among the arguments of the process, where others can read it', {
    flags: given.map(({ flag }) => flag).join(', '),
    reason: 'set a variable such as DOCKER_WEBHOOK_SECRET, or a place under webhooks.secrets',
  });
  const secrets = config.webhooks.secrets.map((place) => {
    const found = given.find(({ type }) => type === place.type);
    return found === undefined
      ? place
      : { ...place, from: { kind: 'text', text: found.text } as const, required: true };
  });
  return { config: { ...config, webhooks: { ...config.webhooks, secrets } }, environment };
}
