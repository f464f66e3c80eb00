import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildWebAssets } from '../../.ci/web-assets.mjs';
import { madeOnce } from '../helpers/run-folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Path of the program, built as it is shipped: once for all files of tests. */
export async function builtProgram(): Promise<string> {
  const folder = await madeOnce('program', async (fresh) => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const { script, style } = await buildWebAssets();
    await build({
      entryPoints: [{ in: join(root, 'src/main.ts'), out: 'lynceus' }],
      outdir: join(fresh, 'dist'),
      chunkNames: 'chunks/[name]-[hash]',
      bundle: true,
      splitting: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      define: {
        BUILT_VERSION: JSON.stringify(version),
        BUILT_SCRIPT: JSON.stringify(script),
        BUILT_STYLE: JSON.stringify(style),
      },
      logLevel: 'silent',
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
      },
    });
  });
  return join(folder, 'dist', 'lynceus.js');
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
