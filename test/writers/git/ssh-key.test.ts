import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { GitLogin } from '../../../src/ports/git-logins.ts';
import type { CommitResult } from '../../../src/ports/writer.ts';
import { startGitSshServer, type GitSshServer } from '../../helpers/git-servers.ts';
import { readAt, setPreReceiveHook } from '../../helpers/git-world.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const UPDATE = aCommit('update', aFile('app.yaml', { from: '1.0', to: '1.1' }));

let server: GitSshServer;
let world: WriterWorld;
beforeAll(async () => {
  server = await startGitSshServer();
});
afterAll(() => server.stop());
beforeEach(() => {
  world = createWriterWorld();
});
afterEach(() => world.remove());

function login(keyFile = server.privateKeyFile, knownHostsFile = server.knownHostsFile): GitLogin {
  return { kind: 'ssh-key', privateKey: readFileSync(keyFile, 'utf8'), knownHostsFile };
}

async function update(key: GitLogin): Promise<readonly CommitResult[]> {
  const remote = world.remote();
  const session = world.writer({ login: key }).open();
  const results = await session.apply(aSet(aPlaceAt(server.urlOf(remote)), UPDATE), LASTING);
  await session.close();
  return results;
}

/** Lines of the key that are its own: nothing else in the world looks so. */
function secretLines(keyFile = server.privateKeyFile): readonly string[] {
  return readFileSync(keyFile, 'utf8')
    .split('\n')
    .filter((line) => line.length > 20 && !line.startsWith('-----'))
    .slice(1);
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

function holdSecret(text: string, keyFile?: string): boolean {
  return secretLines(keyFile).some((line) => text.includes(line));
}

it('that comes as text logs in, and is in no file afterwards', async () => {
  const results = await update(login());
  expect(results.map(outcomeOf)).toEqual(['pushed']);
  expect(readAt(join(world.root, 'deploy.git'), 'main', 'app.yaml')).toBe('tag: "1.1"\n');
  expect(secretLines().length).toBeGreaterThan(1);
  const files = filesIn(world.root);
  expect(files.length).toBeGreaterThan(3);
  expect(files.filter((path) => holdSecret(readFileSync(path, 'latin1')))).toEqual([]);
  expect(holdSecret(world.logLines.join('\n'))).toBe(false);
});

it('is in one file that nobody else can read while git runs, and in no argument', async () => {
  const remote = world.remote();
  const seen = join(world.root, 'seen');
  // It ends with the world, if not before.
  setPreReceiveHook(remote, `ps -A -ww -o args= > '${seen}'; while [ -e '${seen}' ]; do sleep 0.1; done`);
  const stop = new AbortController();
  const session = world.writer({ login: login() }).open();
  const applied = session.apply(aSet(aPlaceAt(server.urlOf(remote)), UPDATE), stop.signal);
  const isPushing = (): boolean =>
    statSync(seen, { throwIfNoEntry: false }) !== undefined && readFileSync(seen, 'utf8').includes('ssh');
  await vi.waitUntil(isPushing, { timeout: 20_000, interval: 10 });
  const keys = filesIn(world.cacheDirectory).filter((path) => holdSecret(readFileSync(path, 'latin1')));
  expect(keys).toHaveLength(1);
  const [key = ''] = keys;
  expect(statSync(key).mode & 0o777).toBe(0o600);
  expect(statSync(join(key, '..')).mode & 0o777).toBe(0o700);
  const args = readFileSync(seen, 'utf8');
  expect(args).toContain('IdentityFile=');
  expect(holdSecret(args)).toBe(false);
  stop.abort();
  await applied;
  await session.close();
  expect(statSync(key, { throwIfNoEntry: false })).toBeUndefined();
});

it('that the host does not take is denied, without a word of it', async () => {
  const results = await update(login(server.strangerKeyFile));
  expect(results.map(outcomeOf)).toEqual(['git-denied']);
  const error = results[0]?.ending.kind === 'failed' ? results[0].ending.error : undefined;
  expect(error?.message).toContain('with an SSH key');
  const text = `${error?.line} ${error?.stack} ${world.logLines.join('\n')}`;
  expect(holdSecret(text, server.strangerKeyFile)).toBe(false);
});

it('is not shown to a host with another host key', async () => {
  const results = await update(login(server.privateKeyFile, server.wrongKnownHostsFile));
  expect(results.map(outcomeOf)).toEqual(['git-unreachable']);
});

it('that a killed process left behind is removed at the next start', async () => {
  const left = join(world.cacheDirectory, 'work-00000000-0000-4000-8000-000000000000');
  mkdirSync(left, { recursive: true });
  writeFileSync(join(left, 'key-x'), readFileSync(server.privateKeyFile), { mode: 0o600 });
  await update(login());
  expect(statSync(left, { throwIfNoEntry: false })).toBeUndefined();
});
