import { basename, relative } from 'node:path';
import { Interruption } from './cli/io.ts';
import { createLibraryNotices, SPEAKING_METHODS } from './cli/library-notices.ts';
import { runCli } from './cli/program.ts';
import { messageOf } from './errors.ts';

/** The process: arguments and environment in, exit code out. Signals and `process.exit` are here and nowhere else. */
const stop = new AbortController();

// Libraries speak in our log or not at all. Node.js itself prints warnings by a listener of the same event.
const notices = createLibraryNotices();
process.removeAllListeners('warning');
process.on('warning', (warning) => notices.addWarning(warning));
for (const method of SPEAKING_METHODS)
  console[method] = (...words: unknown[]) => notices.addConsole(method, words);
// With it the package `debug` writes past the console what git is called with.
delete process.env['DEBUG'];

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const interruption = new Interruption(signal);
    // The first asks for a clean end, the second does not wait for it.
    if (stop.signal.aborted) process.exit(interruption.exitCode);
    stop.abort(interruption);
  });
}

process.on('uncaughtException', (thrown: unknown) => {
  process.stderr.write(`lynceus: unexpected error: ${messageOf(thrown).replaceAll(/\s+/g, ' ')}\n`, () =>
    process.exit(1),
  );
});

// The reader may close the pipe (`lynceus plan | head`): end as programs do that SIGPIPE stops, but clean up first.
let unread = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(1);
    unread = true;
    stop.abort(new Interruption('SIGPIPE'));
  });
}

const exitCode = await runCli({
  self: selfName(process.argv[1] ?? ''),
  argv: process.argv.slice(2),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
  onLog: (log) => notices.deliverTo(log),
});

// Pipes are written to in the background; what is still on its way would be lost by an exit.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))),
);
process.exit(unread ? new Interruption('SIGPIPE').exitCode : exitCode);

/** Installed, the program is on the PATH under its name. */
function selfName(script: string): string {
  return basename(script) === 'lynceus' ? 'lynceus' : `node ${relative(process.cwd(), script)}`;
}
