import type { KubeConfig } from '@kubernetes/client-node';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { delimiter, dirname, join, resolve } from 'node:path';
import { errnoOf, isMissing, LynceusError } from '../errors.ts';
import type { EnvironmentVariables } from '../http/proxy.ts';
import { parseUrl } from '../parse-url.ts';

export interface KubeConfigPlace {
  /** Path of a kubeconfig that was asked for. */
  readonly kubeconfig: string | undefined;
  /** Name of the context to use instead of the current one. */
  readonly context: string | undefined;
  readonly env: EnvironmentVariables;
  /** Where a pod finds its service account. */
  readonly serviceAccountFolder: string;
}

/** A cluster and how to log in to it. */
export interface LoadedKubeConfig {
  readonly config: KubeConfig;
  readonly server: URL;
  readonly namespace: string;
}

/**
 * Finds the cluster: the kubeconfig that was asked for, those of KUBECONFIG, the pod's own service account, then
 * `~/.kube/config`; the order of Kubernetes' own clients. Throws `config-invalid` when there is none or it is faulty.
 */
export async function loadKubeConfig(place: KubeConfigPlace): Promise<LoadedKubeConfig> {
  const { kubeconfig, env, context } = place;
  const named = kubeconfig === undefined ? listOf(env['KUBECONFIG']) : [kubeconfig];
  if (named.length > 0)
    return finish(await loadFiles(named, { context, mayMiss: kubeconfig === undefined }), env);
  if (env['KUBERNETES_SERVICE_HOST'] && env['KUBERNETES_SERVICE_PORT']) return loadServiceAccount(place);
  const usual = env['HOME'] ? join(env['HOME'], '.kube', 'config') : undefined;
  if (usual === undefined || (await readIfThere(usual)) === undefined) throw noCluster();
  return finish(await loadFiles([usual], { context, mayMiss: false }), env);
}

function listOf(paths: string | undefined): readonly string[] {
  return (paths ?? '').split(delimiter).filter((path) => path !== '');
}

function noCluster(hint?: string): LynceusError {
  return new LynceusError(
    'config-invalid',
    'no Kubernetes cluster is in reach: this is not a pod, and neither KUBECONFIG nor ~/.kube/config names one',
    {
      hint:
        hint ??
        'name a kubeconfig with --kubeconfig or KUBECONFIG, or read Applications from files with --applications PATH',
    },
  );
}

/** The first file that names something wins, as with kubectl. */
async function loadFiles(
  paths: readonly string[],
  { context, mayMiss }: { readonly context: string | undefined; readonly mayMiss: boolean },
): Promise<KubeConfig> {
  const { KubeConfig: Config } = await import('./client-node.ts');
  const merged = new Config();
  for (const path of paths) {
    const text = await readIfThere(path);
    if (text === undefined && mayMiss) continue;
    if (text === undefined) throw new LynceusError('config-invalid', `there is no kubeconfig ${path}`);
    const one = await readKubeconfig(path, text);
    for (const cluster of one.clusters)
      if (merged.getCluster(cluster.name) === null) merged.addCluster(cluster);
    for (const user of one.users) if (merged.getUser(user.name) === null) merged.addUser(user);
    for (const each of one.contexts) if (merged.getContextObject(each.name) === null) merged.addContext(each);
    if (!merged.currentContext && one.currentContext) merged.setCurrentContext(one.currentContext);
  }
  if (merged.clusters.length === 0)
    throw new LynceusError('config-invalid', `no cluster is named in the kubeconfig ${paths.join(', ')}`);
  if (context !== undefined) merged.setCurrentContext(context);
  return merged;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new LynceusError('config-invalid', `cannot read the kubeconfig ${path}: ${errnoOf(error) ?? ''}`);
  }
}

/** A user as a kubeconfig spells it. */
interface RawUser {
  readonly name?: unknown;
  readonly user?: { readonly token?: unknown; readonly tokenFile?: unknown } | null;
}

async function readKubeconfig(path: string, text: string): Promise<KubeConfig> {
  const { KubeConfig: Config, loadYaml } = await import('./client-node.ts');
  const config = new Config();
  try {
    config.loadFromString(text);
    config.makePathsAbsolute(dirname(resolve(path)));
    const { users } = loadYaml<{ readonly users?: readonly RawUser[] }>(text);
    for (const { name, user } of users ?? []) addTokenFile(config, String(name), { user, path });
  } catch (error) {
    throw new LynceusError('config-invalid', `cannot use the kubeconfig ${path}: ${reasonOf(error)}`);
  }
  return config;
}

/** The library overlooks `tokenFile`. The reader of a service account's token reads this one too, and reads it again when it changes. */
function addTokenFile(
  config: KubeConfig,
  name: string,
  { user, path }: { readonly user: RawUser['user']; readonly path: string },
): void {
  if (typeof user?.tokenFile !== 'string' || user.token) return;
  const tokenFile = resolve(dirname(resolve(path)), user.tokenFile);
  config.users = config.users.map((known) =>
    known.name === name ? { ...known, authProvider: { name: 'tokenFile', config: { tokenFile } } } : known,
  );
}

/** Never the message of the YAML parser: it repeats lines of the file, and there are tokens in it. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'YAMLException') {
    const { reason, mark } = error as Error & { reason?: unknown; mark?: { readonly line?: unknown } };
    return `it is not YAML: ${String(reason)} in line ${Number(mark?.line ?? 0) + 1}`;
  }
  return error instanceof Error && /^(clusters|users|contexts)\[\d+\]\S* is missing$/.test(error.message)
    ? error.message
    : 'it is not a kubeconfig';
}

async function loadServiceAccount({ env, serviceAccountFolder }: KubeConfigPlace): Promise<LoadedKubeConfig> {
  const file = (name: string): string => join(serviceAccountFolder, name);
  if ((await readIfThere(file('token'))) === undefined)
    throw noCluster(
      'the pod seems to have no service account token: set automountServiceAccountToken to true',
    );
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT']}`;
  const namespace = (await readIfThere(file('namespace')))?.trim();
  const { KubeConfig: Config } = await import('./client-node.ts');
  const config = new Config();
  config.loadFromOptions({
    clusters: [{ name: 'pod', server, caFile: file('ca.crt'), skipTLSVerify: false }],
    users: [{ name: 'pod', authProvider: { name: 'tokenFile', config: { tokenFile: file('token') } } }],
    contexts: [{ name: 'pod', cluster: 'pod', user: 'pod', namespace: namespace || undefined }],
    currentContext: 'pod',
  });
  return finish(config, env);
}

function finish(config: KubeConfig, env: EnvironmentVariables): LoadedKubeConfig {
  const context = config.getContextObject(config.getCurrentContext());
  if (context === null) {
    const known = config.contexts.map(({ name }) => name).join(', ') || 'none';
    const wanted = config.getCurrentContext()
      ? `there is no context ${config.getCurrentContext()}`
      : 'no context is current';
    throw new LynceusError('config-invalid', `${wanted} in the kubeconfig, which has: ${known}`);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null || !/^https?:$/.test(parseUrl(cluster.server)?.protocol ?? ''))
    throw new LynceusError(
      'config-invalid',
      `the context ${context.name} needs a cluster with an http:// or https:// server`,
    );
  const user = config.getCurrentUser();
  if (context.user && user === null)
    throw new LynceusError(
      'config-invalid',
      `the context ${context.name} needs the user ${context.user}, which is not there`,
    );
  const server = new URL(cluster.server);
  // Plain HTTP has no certificate to check, but the library needs the setting.
  if (server.protocol === 'http:')
    config.clusters = config.clusters.map((one) =>
      one.name === cluster.name ? { ...one, skipTLSVerify: true } : one,
    );
  return { config, server, namespace: env['POD_NAMESPACE'] || context.namespace || 'default' };
}
