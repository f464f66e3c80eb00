import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { startGitHttpServer, type GitHttpServer } from '../../helpers/git-servers.ts';
import {
  createGitRoot,
  createRemote,
  git,
  logOf,
  readAt,
  setPreReceiveHook,
} from '../../helpers/git-world.ts';

/** One remote, one server, one cache folder, and processes that come and go. */
interface World {
  readonly root: string;
  readonly remote: string;
  readonly cache: string;
  readonly server: GitHttpServer;
  start(): ChildProcess;
  /** Runs one to its end and gives how the commit ended. */
  run(): Promise<string>;
  end(): Promise<void>;
}

let script: string;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-write-once-'));
  script = join(folder, 'write-once.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('write-once.ts', import.meta.url))],
    outfile: script,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'silent',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return () => rmSync(folder, { recursive: true, force: true });
}, 60_000);

async function createWorld(onRequest: (number: number) => unknown): Promise<World> {
  const { root, remove } = createGitRoot();
  const server = await startGitHttpServer({ root, filters: true, onRequest });
  const remote = createRemote(root, 'deploy.git', { 'app.yaml': 'tag: 1.0\n', 'b.yaml': 'x\n' });
  const cache = join(root, 'cache');
  function start(): ChildProcess {
    const env = { PATH: process.env['PATH'] ?? '' };
    return spawn(process.execPath, [script, `${server.url}/deploy.git`, cache], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }
  return {
    root,
    remote,
    cache,
    server,
    start,
    async run() {
      const child = start();
      let said = '';
      child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await once(child, 'close');
      return said.trim();
    },
    async end() {
      await server.stop();
      remove();
    },
  };
}

/** The job was done once, and nothing is left over. */
function expectDone({ remote, cache }: World): void {
  expect(readAt(remote, 'main', 'app.yaml')).toBe('tag: "1.1"\n');
  expect(readAt(remote, 'main', 'b.yaml')).toBe('x\n');
  expect(logOf(remote, 'main')).toHaveLength(2);
  git(remote, ['fsck', '--strict']);
  const left = readdirSync(cache, { recursive: true, encoding: 'utf8' });
  expect(left.filter((path) => /\.lock$|\.claim$|(?:^|\/)tmp_|^work-|^key-/.test(path))).toEqual([]);
  expect(readdirSync(cache)).toHaveLength(1);
}

/** The requests of a first run, in their order. */
const REQUESTS = [
  'refs for fetch',
  'list of branches',
  'refs for fetch',
  'list of one branch',
  'commits',
  'refs for fetch',
  'files',
  'refs for push',
  'push',
] as const;

describe('a process that is killed', { timeout: 60_000 }, () => {
  it('would have made so many requests', async () => {
    const world = await createWorld(() => undefined);
    expect(await world.run()).toBe('["pushed"]');
    expect(world.server.requests).toHaveLength(REQUESTS.length);
    expectDone(world);
    await world.end();
  });

  it.each(['list of branches', 'commits', 'files', 'refs for push', 'push'] as const)(
    'at the request for %s has lost nothing, and the next one does the job',
    async (request) => {
      const fatal = REQUESTS.indexOf(request) + 1;
      let killed = false;
      const world = await createWorld((number) => {
        if (killed || number !== fatal) return undefined;
        killed = true;
        child.kill('SIGKILL');
        // Its git lives on and waits for an answer that never comes.
        return new Promise(() => undefined);
      });
      const child = world.start();
      await once(child, 'close');
      expect(killed).toBe(true);
      expect(logOf(world.remote, 'main')).toHaveLength(1);

      expect(await world.run()).toBe('["pushed"]');

      expectDone(world);
      await world.end();
    },
  );

  it('while the remote takes in what it pushed has done the job, and the next one sees that', async () => {
    const world = await createWorld(() => undefined);
    const waits = join(world.root, 'waits');
    const gate = join(world.root, 'gate');
    setPreReceiveHook(world.remote, `touch '${waits}'; while [ ! -e '${gate}' ]; do sleep 0.02; done`);
    const child = world.start();
    await expect.poll(() => existsSync(waits), { timeout: 20_000, interval: 20 }).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'close');
    writeFileSync(gate, '');

    // Either it finds the commit there already, or it is faster and the late one is turned away.
    expect(['["pushed"]', '["unchanged"]']).toContain(await world.run());

    await expect.poll(() => logOf(world.remote, 'main').length).toBe(2);
    expectDone(world);
    await world.end();
  });
});
