import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createKubeClient, type KubeClientOptions } from '../../src/kube/create-kube-client.ts';
import { APPLICATIONS } from '../../src/kube/kube-client.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { connect, createFolder, FOREVER, startServer } from './stand-in.ts';

const PAGE = [{ resource: APPLICATIONS, namespace: 'argocd' }, { limit: 1, next: '' }, FOREVER] as const;
const TOKEN = 'token-of-the-stand-in';

function create(options: Partial<KubeClientOptions>): ReturnType<typeof createKubeClient> {
  return createKubeClient({ env: {}, userAgent: 'lynceus/test', clock: createVirtualClock(), ...options });
}

/** A kubeconfig for a server, with this user. */
function write(path: string, { url, user }: { readonly url: string; readonly user: object }): string {
  const kubeconfig = {
    clusters: [{ name: 'c', cluster: { server: url } }],
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'here', context: { cluster: 'c', user: 'u', namespace: 'team' } },
      { name: 'bare', context: { cluster: 'c', user: 'u' } },
    ],
    'current-context': 'here',
  };
  writeFileSync(path, JSON.stringify(kubeconfig));
  return path;
}

/** A credential plugin that answers with what is in a file. */
function plugin(folder: string, script: string): object {
  const path = join(folder, 'plugin.sh');
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: path, args: [] } };
}

describe('the login of a pod', () => {
  test('is its service account, over TLS with its own authority', async () => {
    const server = await startServer({ tls: true });
    const folder = createFolder();
    const kube = await create({
      serviceAccountFolder: folder,
      env: server.serviceAccount(folder, 'lookout'),
    });

    expect(kube.namespace).toBe('lookout');
    await kube.list(...PAGE);
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'user-agent': 'lynceus/test',
    });
    kube.close();
  });

  test('is read again when the token was exchanged', async () => {
    const server = await startServer({ tls: true });
    const folder = createFolder();
    const kube = await create({ serviceAccountFolder: folder, env: server.serviceAccount(folder) });
    await kube.list(...PAGE);
    server.rotateToken('the-next-token');
    server.serviceAccount(folder);
    await kube.list(...PAGE);
    await kube.create(APPLICATIONS, { namespace: 'argocd', body: { metadata: { name: 'a' } } }, FOREVER);

    expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual([
      `Bearer ${TOKEN}`,
      'Bearer the-next-token',
      'Bearer the-next-token',
    ]);
    kube.close();
  });

  test('that is no longer known is kube-denied, and no token is in the message', async () => {
    const server = await startServer({ tls: true });
    const folder = createFolder();
    const kube = await create({ serviceAccountFolder: folder, env: server.serviceAccount(folder) });
    server.rotateToken('the-next-token');

    const error = await kube.list(...PAGE).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'kube-denied',
      hint: expect.stringContaining('service account') as string,
    });
    expect(JSON.stringify(error) + String(error)).not.toContain(TOKEN);
    expect(server.requests).toHaveLength(2);
    kube.close();
  });

  test('without a token says how to get one', async () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

    await expect(create({ env, serviceAccountFolder: createFolder() })).rejects.toMatchObject({
      code: 'config-invalid',
      hint: expect.stringContaining('automountServiceAccountToken') as string,
    });
  });

  test('does not trust another authority', async () => {
    const server = await startServer({ tls: true });
    const folder = createFolder();
    const env = server.serviceAccount(folder);
    writeFileSync(join(folder, 'ca.crt'), '');
    const kube = await create({ serviceAccountFolder: folder, env });

    await expect(kube.list(...PAGE)).rejects.toMatchObject({
      code: 'kube-unreachable',
      retryable: false,
      hint: expect.stringContaining('ca.crt') as string,
    });
    expect(server.requests).toEqual([]);
  });
});

describe('the login of a kubeconfig', () => {
  test.each<[string, (folder: string) => object]>([
    ['a token', () => ({ token: TOKEN })],
    [
      'a token file beside it',
      (folder) => (writeFileSync(join(folder, 'token'), `${TOKEN}\n`), { tokenFile: 'token' }),
    ],
    ['a credential plugin', (folder) => plugin(folder, `echo '{"status":{"token":"${TOKEN}"}}'`)],
  ])('is %s', async (_, user) => {
    const server = await startServer();
    const folder = createFolder();
    const kube = await create({
      kubeconfig: write(join(folder, 'config'), { url: server.url, user: user(folder) }),
    });

    await kube.list(...PAGE);
    expect(server.requests).toHaveLength(1);
    kube.close();
  });

  test('of a plugin is asked for again when it is no longer taken', async () => {
    const server = await startServer();
    const folder = createFolder();
    const answer = (token: string): void =>
      writeFileSync(
        join(folder, 'answer'),
        JSON.stringify({ status: { token, expirationTimestamp: '2999-01-01T00:00:00Z' } }),
      );
    answer(TOKEN);
    const user = plugin(folder, `cat ${folder}/answer`);
    const kube = await create({ kubeconfig: write(join(folder, 'config'), { url: server.url, user }) });
    await kube.list(...PAGE);
    server.rotateToken('next');
    answer('next');

    await kube.list(...PAGE);
    expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual([
      `Bearer ${TOKEN}`,
      `Bearer ${TOKEN}`,
      'Bearer next',
    ]);
    kube.close();
  });

  test.each([
    ['fails', 'echo the-secret >&2; exit 3', 'its credential plugin failed'],
    ['answers nonsense', 'echo the-secret', 'its credential plugin failed'],
  ])('of a plugin that %s is credentials-failed, without what it printed', async (_, script, reason) => {
    const server = await startServer();
    const folder = createFolder();
    const user = plugin(folder, script);
    const kube = await create({ kubeconfig: write(join(folder, 'config'), { url: server.url, user }) });

    await expect(kube.list(...PAGE)).rejects.toMatchObject({
      code: 'credentials-failed',
      message: `cannot log in to the cluster with the kubeconfig: ${reason}`,
    });
  });

  test('of a plugin that is not installed says its name', async () => {
    const server = await startServer();
    const folder = createFolder();
    const user = {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: '/nowhere/aws-login', args: [] },
    };
    const kube = await create({ kubeconfig: write(join(folder, 'config'), { url: server.url, user }) });

    await expect(kube.list(...PAGE)).rejects.toMatchObject({
      code: 'credentials-failed',
      message: expect.stringContaining('ENOENT /nowhere/aws-login') as string,
    });
  });

  test.each([
    ['of its context', undefined, {}, 'team'],
    ['of the context that was asked for', 'bare', {}, 'default'],
    ['that the pod was given', undefined, { POD_NAMESPACE: 'lookout' }, 'lookout'],
  ])('has the namespace %s', async (_, context, env, namespace) => {
    const kubeconfig = write(join(createFolder(), 'config'), { url: 'https://127.0.0.1:1', user: {} });
    const kube = await create({ kubeconfig, env, ...(context === undefined ? {} : { context }) });

    expect(kube.namespace).toBe(namespace);
  });

  test('is found in KUBECONFIG, the first file with a name winning and missing files passed over', async () => {
    const server = await startServer();
    const folder = createFolder();
    const first = write(join(folder, 'first'), { url: server.url, user: { token: TOKEN } });
    const second = write(join(folder, 'second'), { url: 'https://127.0.0.1:1', user: {} });
    const kube = await create({ env: { KUBECONFIG: [join(folder, 'none'), first, second].join(':') } });

    await kube.list(...PAGE);
    expect(server.requests).toHaveLength(1);
    kube.close();
  });

  test('is found in the home folder', async () => {
    const folder = createFolder();
    mkdirSync(join(folder, '.kube'));
    write(join(folder, '.kube', 'config'), { url: 'https://127.0.0.1:1', user: {} });

    expect((await create({ env: { HOME: folder } })).namespace).toBe('team');
  });

  test('is trimmed of no path: a server behind a prefix is asked there', async () => {
    const server = await startServer();
    const kubeconfig = write(join(createFolder(), 'config'), {
      url: `${server.url}/k8s/clusters/c-1/`,
      user: { token: TOKEN },
    });
    const kube = await create({ kubeconfig });

    await expect(kube.list(...PAGE)).rejects.toMatchObject({ code: 'kube-not-found' });
    expect(server.requests).toEqual([]);
    kube.close();
  });
});

describe('without a login', () => {
  test('both ways out are named', async () => {
    await expect(create({ env: { HOME: createFolder() } })).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('no Kubernetes cluster is in reach') as string,
      hint: 'name a kubeconfig with --kubeconfig or KUBECONFIG, or read Applications from files with --applications PATH',
    });
  });

  test.each([
    ['is not there', undefined, 'there is no kubeconfig'],
    ['is no YAML', 'users:\n- user: {token: the-secret\n', 'it is not YAML'],
    ['is something else', 'the-secret', 'no cluster is named'],
    ['is nothing', '', 'it is not a kubeconfig'],
    ['has a user without a name', 'users: [{user: {token: the-secret}}]', 'users[0].name is missing'],
    ['names no cluster', '{}', 'no cluster is named'],
    [
      'has no such context',
      '{clusters: [{name: c, cluster: {server: "https://x"}}], contexts: [{name: a, context: {cluster: c}}], current-context: b}',
      'there is no context b in the kubeconfig, which has: a',
    ],
    [
      'has a context whose cluster is missing',
      '{clusters: [{name: c, cluster: {server: "https://x"}}], contexts: [{name: a, context: {cluster: d}}], current-context: a}',
      'the context a needs a cluster',
    ],
    [
      'has a context whose user is missing',
      '{clusters: [{name: c, cluster: {server: "https://x"}}], contexts: [{name: a, context: {cluster: c, user: u}}], current-context: a}',
      'the context a needs the user u',
    ],
    [
      'names a server that is no URL',
      '{clusters: [{name: c, cluster: {server: "x"}}], contexts: [{name: a, context: {cluster: c}}], current-context: a}',
      'http:// or https:// server',
    ],
  ])('a kubeconfig that %s is config-invalid', async (_, text, message) => {
    const kubeconfig = join(createFolder(), 'config');
    if (text !== undefined) writeFileSync(kubeconfig, text);

    const error = await create({ kubeconfig }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining(message) as string,
    });
    expect(String(error)).not.toContain('the-secret');
  });

  test('requests are refused, and why', async () => {
    const server = await startServer();
    const kubeconfig = write(join(createFolder(), 'config'), { url: server.url, user: {} });

    await expect((await connect(server, { kubeconfig })).list(...PAGE)).rejects.toMatchObject({
      code: 'kube-denied',
    });
  });
});
