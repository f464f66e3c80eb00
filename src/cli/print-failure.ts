import { CommanderError } from 'commander';
import { asLynceusError, type ErrorCode, type LynceusError } from '../errors.ts';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, Interruption, line, widthOf, type CliIo } from './io.ts';
import { hang, printable, printableLine } from './render/text.ts';

/** Says on standard error why a command ended, and returns its exit code. */
export function printFailure(thrown: unknown, io: CliIo): number {
  if (thrown instanceof CommanderError) return printUsageError(thrown, io);
  if (io.signal.aborted && io.signal.reason instanceof Interruption) {
    // Nobody reads the output of a closed pipe.
    if (io.signal.reason.signal !== 'SIGPIPE') line(io.stderr, `lynceus: ${io.signal.reason.message}`);
    return io.signal.reason.exitCode;
  }
  const error = asLynceusError(thrown);
  for (const each of printable(error.message).split('\n')) complain(io, each);
  if (error.trail !== undefined) complain(io, `login: ${printableLine(error.trail)}`);
  if (error.hint !== undefined) complain(io, printableLine(error.hint));
  return isUsage(error) ? EXIT_USAGE : EXIT_FAILED;
}

function complain({ stderr }: CliIo, text: string): void {
  line(stderr, hang('lynceus: ', text, widthOf(stderr)));
}

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'usage-invalid',
  'config-invalid',
  'reference-invalid',
  'constraint-invalid',
  'pattern-invalid',
  'template-invalid',
  'applications-unreadable',
  'signing-failed',
]);

/** Whether the command line or the configuration is at fault, as opposed to something outside. */
function isUsage(error: LynceusError): boolean {
  return USAGE_CODES.has(error.code);
}

function printUsageError(error: CommanderError, io: CliIo): number {
  if (error.exitCode === 0) return EXIT_OK;
  if (error.code === 'commander.help') return EXIT_USAGE;
  const message = error.message.replace(/^error: /, '');
  complain(
    io,
    printable(message)
      .replace(/\n\(Did/, ' (did')
      .replace('Did you mean', 'did you mean'),
  );
  complain(io, 'try --help');
  return EXIT_USAGE;
}
