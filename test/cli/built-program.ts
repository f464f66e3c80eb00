import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The program as one file in a folder of its own, as it is shipped; to be removed in the end. */
export async function buildProgram(): Promise<{ readonly script: string; readonly remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-built-'));
  // Found from the bundle as it would be from dist/: one folder up.
  symlinkSync(join(root, 'package.json'), join(folder, 'package.json'));
  const script = join(folder, 'dist', 'lynceus.js');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  await build({
    entryPoints: [join(root, 'src/main.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'silent',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  }).catch((thrown: unknown) => {
    remove();
    throw thrown;
  });
  return { script, remove };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running program: its output as it comes, and its end. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves as soon as standard output holds the text; rejects when the program ends without it. */
  readonly says: (text: string) => Promise<void>;
}

export function start(
  script: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(process.execPath, [script, ...argv], {
    env: { PATH: process.env['PATH'], HOME: tmpdir(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const watch of watchers) watch();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { process: child, ended, says: (text) => waitFor(text) };

  async function waitFor(text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!stdout.includes(text)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without saying "${text}": ${stdout}${stderr}`)));
    });
  }
}
