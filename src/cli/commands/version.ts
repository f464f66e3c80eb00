import type { Command } from 'commander';
import { readBuildInfo, shortBuild } from '../build-info.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT_OK, line } from '../io.ts';
import type { VersionOutput } from '../render/json-contract.ts';
import { outputOption } from '../settings-options.ts';

export function addVersionCommand(program: Command, { io, finish }: CommandContext): void {
  program
    .command('version')
    .description('print the version and how it was built')
    .option('--short', 'only the version')
    .addOption(outputOption('text', 'json'))
    .action((options: { short?: true; output: 'text' | 'json' }) => {
      line(io.stdout, versionText(options));
      finish(EXIT_OK);
    });
}

function versionText(options: { readonly short?: true; readonly output: 'text' | 'json' }): string {
  const build = readBuildInfo();
  const platform = `${process.platform}/${process.arch}`;
  if (options.output === 'json') {
    const output: VersionOutput = {
      version: build.version,
      commit: build.commit ?? null,
      buildDate: build.buildDate ?? null,
      node: process.version,
      platform,
    };
    return JSON.stringify(output, null, 2);
  }
  if (options.short === true) return shortBuild(build);
  return [
    `lynceus: ${shortBuild(build)}`,
    `  BuildDate: ${build.buildDate ?? 'unknown'}`,
    `  GitCommit: ${build.commit ?? 'unknown'}`,
    `  NodeVersion: ${process.version}`,
    `  Platform: ${platform}`,
  ].join('\n');
}
