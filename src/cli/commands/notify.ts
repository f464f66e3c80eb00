import type { Command } from 'commander';
import type { ImageRecipients, TriedService } from '../../app/compose.ts';
import { applicationText } from '../../core/identity/application.ts';
import { NOTICE_KINDS, type NoticeKind } from '../../core/notices/notice-kind.ts';
import { LynceusError } from '../../errors.ts';
import type { CommandContext } from '../command-context.ts';
import { SuggestingOption } from '../completion/tree.ts';
import { withLynceus } from '../configure.ts';
import { EXIT_FAILED, EXIT_OK, line } from '../io.ts';
import type { NotifyOutput } from '../render/json-contract.ts';
import { styleFor, type Style } from '../render/style.ts';
import { printableLine } from '../render/text.ts';
import { addSettingsOptions, outputOption } from '../settings-options.ts';

interface NotifyFlags {
  readonly test?: true;
  readonly application?: string;
  readonly to?: string;
  readonly kind: NoticeKind;
  readonly output: 'text' | 'json';
}

const EXAMPLES = `
Examples:
  $ lynceus notify --test
  $ lynceus notify --test chat --to '#releases' --kind failing
  $ lynceus notify --application shop

Exit code 0 when every service took the test notice, 1 when one did not.`;

export function addNotifyCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('notify')
    .description('try the services for notices, or show who is notified of an Application')
    .argument('[service...]', 'names of services, all without any')
    .option('--test', 'send a notice that says that it is a test')
    .option('--application <name>', 'show where notices of this Application go: NAME or NAMESPACE/NAME')
    .option('--to <recipient>', 'where at the services, such as a channel')
    .addOption(
      new SuggestingOption('--kind <kind>', 'of which kind the test notice is', NOTICE_KINDS)
        .choices(NOTICE_KINDS)
        .default('updated'),
    )
    .addOption(outputOption('text', 'json'))
    .addHelpText('after', EXAMPLES)
    .action(async (services: readonly string[], flags: NotifyFlags) =>
      context.finish(await notify(services, flags, context)),
    );
  addSettingsOptions(command, [
    'applications.paths',
    'applications.annotations',
    'cluster.kubeconfig',
    'cluster.context',
    'log',
  ]);
}

async function notify(
  services: readonly string[],
  flags: NotifyFlags,
  context: CommandContext,
): Promise<number> {
  const { io } = context;
  const { test, application, to, kind, output } = flags;
  if ((test === true) === (application !== undefined))
    throw new LynceusError('usage-invalid', 'expected one of --test and --application', {
      hint: 'lynceus notify --test sends a test notice',
    });
  const style = styleFor(io.stdout, io.env);
  const settings = { ...flags, application: undefined };
  if (application !== undefined) {
    const found = await withLynceus(settings, context, (lynceus) =>
      lynceus.recipientsOf(application, io.signal),
    );
    line(io.stdout, output === 'json' ? toJson([], found) : recipientsText(found, style));
    return EXIT_OK;
  }
  const recipient = to === undefined ? {} : { recipient: to };
  const tried = await withLynceus(settings, context, (lynceus) =>
    lynceus.tryServices({ services, kind, ...recipient }, io.signal),
  );
  line(io.stdout, output === 'json' ? toJson(tried, []) : triedText(tried, style));
  return tried.some(({ error }) => error !== undefined) ? EXIT_FAILED : EXIT_OK;
}

function toJson(tried: readonly TriedService[], images: readonly ImageRecipients[]): string {
  const result: NotifyOutput = {
    tests: tried.map(({ service, recipient, error }) => ({
      service,
      recipient: recipient ?? null,
      sent: error === undefined,
      code: error?.code ?? null,
      reason: error?.line ?? null,
    })),
    images: images.map(({ application, alias, image, recipients }) => ({
      application: application.name,
      namespace: application.namespace,
      alias,
      image,
      recipients: recipients.map(({ service, recipient, kinds, byAnnotation }) => ({
        service,
        recipient: recipient ?? null,
        kinds: [...kinds],
        byAnnotation,
      })),
    })),
  };
  return JSON.stringify(result, null, 2);
}

function triedText(tried: readonly TriedService[], style: Style): string {
  return tried
    .map(({ service, recipient, error }) => {
      const where = placeText(service, recipient);
      return error === undefined
        ? `${style.good('✓')} ${where} took the test notice`
        : `${style.bad('✗')} ${where}: ${printableLine(error.line)} [${error.code}]`;
    })
    .join('\n');
}

function recipientsText(images: readonly ImageRecipients[], style: Style): string {
  return images
    .map(({ application, alias, image, recipients }) => {
      const name = alias === '' ? image : `${alias} (${image})`;
      const rows = recipients.map(({ service, recipient, kinds, byAnnotation }) => {
        const what = kinds.length === NOTICE_KINDS.length ? 'everything' : kinds.join(', ');
        return `  ${placeText(service, recipient)}: ${what}${byAnnotation ? style.faint(' (by annotation)') : ''}`;
      });
      const head = printableLine(`${applicationText(application)} ${name}`);
      return [head, ...(rows.length === 0 ? ['  nobody is notified'] : rows)].join('\n');
    })
    .join('\n');
}

function placeText(service: string, recipient: string | undefined): string {
  return printableLine(recipient === undefined ? service : `${service}:${recipient}`);
}
