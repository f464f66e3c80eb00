import type { Command } from 'commander';
import type { Config } from '../../config/config.ts';
import type { CommandContext } from '../command-context.ts';
import { configure } from '../configure.ts';
import { dryRunning } from '../dry-run.ts';
import { runUntilStopped } from '../run-until-stopped.ts';
import { warnOfPeerOptions } from '../peer-notices.ts';
import { addPeerOptions, addSettingsOptions, DAEMON_SETTINGS } from '../settings-options.ts';
import { addWebhookSecretOptions, withWebhookSecrets } from '../webhook-secrets.ts';

interface WebhookFlags extends Record<string, unknown> {
  readonly dryRun?: true;
}

const EXAMPLES = `
Examples:
  $ DOCKER_WEBHOOK_SECRET=… lynceus webhook
  $ curl -k -d @push.json 'https://localhost:8080/webhook?type=docker.io&secret=…'`;

/** As with the command of that name of Argo CD Image Updater. */
const PORT = 8080;

export function addWebhookCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('webhook')
    .description('write new versions to Git when a webhook tells of them, and only then, until stopped')
    .option('--dry-run', 'decide and report, but write nothing')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: WebhookFlags) => context.finish(await listen(flags, context)));
  addPeerOptions(command, 'webhook');
  addSettingsOptions(command, DAEMON_SETTINGS);
  addWebhookSecretOptions(command);
}

async function listen({ dryRun, ...flags }: WebhookFlags, { io, app }: CommandContext): Promise<number> {
  const configured = await configure(flags, io, { logging: 'log', once: false });
  const { config: given, environment } = withWebhookSecrets(configured, flags);
  warnOfPeerOptions(flags, environment);
  const config = withListening(given);
  const composed = await app.compose(config, environment);
  const lynceus = dryRun === true ? dryRunning(composed) : composed;
  try {
    if (dryRun !== true) await lynceus.prepare(io.signal);
    const start = () => app.startDaemon(lynceus, config, { ...environment, cycles: 'pushes' });
    return await runUntilStopped(start, io.signal, environment.log);
  } finally {
    await lynceus.close();
  }
}

/** The port is that of the probes of `run`: they have none of their own then. */
function withListening(config: Config): Config {
  const { server, webhooks } = config;
  const port = webhooks.port ?? PORT;
  const healthPort = server.healthPort === port ? 0 : server.healthPort;
  return { ...config, server: { ...server, healthPort }, webhooks: { ...webhooks, enabled: true, port } };
}
