import type { Command } from 'commander';
import type { Lynceus } from '../../app/compose.ts';
import type { Daemon } from '../../app/daemon.ts';
import type { Config } from '../../config/config.ts';
import type { CommandContext } from '../command-context.ts';
import { configure } from '../configure.ts';
import { dryRunning } from '../dry-run.ts';
import { exitCodeOf } from '../exit-code.ts';
import { warnOfPeerOptions } from '../peer-notices.ts';
import { runUntilStopped } from '../run-until-stopped.ts';
import { addPeerOptions, addSettingsOptions, DAEMON_SETTINGS } from '../settings-options.ts';
import { addWebhookSecretOptions, withWebhookSecrets } from '../webhook-secrets.ts';

interface RunFlags extends Record<string, unknown> {
  readonly once?: true;
  readonly dryRun?: true;
}

const EXAMPLES = `
Examples:
  $ lynceus run --applications apps/ --once
  $ lynceus run --applications apps/ --interval 5m --health-port 8080
  $ lynceus run --config lynceus.yaml --schedule '*/10 6-20 * * 1-5' --timezone Europe/Berlin`;

export function addRunCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('run')
    .description('find new versions and write them to Git, until stopped')
    .option('--once', 'run one cycle and end')
    .option('--dry-run', 'decide and report, but write nothing')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: RunFlags) => context.finish(await run(flags, context)));
  addPeerOptions(command, 'run');
  addSettingsOptions(command, ['schedule', ...DAEMON_SETTINGS]);
  addWebhookSecretOptions(command);
}

async function run({ once, dryRun, ...flags }: RunFlags, { io, app }: CommandContext): Promise<number> {
  const configured = await configure(flags, io, { logging: 'log', once: once === true });
  const { config, environment } = withWebhookSecrets(configured, flags);
  warnOfPeerOptions(flags, environment);
  const composed = await app.compose(config, environment);
  const lynceus = dryRun === true ? dryRunning(composed) : composed;
  try {
    if (dryRun !== true) await composed.prepare(io.signal);
    if (once === true || isOnce(config)) return await runOnce(lynceus, io.signal);
    const start = (): Promise<Daemon> => app.startDaemon(lynceus, config, environment);
    return await runUntilStopped(start, io.signal, environment.log);
  } finally {
    await lynceus.close();
  }
}

/** As with Argo CD Image Updater 0.x, where `--once` is a short way to write these two. */
function isOnce({ schedule, server }: Config): boolean {
  return schedule.kind === 'changes' && server.healthPort === 0;
}

/** For so long a single cycle waits for services that take no notices, in milliseconds. */
const LAST_NOTICES = 30_000;

async function runOnce(lynceus: Lynceus, signal: AbortSignal): Promise<number> {
  const report = await lynceus.runCycle({ dryRun: false }, signal);
  await lynceus.noticesSent(LAST_NOTICES);
  return exitCodeOf(report);
}
