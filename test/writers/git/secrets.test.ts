import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { GitLogin } from '../../../src/ports/git-logins.ts';
import type { CommitResult } from '../../../src/ports/writer.ts';
import { startGitHttpServer, type GitHttpServer } from '../../helpers/git-servers.ts';
import { setPreReceiveHook } from '../../helpers/git-world.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const USER = 'user-3f9c2b7e81d04a65';
const PASSWORD = 'p4ss/w0rd+51a8&93f7c';
const BASIC: GitLogin = { kind: 'basic', username: USER, password: PASSWORD, caFile: undefined };

/** The secrets as they are, in a URL and in a header. */
const FORMS = [
  USER,
  PASSWORD,
  encodeURIComponent(PASSWORD),
  Buffer.from(`${USER}:${PASSWORD}`).toString('base64'),
  Buffer.from(PASSWORD).toString('base64'),
];

let world: WriterWorld;
let server: GitHttpServer;
let remote: string;
beforeEach(async () => {
  world = createWriterWorld();
  remote = world.remote();
  server = await startGitHttpServer({ root: world.root, login: { username: USER, password: PASSWORD } });
});
afterEach(async () => {
  await server.stop();
  world.remove();
});

const UPDATE = aCommit('update', aFile('app.yaml', { from: '1.0', to: '1.1' }));

/** A `git` that writes down its arguments and the names in its environment, then is git. */
function spyingPath(): { readonly path: string; readonly seen: () => string } {
  const folder = join(world.root, 'spy');
  const record = join(world.root, 'record');
  mkdirSync(folder);
  const real = spawnSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).stdout.trim();
  const script = `#!/bin/sh\nprintf '%s\\n' "argv: $*" >> '${record}'\nenv | sed -n 's/^\\([A-Za-z_0-9]*\\)=.*/env: \\1/p' >> '${record}'\nexec '${real}' "$@"\n`;
  writeFileSync(join(folder, 'git'), script);
  chmodSync(join(folder, 'git'), 0o755);
  return {
    path: `${folder}${delimiter}${process.env['PATH'] ?? ''}`,
    seen: () => readFileSync(record, 'utf8'),
  };
}

function contentsOf(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .map((path) => `${path}\n${statSync(path).isFile() ? readFileSync(path, 'latin1') : ''}`)
    .join('\n');
}

function secretsIn(text: string): readonly string[] {
  return FORMS.filter((form) => text.includes(form));
}

async function update(url: string, login: GitLogin, path?: string): Promise<readonly CommitResult[]> {
  const session = world.writer({ login, env: { PATH: path ?? process.env['PATH'] } }).open();
  const results = await session.apply(aSet(aPlaceAt(url), UPDATE), LASTING);
  await session.close();
  return results;
}

/** Everything that people or machines get to see of a result. */
function textOf(results: readonly CommitResult[]): string {
  return results
    .map((result) => {
      const error = result.ending.kind === 'failed' ? result.ending.error : undefined;
      return [JSON.stringify(result), error?.line, error?.stack, String(error?.cause)].join('\n');
    })
    .join('\n');
}

it('shows the secret to nobody but git: not in arguments, logs, results or files', async () => {
  const spy = spyingPath();
  const results = await update(`${server.url}/deploy.git`, BASIC, spy.path);
  expect(results.map(outcomeOf)).toEqual(['pushed']);
  const seen = spy.seen();
  expect(seen).toMatch(/^argv: .*-c gc\.auto=0/m);
  expect(seen).toContain('env: LYNCEUS_GIT_PASSWORD');
  const everything = {
    seen,
    logs: world.logLines.join('\n'),
    results: textOf(results),
    files: contentsOf(world.root),
  };
  expect(Object.entries(everything).filter(([, text]) => secretsIn(text).length > 0)).toEqual([]);
});

it('gives git only the variables it needs, and the login only where it talks to the remote', async () => {
  const spy = spyingPath();
  await update(`${server.url}/deploy.git`, BASIC, spy.path);
  const runs = spy
    .seen()
    .split(/^argv: /m)
    .slice(1);
  const withLogin = runs.filter((run) => run.includes('LYNCEUS_GIT_PASSWORD'));
  const talking = runs.filter((run) => /push\.followTags=false (ls-remote|fetch|push) /.test(run));
  expect(withLogin).toEqual(talking);
  const names = new Set(spy.seen().match(/(?<=^env: )\w+/gm));
  for (const name of ['PWD', 'OLDPWD', 'SHLVL', '_']) names.delete(name);
  expect([...names].toSorted()).toEqual([
    'GIT_ALLOW_PROTOCOL',
    'GIT_ASKPASS',
    'GIT_CONFIG_COUNT',
    'GIT_CONFIG_GLOBAL',
    'GIT_CONFIG_KEY_0',
    'GIT_CONFIG_NOSYSTEM',
    'GIT_CONFIG_VALUE_0',
    'GIT_DEFAULT_REF_FORMAT',
    'GIT_DIR',
    'GIT_LFS_SKIP_SMUDGE',
    'GIT_LITERAL_PATHSPECS',
    'GIT_TERMINAL_PROMPT',
    'GIT_TEST_DISALLOW_ABBREVIATED_OPTIONS',
    'HOME',
    'LC_ALL',
    'LYNCEUS_GIT_AUTHORITY',
    'LYNCEUS_GIT_ORIGIN',
    'LYNCEUS_GIT_PASSWORD',
    'LYNCEUS_GIT_USERNAME',
    'PATH',
    'XDG_CONFIG_HOME',
  ]);
});

it('has the secret in no argument of any process and in no file while git runs', async () => {
  const stop = new AbortController();
  server.inject('receive-pack', { do: 'hang' });
  const url = `${server.url}/deploy.git`;
  const session = world.writer({ login: BASIC }).open();
  const applied = session.apply(aSet(aPlaceAt(url), UPDATE), stop.signal);
  const pushing = (): boolean =>
    server.requests.some(({ line }) => line.includes('POST /deploy.git/git-receive-pack'));
  await vi.waitUntil(pushing, { timeout: 20_000, interval: 10 });
  const { stdout } = spawnSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' });
  expect(stdout).toContain(url);
  expect(secretsIn(stdout)).toEqual([]);
  expect(secretsIn(contentsOf(world.cacheDirectory))).toEqual([]);
  stop.abort();
  await applied;
  await session.close();
});

it.each([
  ['a wrong password', { ...BASIC, password: 'wr0ng-51a893f7c' } as GitLogin],
  ['a wrong user', { ...BASIC, username: 'other-3f9c2b7e81d04a65' } as GitLogin],
])('says nothing of the login in the error after %s', async (_case, login) => {
  const results = await update(`${server.url}/deploy.git`, login);
  expect(results.map(outcomeOf)).toEqual(['git-denied']);
  const text = `${textOf(results)}\n${world.logLines.join('\n')}`;
  expect(text).not.toMatch(/51a893f7c|3f9c2b7e81d04a65/);
});

it('takes the secret out of what the remote says', async () => {
  setPreReceiveHook(
    remote,
    `echo "token ${PASSWORD} of ${USER} at https://a:b@c/ is not allowed" >&2; exit 1`,
  );
  const results = await update(`${server.url}/deploy.git`, BASIC);
  expect(textOf(results)).toContain('token *** of *** at https://***@c/ is not allowed');
  expect(secretsIn(textOf(results))).toEqual([]);
});

it('leaves no script behind', async () => {
  await update(`${server.url}/deploy.git`, BASIC);
  expect(contentsOf(world.cacheDirectory)).not.toContain('askpass');
});
