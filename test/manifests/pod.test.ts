import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CONFIG_FILE_SETTING, defaultTextOf, SETTINGS } from '../../src/settings/settings.ts';
import { PEER_OPTIONS } from '../../src/settings/peer-options.ts';
import { createHealth, healthRoutes } from '../../src/server/health.ts';
import { USUAL_CA_FOLDER } from '../../src/registries/authorities.ts';
import { load } from '../config/given.ts';
import { configured } from './configured.ts';
import {
  AWS_SECRET_KEYS,
  OUR_CONFIG_KEYS,
  OUR_SECRET_KEYS,
  THEIR_CONFIG_KEYS,
  THEIR_SECRET_KEYS,
  type ConfigKey,
} from './config-keys.ts';
import {
  INSTALLATIONS,
  installation,
  workloadOf,
  type Container,
  type FileRef,
  type KeyRef,
  type Volume,
} from './rendered.ts';

const SOURCE = fileURLToPath(new URL('../../src/', import.meta.url));

/** All of our code, to see whether a name is looked at anywhere. */
const CODE = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(join(SOURCE, path), 'utf8'))
  .join('\n');

const SECRETS = ['argocd-image-updater-secret', 'aws-ecr-credentials'];

/** A credential that nothing is done with: the pod does not get it. */
const UNUSED_TOKEN = 'ARGOCD_TOKEN';

/** Whether anything comes of a variable: a setting, or a line that says what is done instead. */
function isLookedAt(name: string): boolean {
  if (name === UNUSED_TOKEN) return false;
  if (isUsualPlace(name)) return true;
  return [...SETTINGS, ...PEER_OPTIONS].some(({ env }) => env === name);
}

/** Whether a secret is looked for there unless the configuration says another place. */
function isUsualPlace(name: string): boolean {
  return SETTINGS.some(({ path }) => defaultTextOf(path) === `env:${name}`);
}

/** The objects that a volume has its files from. */
function filesOf({ configMap, secret, projected }: Volume): readonly FileRef[] {
  const parts = projected?.sources.flatMap((one) => one.configMap ?? one.secret ?? []) ?? [];
  return [
    ...(configMap === undefined ? [] : [configMap]),
    ...(secret === undefined ? [] : [secret]),
    ...parts,
  ];
}

function variablesFrom(
  container: Container,
  kind: 'configMapKeyRef' | 'secretKeyRef',
): readonly (ConfigKey & KeyRef)[] {
  return container.env.flatMap(({ name: becomes, valueFrom }) => {
    const ref = valueFrom?.[kind];
    return ref === undefined ? [] : [{ ...ref, becomes }];
  });
}

describe.each(Object.keys(INSTALLATIONS))('the pod of the installation %s', (name) => {
  const { pod, container } = workloadOf(installation(name));

  // Pod Security Standards, profile "restricted".
  test('is allowed where pods are restricted', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const key of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers', 'ephemeralContainers'])
      expect(pod).not.toHaveProperty(key);
    for (const { name: volume, ...source } of pod.volumes)
      expect(['configMap', 'secret', 'projected', 'emptyDir'], volume).toEqual(
        expect.arrayContaining(Object.keys(source)),
      );
    expect(pod.containers).toHaveLength(1);
  });

  test('is given options that the command takes', async () => {
    const { exitCode, stderr, config } = await configured(container, {});
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const parts = INSTALLATIONS[name] ?? [];
    const gitOnly = parts.includes('components/git-only');
    expect(config?.applications.namespaces.kind).toBe(
      parts.includes('components/cluster-wide') ? 'all' : 'own',
    );
    expect(config?.writeBack.method).toBe(gitOnly ? 'git' : 'argocd');
    expect(config?.webhooks).toMatchObject({
      enabled: parts.includes('components/webhook'),
      tls: !parts.some((part) => /webhook-(?:ingress|route)$/.test(part)),
    });
    expect(config?.server).toMatchObject({
      statusPort: parts.includes('components/status') ? 8083 : 0,
      statusAccess: parts.includes('components/status-token') ? 'token' : 'open',
    });
    expect(config?.cluster).toMatchObject({
      leaderElection: true,
      events: true,
      // Both are patches of Applications.
      refreshAfterPush: !gitOnly,
    });
  });
});

test('the pods of a sharded installation have all shards, each one of its own', async () => {
  const { workload, container } = workloadOf(installation('sharded'));
  const { replicas, ordinals } = workload.spec;
  const pods = Array.from({ length: replicas }, (_, index) => index + (ordinals?.start ?? 0));
  const ran = await Promise.all(pods.map((index) => configured(container, {}, index)));
  expect(ran.map(({ stderr }) => stderr)).toEqual(pods.map(() => ''));
  const shards = ran.map(({ config }) => config?.cluster.shard);
  expect(new Set(shards.map((shard) => shard?.index)).size).toBe(replicas);
  expect(new Set(shards.map((shard) => shard?.count))).toEqual(new Set([replicas]));
});

describe('the container', () => {
  const { pod, container } = workloadOf(installation('base'));

  test('is asked where it answers', () => {
    const { healthPort, metricsPort } = load({}).server;
    expect(container.ports).toEqual([
      { name: 'health', containerPort: healthPort },
      { name: 'metrics', containerPort: metricsPort },
    ]);
    const routes = healthRoutes(
      createHealth({ now: () => 0 }, { staleAfter: 1, readyAfterFirstCycle: false }),
    );
    for (const { httpGet } of [container.livenessProbe, container.readinessProbe]) {
      expect(httpGet.port).toBe('health');
      expect(Object.keys(routes)).toContain(httpGet.path);
    }
    expect(container.livenessProbe.httpGet.path).toBe('/healthz');
  });

  test('needs no configuration to start', () => {
    const refs = [
      ...variablesFrom(container, 'configMapKeyRef'),
      ...variablesFrom(container, 'secretKeyRef'),
    ];
    const files = pod.volumes.flatMap(filesOf);
    expect([...refs, ...files].filter(({ optional }) => optional !== true)).toEqual([]);
    expect(refs.length + files.length).toBeGreaterThan(15);
  });

  test.each([
    ['argocd-image-updater-config', 'configMapKeyRef', THEIR_CONFIG_KEYS, OUR_CONFIG_KEYS],
    ['argocd-image-updater-secret', 'secretKeyRef', THEIR_SECRET_KEYS, OUR_SECRET_KEYS],
    ['aws-ecr-credentials', 'secretKeyRef', [], AWS_SECRET_KEYS],
  ] as const)('takes every key of %s that something comes of, and no other', (object, kind, theirs, ours) => {
    const all = variablesFrom(container, kind);
    expect(new Set(all.map(({ name }) => name))).toEqual(
      new Set(kind === 'secretKeyRef' ? SECRETS : ['argocd-image-updater-config']),
    );
    const found = all.filter((from) => from.name === object);
    const wanted = [...theirs.filter(({ becomes }) => isLookedAt(becomes)), ...ours].filter(
      ({ becomes }) => !becomes.startsWith('/'),
    );
    const pairs = (keys: readonly ConfigKey[]): readonly string[] =>
      keys.map(({ key, becomes }) => `${key} -> ${becomes}`).toSorted();
    expect(pairs(found)).toEqual(pairs(wanted));
  });

  test('sets no variable that nobody reads', () => {
    // Libraries and programs that ask for a login at Amazon read these.
    const unread = container.env.filter(
      ({ name }) => !name.startsWith('AWS_') && !isLookedAt(name) && !CODE.includes(`'${name}'`),
    );
    expect(unread).toEqual([]);
  });

  test('wires every setting that has a variable', () => {
    const wired = container.env.map(({ name }) => name);
    expect(SETTINGS.flatMap(({ env }) => env ?? []).filter((name) => !wired.includes(name))).toEqual([]);
  });

  test('is configured by the ConfigMap of an existing installation', async () => {
    const { exitCode, stderr, config } = await configured(container, {
      applications_api: 'kubernetes',
      'argocd.namespace': 'cd',
      'watch.namespaces': 'team-a, team-b',
      interval: '5m',
      'log.level': 'DEBUG',
      'log.format': 'json',
      'kube.events': 'true',
      max_concurrent_apps: '5',
      'git.user': 'bot',
      'git.email': 'bot@example.com',
      'git.commit-sign-off': 'false',
      'webhook.enable': 'false',
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(config).toMatchObject({
      applications: { argocdNamespace: 'cd', namespaces: { names: ['team-a', 'team-b'] }, concurrency: 5 },
      schedule: { every: 300_000 },
      log: { level: 'debug', format: 'json' },
      cluster: { events: false },
      git: { author: { name: 'bot', email: 'bot@example.com' } },
    });
  });

  test('signs commits as the ConfigMap of an existing installation says', async () => {
    const { exitCode, stderr, config } = await configured(container, {
      'git.commit-signing-key': '/app/ssh-keys/id_rsa',
      'git.commit-signing-method': 'ssh',
      'git.commit-sign-off': 'true',
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(config?.git).toMatchObject({
      signing: { method: 'ssh', key: '/app/ssh-keys/id_rsa' },
      signOff: true,
    });
  });

  test('has a keyring that only the process itself needs to write', () => {
    // gpg works in a copy below git.cacheDirectory; the sockets of its agent need a short path.
    expect(container.volumeMounts.some(({ mountPath }) => mountPath === '/tmp')).toBe(true);
    expect(defaultTextOf('git.cacheDirectory').startsWith('/tmp/')).toBe(true);
  });

  test('finds its files where it looks for them', () => {
    const files = new Map(
      pod.volumes.flatMap((volume) => {
        const mount = container.volumeMounts.find(({ name }) => name === volume.name)?.mountPath ?? 'nowhere';
        const items = filesOf(volume).flatMap((one) => one.items ?? []);
        return items.map(({ key, path }) => [`${mount}/${path}`, key] as const);
      }),
    );
    expect(Object.fromEntries(files)).toEqual({
      [CONFIG_FILE_SETTING.default]: 'lynceus.yaml',
      [defaultTextOf('registriesFile')]: 'registries.conf',
      [defaultTextOf('git.messageTemplateFile')]: 'git.commit-message-template',
      [defaultTextOf('server.tls.certFile')]: 'tls.crt',
      [defaultTextOf('server.tls.keyFile')]: 'tls.key',
      '/app/ssh-keys/id_rsa': 'sshPrivateKey',
    });
    const keyOf = (path: string): string | undefined =>
      [...THEIR_CONFIG_KEYS, ...OUR_CONFIG_KEYS].find(({ becomes }) => becomes === path)?.key;
    for (const [path, key] of files) if (/^\/app\/config\/[^/]+$/.test(path)) expect(keyOf(path)).toBe(key);
  });

  test('finds the certificates of Argo CD where those of registries are looked for, and beside them only its own', () => {
    const mounts = container.volumeMounts.filter(({ mountPath }) =>
      `${mountPath}/`.startsWith(`${USUAL_CA_FOLDER}/`),
    );
    expect(mounts.map(({ mountPath }) => mountPath)).toEqual([USUAL_CA_FOLDER]);
    const volume = pod.volumes.find(({ name }) => name === mounts[0]?.name);
    const [authorities, own, ...others] = volume?.projected?.sources ?? [];
    expect(authorities).toEqual({ configMap: { name: 'argocd-tls-certs-cm', optional: true } });
    expect(own?.secret).toMatchObject({ name: 'argocd-image-updater-tls', optional: true });
    expect(own?.secret?.items?.map(({ path }) => path)).toEqual(['tls.crt', 'tls.key']);
    expect(others).toEqual([]);
  });

  test('knows the host keys of Argo CD', () => {
    const file = container.env.find(({ name }) => name === 'GIT_SSH_KNOWN_HOSTS_FILE')?.value ?? '';
    const mount = container.volumeMounts.find(({ mountPath }) => file === `${mountPath}/ssh_known_hosts`);
    const volume = pod.volumes.find(({ name }) => name === mount?.name);
    expect(volume?.configMap?.name).toBe('argocd-ssh-known-hosts-cm');
  });

  test('has keys that only the container can read', () => {
    const modes = pod.volumes.flatMap(({ secret, projected }) => secret ?? projected ?? []);
    expect(modes.map(({ defaultMode }) => defaultMode?.toString(8))).toEqual(['440', '440']);
    expect(pod.securityContext).toMatchObject({ fsGroup: 1000 });
  });

  test('may write where clones are kept, up to a limit, and nowhere else', () => {
    const writable = container.volumeMounts.filter(({ readOnly }) => readOnly !== true);
    expect(writable.map(({ mountPath }) => mountPath)).toEqual(['/tmp']);
    expect(defaultTextOf('git.cacheDirectory').startsWith('/tmp/')).toBe(true);
    const cache = container.env.find((variable) => variable.name === 'LYNCEUS_CACHE_FILE')?.value;
    expect(cache).toMatch(/^\/tmp\/[^/]+$/);
    expect(pod.volumes.find(({ name }) => name === 'tmp')?.emptyDir?.sizeLimit).toMatch(/^\d+Gi$/);
  });

  test('follows changes of what is mounted', () => {
    // A file mounted by subPath stays what it was when the pod began.
    expect(container.volumeMounts.filter(({ subPath }) => subPath !== undefined)).toEqual([]);
  });

  test('has a token for the API server, time to end well, and a limit for its memory', () => {
    expect(pod.automountServiceAccountToken).toBe(true);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(10);
    expect(Object.keys(container.resources.requests).toSorted()).toEqual(['cpu', 'memory']);
    expect(Object.keys(container.resources.limits)).toEqual(['memory']);
  });
});
