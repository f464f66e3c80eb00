import { describe, expect, test } from 'vitest';
import { createArgocdRepositories } from '../../src/credentials/argocd-repositories.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';
import { SECRETS } from '../../src/kube/kube-client.ts';
import type { KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { connect, FOREVER, startServer } from '../kube/stand-in.ts';
import { aSecret, anArgocdSecret } from './a-secret.ts';

const REMOTE = 'https://git.example/acme/deploy.git';
const SSH = 'git@git.example:acme/deploy.git';

type Fields = Readonly<Record<string, string>>;

const TYPES: Readonly<Record<string, Parameters<typeof anArgocdSecret>[0]>> = {
  r: 'repository',
  c: 'repo-creds',
  rw: 'repository-write',
  cw: 'repo-write-creds',
};

/** Secrets as `r:name` (repository) and `c:name` (credential template), those for writing as `rw:name` and `cw:name`. */
type Given = Readonly<Record<string, Fields>>;

async function setUp(given: Given, server?: KubeStandIn) {
  const standIn = server ?? (await startServer());
  for (const [name, fields] of Object.entries(given)) {
    const type = TYPES[name.slice(0, name.indexOf(':'))] ?? 'repository';
    standIn.objects.put(SECRETS, anArgocdSecret(type, name.slice(name.indexOf(':') + 1), fields));
  }
  const clock = createVirtualClock();
  const repositories = createArgocdRepositories({
    kube: await connect(standIn),
    argocdNamespace: 'argocd',
    clock,
  });
  const find = (remote: string, project?: string) =>
    repositories.find(parseGitRemote(remote), project, FOREVER);
  const describeUnfit = (remote: string, project?: string) =>
    repositories.describeUnfit(parseGitRemote(remote), project, FOREVER);
  return { server: standIn, clock, find, describeUnfit };
}

function login(url: string, password: string, more: Fields = {}): Fields {
  return { url, username: 'u', password, ...more };
}

interface Row {
  readonly what: string;
  readonly given: Given;
  readonly remote?: string;
  readonly project?: string;
  /** Password that is found. */
  readonly found: string | undefined;
}

// prettier-ignore
const ROWS: readonly Row[] = [
  { what: 'nothing', given: {}, found: undefined },
  { what: 'the same URL', given: { 'r:a': login(REMOTE, 'p') }, found: 'p' },
  { what: 'the URL in other letters and without .git', given: { 'r:a': login(' https://GIT.example/Acme/Deploy/ \n', 'p') }, found: 'p' },
  { what: 'the URL with the usual port', given: { 'r:a': login('https://git.example:443/acme/deploy', 'p') }, found: 'p' },
  { what: 'another port', given: { 'r:a': login('https://git.example:8443/acme/deploy', 'p') }, found: undefined },
  { what: 'the scp form for ssh://', given: { 'r:a': login('ssh://git@git.example/acme/deploy', 'p') }, remote: SSH, found: 'p' },
  { what: 'ssh for https', given: { 'r:a': login(SSH, 'p') }, found: undefined },
  { what: 'a part of the URL, for a repository', given: { 'r:a': login('https://git.example/acme', 'p') }, found: undefined },
  { what: 'a repository of another remote', given: { 'r:a': login('https://git.example/acme/deploy2', 'p') }, found: undefined },
  { what: 'the longest template', given: { 'c:a': login('https://git.example', 'host'), 'c:b': login('https://git.example/acme', 'acme'), 'c:c': login('https://git.example/acme/deploy/x', 'x') }, found: 'acme' },
  { what: 'a template that ends within a name', given: { 'c:a': login('https://git.example/ac', 'p') }, found: undefined },
  { what: 'a template of the project', given: { 'c:a': login('https://git.example', 'p', { project: 'shop' }) }, remote: REMOTE, project: 'shop', found: 'p' },
  { what: 'no template of another project', given: { 'c:a': login('https://git.example/acme', 'p', { project: 'team' }), 'c:b': login('https://git.example', 'q') }, remote: REMOTE, project: 'shop', found: 'q' },
  { what: 'no template to write of another project', given: { 'cw:a': login('https://git.example/acme', 'p', { project: 'team' }) }, remote: REMOTE, project: 'shop', found: undefined },
  { what: 'a template of a host that only begins so', given: { 'c:a': login('https://git.example', 'p') }, remote: 'https://git.example.evil/acme/deploy', found: undefined },
  { what: 'a template in other letters', given: { 'c:a': login('https://git.example/ACME/', 'p') }, found: 'p' },
  { what: 'two templates with one URL: the first by name', given: { 'c:b': login('https://git.example', 'b'), 'c:a': login('https://git.example', 'a') }, found: 'a' },
  { what: 'a repository before a template', given: { 'r:a': login(REMOTE, 'repository'), 'c:t': login('https://git.example/acme', 'template') }, found: 'repository' },
  { what: 'a template for a repository without a login', given: { 'r:a': { url: REMOTE }, 'c:t': login('https://git.example', 'template') }, found: 'template' },
  { what: 'a repository without a login and no template', given: { 'r:a': { url: REMOTE } }, found: undefined },
  { what: 'a Helm repository with this URL', given: { 'r:a': login(REMOTE, 'p', { type: 'helm' }) }, found: undefined },
  { what: 'a Git repository that says so', given: { 'r:a': login(REMOTE, 'p', { type: 'git' }) }, found: 'p' },
  { what: 'neighbours whose URL is none', given: { 'r:a': login('ghcr.io/acme/charts', 'x'), 'r:b': { password: 'x' }, 'r:c': login('https://u:p@git.example/acme/deploy', 'x'), 'r:d': login(REMOTE, 'p') }, found: 'p' },
  { what: 'several of one URL: the one of the project', given: { 'r:a': login(REMOTE, 'all'), 'r:b': login(REMOTE, 'team', { project: 'team' }) }, project: 'team', found: 'team' },
  { what: 'several of one URL: the one of no project', given: { 'r:a': login(REMOTE, 'team', { project: 'team' }), 'r:b': login(REMOTE, 'all') }, found: 'all' },
  { what: 'several of one URL and no project: the first by name', given: { 'r:b': login(REMOTE, 'b'), 'r:a': login(REMOTE, 'a') }, found: 'a' },
  { what: 'the one of the project default', given: { 'r:a': login(REMOTE, 'all'), 'r:b': login(REMOTE, 'd', { project: 'default' }) }, found: 'd' },
  { what: 'one for writing before one for reading', given: { 'r:a': login(REMOTE, 'read'), 'rw:b': login(REMOTE, 'write') }, found: 'write' },
  { what: 'a template for writing before a repository for reading', given: { 'r:a': login(REMOTE, 'read'), 'cw:b': login('https://git.example/acme', 'write') }, found: 'write' },
  { what: 'a repository for writing filled up from a template for writing', given: { 'rw:a': { url: REMOTE }, 'cw:t': login('https://git.example', 'write'), 'c:t2': login('https://git.example/acme', 'read') }, found: 'write' },
  { what: 'one for writing without a login', given: { 'rw:a': { url: REMOTE }, 'r:b': login(REMOTE, 'read') }, found: 'read' },
  { what: 'one for writing of another remote', given: { 'rw:a': login('https://git.example/acme/other', 'write'), 'r:b': login(REMOTE, 'read') }, found: 'read' },
  { what: 'one for writing of another project', given: { 'rw:a': login(REMOTE, 'write', { project: 'team' }), 'r:b': login(REMOTE, 'read') }, project: 'others', found: 'read' },
  { what: 'one for writing of the project', given: { 'rw:a': login(REMOTE, 'all'), 'rw:b': login(REMOTE, 'team', { project: 'team' }) }, project: 'team', found: 'team' },
  { what: 'never that of another project', given: { 'r:a': login(REMOTE, 'team', { project: 'team' }) }, project: 'others', found: undefined },
];

describe("Argo CD's repositories", () => {
  test.each(ROWS)('with $what', async ({ given, remote = REMOTE, project, found }) => {
    const { find } = await setUp(given);

    expect((await find(remote, project))?.fields['password']).toBe(found);
  });

  test.each([
    { given: {}, says: 'Argo CD has no Secret for a Git repository' },
    {
      given: {
        'r:a': login(REMOTE, 'p', { project: 'team' }),
        'r:b': login(SSH, 'p'),
        'c:t': { url: 'https://git.example' },
      },
      says:
        'no Secret of Argo CD fits: the Secret argocd/a is for the project "team", not for "shop"; ' +
        'the Secret argocd/b is for ssh, and the remote is https; the Secret argocd/t holds no login',
    },
    {
      given: {
        'c:t': login('https://git.example/acme-2', 'p'),
        'r:h': login('https://other.example/acme/deploy', 'p'),
      },
      says: 'no Secret of Argo CD fits: the Secret argocd/t is for what lies below git.example/acme-2; 1 for other remotes',
    },
    {
      given: {
        'r:h': login('https://git.example:8443/acme/deploy', 'p'),
        'rw:w': { url: 'https://u:s3cret@git.example/x' },
      },
      says:
        'no Secret of Argo CD fits: the Secret argocd/h is for git.example:8443/acme/deploy; ' +
        'the Secret argocd/w has a url that cannot be used (it holds a password)',
    },
    {
      given: {
        'r:o': login('https://git.example/acme/other', 'p', { project: 'team' }),
        'c:q': login('https://git.example/team', 'p', { project: 'team' }),
        'r:p': login('https://git.example/acme/ours', 'p', { project: 'shop' }),
      },
      says: 'no Secret of Argo CD fits: the Secret argocd/p is for git.example/acme/ours; 2 for other remotes',
    },
    {
      given: { 'r:h': login('https://other.example/x', 'p') },
      says: 'no Secret of Argo CD fits: 1 for other remotes',
    },
  ])('that do not fit are named with the reason: $says', async ({ given, says }) => {
    const { describeUnfit } = await setUp(given);
    expect(await describeUnfit(REMOTE, 'shop')).toBe(says);
  });

  test('that do not fit are named up to a number', async () => {
    const many = Array.from({ length: 300 }, (_, index) => [
      `r:r${index}`,
      login(`https://git.example/acme/${index}`, 'p'),
    ]);
    const { describeUnfit } = await setUp(Object.fromEntries(many) as Given);
    const text = await describeUnfit(REMOTE);
    expect(text.match(/the Secret/g)).toHaveLength(8);
    expect(text).toContain('; 292 for other remotes');
  });

  test('are filled up from a template, and keep what they say themselves', async () => {
    const { find } = await setUp({
      'r:a': { url: REMOTE, username: 'robot', proxy: '' },
      'c:t': login('https://git.example', 'p', { proxy: 'http://proxy:3128' }),
    });

    expect(await find(REMOTE)).toEqual({
      where: 'the Secret argocd/t',
      fields: { url: REMOTE, username: 'robot', password: 'p', proxy: 'http://proxy:3128' },
    });
  });

  test('are the Secrets with the label, in the namespace of Argo CD', async () => {
    const server = await startServer();
    server.objects.put(SECRETS, aSecret('argocd', 'plain', login(REMOTE, 'x')));
    const elsewhere = anArgocdSecret('repository', 'other', login(REMOTE, 'x'));
    server.objects.put(SECRETS, { ...elsewhere, metadata: { ...elsewhere.metadata, namespace: 'team' } });
    const { find } = await setUp({}, server);

    expect(await find(REMOTE)).toBeUndefined();
    expect(server.verbs()).toEqual(new Set(['list secrets']));
  });

  test('are two questions for all remotes of a cycle, over all pages', async () => {
    const many = Array.from({ length: 501 }, (_, index) => `https://git.example/acme/${index}`);
    const { find, server, clock } = await setUp(
      Object.fromEntries(many.map((url, index) => [`r:r${index}`, login(url, `p${index}`)])),
    );
    const found = await Promise.all([...many, REMOTE].map((url) => find(url)));

    expect(found.map((secret) => secret?.fields['password'])).toEqual([
      ...many.map((_, index) => `p${index}`),
      undefined,
    ]);
    expect(server.requests).toHaveLength(3);
    clock.advance(30_000);
    await find(REMOTE);
    expect(server.requests).toHaveLength(6);
  });

  test('that may not be listed are kube-denied', async () => {
    const { find } = await setUp({}, await startServer({ rules: [] }));

    await expect(find(REMOTE)).rejects.toMatchObject({ code: 'kube-denied' });
  });

  test('whose list never ends are an error', async () => {
    const page = { items: [], resourceVersion: '1', next: 'again' };
    const repositories = createArgocdRepositories({
      kube: { list: () => Promise.resolve(page) },
      argocdNamespace: 'argocd',
      clock: createVirtualClock(),
    });

    await expect(repositories.find(parseGitRemote(REMOTE), undefined, FOREVER)).rejects.toMatchObject({
      code: 'kube-failed',
    });
  });
});
