import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GitLogin } from '../../../src/ports/git-logins.ts';
import type { CommitResult } from '../../../src/ports/writer.ts';
import type { GitWriterOptions } from '../../../src/writers/git/git-writer.ts';
import {
  startGitHttpServer,
  startGitSshServer,
  type GitHttpServer,
  type GitSshServer,
} from '../../helpers/git-servers.ts';
import {
  branchesOf,
  commitTo,
  deleteBranch,
  headOf,
  logOf,
  readAt,
  setPreReceiveHook,
} from '../../helpers/git-world.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const LOGIN = { username: 'robot', password: 'pa"ss $(id) wörd\\' };
const BASIC: GitLogin = { kind: 'basic', ...LOGIN, caFile: undefined };

let world: WriterWorld;
beforeEach(() => {
  world = createWriterWorld();
});
afterEach(() => world.remove());

const UPDATE = aCommit('update', aFile('app.yaml', { from: '1.0', to: '1.1' }));

interface Going {
  readonly login?: GitLogin;
  readonly options?: Partial<GitWriterOptions>;
}

async function update(remote: string, { login, options }: Going = {}): Promise<readonly CommitResult[]> {
  const session = world.writer({ ...options, ...(login === undefined ? {} : { login }) }).open();
  try {
    return await session.apply(aSet(aPlaceAt(remote), UPDATE), LASTING);
  } finally {
    await session.close();
  }
}

function errorOf([result]: readonly CommitResult[]) {
  return result?.ending.kind === 'failed' ? result.ending.error : undefined;
}

describe('over http', () => {
  let server: GitHttpServer;
  let remote: string;
  beforeEach(async () => {
    remote = world.remote();
    server = await startGitHttpServer({ root: world.root, login: LOGIN });
  });
  afterEach(() => server.stop());

  function url(): string {
    return `${server.url}/deploy.git`;
  }

  it('logs in with a user name and a password of any characters', async () => {
    expect((await update(url(), { login: BASIC })).map(outcomeOf)).toEqual(['pushed']);
    expect(readAt(remote, 'main', 'app.yaml')).toBe('tag: "1.1"\n');
    expect(server.counts).toMatchObject({ 'receive-pack': 1 });
    expect([...world.remotesSeen]).toEqual([new URL(server.url).host]);
  });

  it('ignores a user in the URL: the login says who', async () => {
    const withUser = url().replace('//', '//somebody@');
    expect((await update(withUser, { login: BASIC })).map(outcomeOf)).toEqual(['pushed']);
  });

  it.each([
    ['a wrong password', { ...BASIC, password: 'wrong-password' } as GitLogin, 'with user name and password'],
    ['no login', { kind: 'none', caFile: undefined } as GitLogin, 'without a login'],
  ])('says denied, where and how, with %s', async (_case, login, how) => {
    const error = errorOf(await update(url(), { login }));
    expect(error?.code).toBe('git-denied');
    expect(error?.message).toContain(`${new URL(server.url).host}/deploy ${how}`);
    expect(error?.message).not.toContain('wrong-password');
  });

  it('says denied when the login may read and not write', async () => {
    server.inject('refs for push', { do: 'answer', status: 403 });
    const error = errorOf(await update(url(), { login: BASIC }));
    expect(error).toMatchObject({ code: 'git-denied', retryable: false });
    expect(world.operations).toEqual(['fetch', 'push!']);
  });

  describe('that redirects', () => {
    const toRefs = (at: string) => `${at}/deploy.git/info/refs?service=git-upload-pack`;

    /** Each time that branches are listed they are asked for twice: once more for where the redirect leads. */
    function redirect(location: string, status = 301, times = 2): void {
      for (let time = 0; time < times; time += 1)
        server.inject('refs for fetch', { do: 'answer', status, headers: { location } });
    }

    it.each<[string, GitLogin]>([
      ['a password', BASIC],
      ['a bearer token', { kind: 'bearer', token: 's3cret-bearer-token', caFile: undefined }],
    ])('to another server gets nothing there, for %s', async (_kind, login) => {
      const other = await startGitHttpServer({ root: world.root });
      try {
        for (const at of [other.url, other.url.replace('127.0.0.1', 'localhost')]) {
          redirect(toRefs(at), 302);
          expect(errorOf(await update(url(), { login }))).toMatchObject({
            code: 'git-unreachable',
            retryable: false,
            hint: `if it is meant, write ${at}/deploy.git as the URL of the remote`,
          });
        }
        expect(other.requests).toEqual([]);
      } finally {
        await other.stop();
      }
      expect((await update(url(), { login: BASIC })).map(outcomeOf)).toEqual(['pushed']);
    });

    it.each([
      ['another scheme', 'https://127.0.0.1/deploy.git/info/refs', 'git-unreachable', /another server/],
      [
        'an address of a cloud',
        'http://169.254.169.254/latest/info/refs',
        'git-unreachable',
        /another server/,
      ],
      ['a page to log in', '/users/sign_in', 'git-denied', /is no repository: it redirects to .*sign_in/],
      ['a file', 'file:///etc/passwd/info/refs', 'git-unreachable', /another server/],
      ['what is no URL', 'http://[', 'git-unreachable', /not a URL/],
      ['nothing', '', 'git-unreachable', /not a URL/],
    ])('to %s is not followed', async (_where, location, code, message) => {
      redirect(location);
      const error = errorOf(await update(url(), { login: BASIC }));
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(`${error?.line}`).not.toContain(LOGIN.password);
    });

    it.each([301, 302, 303, 307, 308])(
      'to another path of the same server is followed: %i',
      async (status) => {
        redirect(toRefs(server.url), status);
        const old = `${server.url}/old-name.git`;
        expect((await update(old, { login: BASIC })).map(outcomeOf)).toEqual(['pushed']);
        expect(readAt(remote, 'main', 'app.yaml')).toBe('tag: "1.1"\n');
      },
    );

    it('to itself ends', async () => {
      redirect('/old-name.git/info/refs?service=git-upload-pack', 301, 20);
      const error = errorOf(await update(`${server.url}/old-name.git`, { login: BASIC }));
      expect(error).toMatchObject({
        code: 'git-unreachable',
        message: expect.stringContaining('time and again'),
      });
    });

    it('a push elsewhere is not followed', async () => {
      const other = await startGitHttpServer({ root: world.root });
      try {
        const location = `${other.url}/deploy.git/info/refs?service=git-receive-pack`;
        server.inject('refs for push', { do: 'answer', status: 307, headers: { location } });
        expect(errorOf(await update(url(), { login: BASIC }))?.code).toBe('git-unreachable');
        expect(other.requests).toEqual([]);
      } finally {
        await other.stop();
      }
    });
  });

  it('loses nothing when a human pushes at the same time', async () => {
    server.inject('receive-pack', {
      do: 'call',
      call: () =>
        void commitTo(remote, 'main', { 'app.yaml': '# by hand\ntag: 1.0\n', 'new.txt': 'x' }, 'by hand'),
    });
    expect((await update(url(), { login: BASIC })).map(outcomeOf)).toEqual(['pushed']);
    expect(readAt(remote, 'main', 'app.yaml')).toBe('# by hand\ntag: "1.1"\n');
    expect(readAt(remote, 'main', 'new.txt')).toBe('x');
    const log = logOf(remote, 'main');
    expect(log.map(({ message }) => message.trim())).toEqual(['update', 'by hand', 'first commit']);
    expect(log.map(({ parents }) => parents.length)).toEqual([1, 1, 0]);
    expect(world.operations).toEqual(['fetch', 'push!', 'fetch', 'push']);
    expect(world.sleeps).toEqual([150]);
  });

  it('gives way when the human set the very image', async () => {
    server.inject('receive-pack', {
      do: 'call',
      call: () => void commitTo(remote, 'main', { 'app.yaml': 'tag: 0.9\n' }, 'back to 0.9'),
    });
    expect((await update(url(), { login: BASIC })).map(outcomeOf)).toEqual(['changed-meanwhile']);
    expect(readAt(remote, 'main', 'app.yaml')).toBe('tag: 0.9\n');
  });

  it('gives up after as many replays as configured', async () => {
    let count = 0;
    for (let time = 0; time < 5; time += 1) {
      server.inject('receive-pack', {
        do: 'call',
        call: () => void commitTo(remote, 'main', { 'count.txt': `${(count += 1)}` }, `by hand ${count}`),
      });
    }
    const error = errorOf(await update(url(), { login: BASIC, options: { pushAttempts: 2 } }));
    expect(error).toMatchObject({ code: 'git-push-rejected', retryable: true });
    expect(error?.message).toContain('replayed 2 times');
    expect(count).toBe(3);
    expect(world.sleeps).toEqual([150, 300]);
    expect(logOf(remote, 'main')).toHaveLength(4);
  });

  it.each([['incorrect old value provided'], ['some words nobody has thought of']])(
    'replays when the remote rejects with "%s" while its branch moved',
    async (words) => {
      setPreReceiveHook(remote, movingHook(words));
      expect((await update(url(), { login: BASIC })).map(outcomeOf)).toEqual(['pushed']);
      expect(world.operations).toEqual(['fetch', 'push!', 'fetch', 'push']);
      expect(logOf(remote, 'main').map(({ message }) => message.trim())).toEqual([
        'update',
        'hand',
        'first commit',
      ]);
    },
  );

  it('knows that a push arrived although the answer got lost', async () => {
    // Twice, because curl tries once more by itself on a connection that it has used before.
    server.inject('receive-pack', { do: 'serve and drop' });
    server.inject('receive-pack', { do: 'serve and drop' });
    expect((await update(url(), { login: BASIC })).map(outcomeOf)).toEqual(['pushed']);
    expect(logOf(remote, 'main')).toHaveLength(2);
    expect(world.operations).toEqual(['fetch', 'push']);
  });

  it('says unreachable when the connection breaks before the push arrives', async () => {
    server.inject('receive-pack', { do: 'drop' });
    server.inject('receive-pack', { do: 'drop' });
    expect(errorOf(await update(url(), { login: BASIC }))).toMatchObject({
      code: 'git-unreachable',
      retryable: true,
    });
    expect(logOf(remote, 'main')).toHaveLength(1);
  });

  it.each([503, 429])('says unreachable on status %i', async (status) => {
    server.inject('refs for fetch', { do: 'answer', status });
    expect(errorOf(await update(url(), { login: BASIC }))).toMatchObject({
      code: 'git-unreachable',
      retryable: true,
    });
  });

  it('says denied when there is no such remote, as forges say when it may not be seen', async () => {
    const error = errorOf(await update(`${server.url}/other.git`, { login: BASIC }));
    expect(error).toMatchObject({
      code: 'git-denied',
      hint: 'there is no such remote, or this login may not see it',
    });
  });

  it('says that the branch is missing when it goes between listing and fetching', async () => {
    server.inject('upload-pack', { do: 'call', call: () => undefined });
    server.inject('upload-pack', { do: 'call', call: () => deleteBranch(remote, 'main') });
    expect(errorOf(await update(url(), { login: BASIC }))?.code).toBe('git-branch-missing');
    expect(branchesOf(remote)).toEqual([]);
  });

  it('ends with a timeout when the remote does not answer', async () => {
    server.inject('refs for fetch', { do: 'hang' });
    const error = errorOf(await update(url(), { login: BASIC, options: { timeout: 500 } }));
    expect(error).toMatchObject({ code: 'git-timeout', retryable: true });
  });

  it('asks the remote once for fifty commits: one upload, one receive', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `apps/${index}.yaml`);
    commitTo(remote, 'main', Object.fromEntries(names.map((name) => [name, 'tag: 1.0\n'])));
    const session = world.writer({ login: BASIC }).open();
    const place = aPlaceAt(url());
    await session.read(
      place,
      names.map((name) => ({ candidates: [name] })),
      LASTING,
    );
    const commits = names.map((name) => aCommit(name, aFile(name, { from: '1.0', to: '1.1' })));
    const results = await session.apply(aSet(place, ...commits), LASTING);
    await session.close();
    expect(new Set(results.map(outcomeOf))).toEqual(new Set(['pushed']));
    expect(world.operations).toEqual(['fetch', 'push']);
    expect(server.counts['receive-pack']).toBe(1);
    expect(server.counts['refs for push']).toBe(1);
    // Listing (read), fetch, listing (apply): each asks for the references once.
    expect(server.counts['refs for fetch']).toBe(3);
  });
});

describe('over https', () => {
  let http: GitHttpServer;
  let tls: Server;
  let caFile: string;
  beforeEach(async () => {
    http = await startGitHttpServer({ root: world.root, login: LOGIN });
    caFile = makeCertificate(world.root);
    const { port, hostname } = new URL(http.url);
    tls = createServer(
      { key: readFileSync(join(world.root, 'key.pem')), cert: readFileSync(caFile) },
      (socket) => {
        const inner = connect(Number(port), hostname);
        socket.pipe(inner).pipe(socket);
        for (const end of [socket, inner]) end.on('error', () => end.destroy());
      },
    );
    tls.listen(0, '127.0.0.1');
    await once(tls, 'listening');
  });
  afterEach(async () => {
    tls.close();
    await http.stop();
  });

  function url(): string {
    return `https://localhost:${(tls.address() as AddressInfo).port}/deploy.git`;
  }

  it('trusts the authority that is named for the remote', async () => {
    const remote = world.remote();
    expect((await update(url(), { login: { ...BASIC, caFile } })).map(outcomeOf)).toEqual(['pushed']);
    expect(readAt(remote, 'main', 'app.yaml')).toBe('tag: "1.1"\n');
  });

  it('trusts what SSL_CERT_FILE names', async () => {
    const remote = world.remote();
    const env = { PATH: process.env['PATH'], SSL_CERT_FILE: caFile };
    expect((await update(url(), { login: BASIC, options: { env } })).map(outcomeOf)).toEqual(['pushed']);
    expect(readAt(remote, 'main', 'app.yaml')).toBe('tag: "1.1"\n');
  });

  it('says of a certificate for another name that it is one', async () => {
    world.remote();
    const other = url().replace('localhost', '127.0.0.1');
    const error = errorOf(await update(other, { login: { ...BASIC, caFile } }));
    expect(error).toMatchObject({ code: 'git-unreachable', retryable: false });
    expect(error?.hint).toContain('the certificate is not for 127.0.0.1');
    expect(http.requests).toEqual([]);
  });

  it('sends no login where it trusts nobody, and says what to do', async () => {
    world.remote();
    const error = errorOf(await update(url(), { login: BASIC }));
    expect(error).toMatchObject({
      code: 'git-unreachable',
      retryable: false,
      hint: expect.stringContaining('caFile'),
    });
    expect(http.requests).toEqual([]);
  });
});

function makeCertificate(folder: string): string {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const options = [
    '-nodes',
    '-days',
    '1',
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost',
  ];
  const made = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-keyout',
    key,
    '-out',
    cert,
  ];
  const { status, stderr } = spawnSync('openssl', [...made, ...options]);
  if (status !== 0) throw new Error(`openssl ended with ${status}: ${stderr.toString()}`);
  return cert;
}

/** A hook that moves the branch and then refuses, once: what a server does that compares the old value itself. */
function movingHook(words: string): string {
  return [
    'if [ -e moved ]; then exit 0; fi',
    'touch moved',
    'unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES',
    'commit=$(git -c user.name=H -c user.email=h@h commit-tree -p main -m hand "main^{tree}")',
    'git update-ref refs/heads/main "$commit"',
    `echo "${words}" >&2`,
    'exit 1',
  ].join('\n');
}

describe('over ssh', () => {
  let server: GitSshServer;
  beforeAll(async () => {
    server = await startGitSshServer();
  });
  afterAll(() => server.stop());

  function login(changes: Partial<Extract<GitLogin, { kind: 'ssh' }>> = {}): GitLogin {
    return {
      kind: 'ssh',
      privateKeyFile: server.privateKeyFile,
      knownHostsFile: server.knownHostsFile,
      ...changes,
    };
  }

  it('logs in with a key and checks the host key', async () => {
    const remote = world.remote();
    expect((await update(server.urlOf(remote), { login: login() })).map(outcomeOf)).toEqual(['pushed']);
    expect(readAt(remote, 'main', 'app.yaml')).toBe('tag: "1.1"\n');
  });

  it.each([
    ['another key', (): string => server.wrongKnownHostsFile],
    ['a key that nobody knows', (): string => '/dev/null'],
  ])('does not talk to a host with %s, and says which it shows', async (_what, knownHostsFile) => {
    const remote = world.remote();
    const head = headOf(remote, 'main');
    const wrong = login({ knownHostsFile: knownHostsFile() });
    const listed = spawnSync('ssh-keygen', ['-l', '-f', server.knownHostsFile], { encoding: 'utf8' });
    const [, fingerprint = 'none'] = listed.stdout.split(' ');
    expect(fingerprint).toMatch(/^SHA256:/);
    const error = errorOf(await update(server.urlOf(remote), { login: wrong }));
    expect(error).toMatchObject({ code: 'git-unreachable', retryable: false });
    expect(error?.message).toContain(fingerprint);
    expect(error?.hint).toContain('known_hosts');
    expect(headOf(remote, 'main')).toBe(head);
  });

  it('says denied when the host does not take the key', async () => {
    const stranger = login({ privateKeyFile: server.strangerKeyFile });
    const error = errorOf(await update(server.urlOf(world.remote()), { login: stranger }));
    expect(error?.code).toBe('git-denied');
    expect(error?.message).toContain('with an SSH key');
  });

  it('says unreachable when nobody listens', async () => {
    const remote = 'ssh://git@127.0.0.1:1/deploy.git';
    expect(errorOf(await update(remote, { login: login() }))?.code).toBe('git-unreachable');
  });
});

describe('other remotes', () => {
  it('takes a file URL and a relative path', async () => {
    const remote = world.remote();
    expect((await update(`file://${remote}`)).map(outcomeOf)).toEqual(['pushed']);
    const session = world.writer().open();
    const relative = `./${'../'.repeat(process.cwd().split('/').length)}${remote.slice(1)}`;
    const states = await session.read(aPlaceAt(relative), [{ candidates: ['app.yaml'] }], LASTING);
    await session.close();
    expect(states).toMatchObject([{ text: 'tag: "1.1"\n' }]);
  });

  it.each([
    ['http://127.0.0.1:1/x.git', 'git-unreachable'],
    ['http://name.invalid/x.git', 'git-unreachable'],
    ['/nonexistent/x.git', 'git-unreachable'],
  ])('answers %j with %s', async (remote, code) => {
    const error = errorOf(await update(remote));
    expect(error?.code).toBe(code);
  });
});
