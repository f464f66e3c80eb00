import type { Command } from 'commander';
import { LynceusError } from '../../errors.ts';
import type { CommandContext } from '../command-context.ts';
import { configure, type Flags } from '../configure.ts';
import { EXIT_OK, line, type CliIo } from '../io.ts';
import { readSmallText } from '../read-text.ts';
import { printable } from '../render/text.ts';
import { addSettingsOptions } from '../settings-options.ts';

const EXAMPLES = `
Examples:
  $ lynceus template                     the configured template, or else the built-in one
  $ lynceus template commit.template

The example has no labels. A template that speaks of .Labels has them read from the registry, for what is written alone.`;

export function addTemplateCommand(program: Command, { io, finish }: CommandContext): void {
  const command = program
    .command('template')
    .description('render a commit message template with example data')
    .argument('[file]', 'the template')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string | undefined, flags: Flags) => {
      line(
        io.stdout,
        await render(file === undefined ? await configuredTemplate(flags, io) : await readTemplate(file)),
      );
      finish(EXIT_OK);
    });
  addSettingsOptions(command, []);
}

async function configuredTemplate(flags: Flags, io: CliIo): Promise<string> {
  return (await configure(flags, io, { logging: 'silent', once: true })).config.git.messageTemplate;
}

async function readTemplate(file: string): Promise<string> {
  const text = await readSmallText(file);
  if (text === undefined) throw new LynceusError('usage-invalid', `there is no file ${file}`);
  return text;
}

async function render(text: string): Promise<string> {
  const { renderExampleMessage } = await import('../../app/render-example-message.ts');
  return printable(renderExampleMessage(text)).trimEnd();
}
