import {
  newClusters,
  newContexts,
  newUsers,
  type Cluster,
  type Context,
  type User,
} from '@kubernetes/client-node/dist/config_types.js';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { delimiter, dirname, join, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { errnoOf, isMissing, LynceusError } from '../errors.ts';
import type { EnvironmentVariables } from '../http/proxy.ts';
import { parseUrl } from '../parse-url.ts';
import { loginOf, withTokenFile, type ApplyLogin } from './kubeconfig-login.ts';

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
  readonly login: ApplyLogin;
  readonly server: URL;
  readonly namespace: string;
}

/** One kubeconfig, or several that were merged. */
interface Kubeconfig {
  readonly clusters: readonly Cluster[];
  readonly users: readonly User[];
  readonly contexts: readonly Context[];
  /** `''` when none is current. */
  readonly currentContext: string;
}

/**
 * Finds the cluster: the kubeconfig that was asked for, those of KUBECONFIG, the pod's own service account, then
 * `~/.kube/config`; the order of Kubernetes' own clients. Throws `config-invalid` when there is none or it is faulty.
 */
export async function loadKubeConfig(place: KubeConfigPlace): Promise<LoadedKubeConfig> {
  const { kubeconfig, env, context } = place;
  const named = kubeconfig === undefined ? listOf(env['KUBECONFIG']) : [kubeconfig];
  if (named.length > 0)
    return await finish(await loadFiles(named, { context, mayMiss: kubeconfig === undefined }), env);
  if (env['KUBERNETES_SERVICE_HOST'] && env['KUBERNETES_SERVICE_PORT'])
    return await loadServiceAccount(place);
  const usual = env['HOME'] ? join(env['HOME'], '.kube', 'config') : undefined;
  if (usual === undefined || (await readIfThere(usual)) === undefined) throw noCluster();
  return await finish(await loadFiles([usual], { context, mayMiss: false }), env);
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
): Promise<Kubeconfig> {
  const read: Kubeconfig[] = [];
  for (const path of paths) {
    const text = await readIfThere(path);
    if (text === undefined && mayMiss) continue;
    if (text === undefined) throw new LynceusError('config-invalid', `there is no kubeconfig ${path}`);
    read.push(readKubeconfig(path, text));
  }
  const clusters = firstOfName(read.flatMap((one) => one.clusters));
  if (clusters.length === 0)
    throw new LynceusError('config-invalid', `no cluster is named in the kubeconfig ${paths.join(', ')}`);
  return {
    clusters,
    users: firstOfName(read.flatMap((one) => one.users)),
    contexts: firstOfName(read.flatMap((one) => one.contexts)),
    currentContext: context ?? read.find((one) => one.currentContext !== '')?.currentContext ?? '',
  };
}

function firstOfName<T extends { readonly name: string }>(all: readonly T[]): readonly T[] {
  return [...new Map([...all].reverse().map((one) => [one.name, one])).values()].reverse();
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new LynceusError('config-invalid', `cannot read the kubeconfig ${path}: ${errnoOf(error) ?? ''}`);
  }
}

/** What the official client leaves aside of a kubeconfig. */
interface RawKubeconfig {
  readonly users?: readonly {
    readonly name?: unknown;
    readonly user?: { readonly tokenFile?: unknown } | null;
  }[];
  readonly 'current-context'?: unknown;
  readonly [key: string]: unknown;
}

function readKubeconfig(path: string, text: string): Kubeconfig {
  const raw = parseYaml(path, text);
  const folder = dirname(resolve(path));
  try {
    return {
      clusters: newClusters(raw['clusters']).map((one) => ({ ...one, ...absolute(folder, one, ['caFile']) })),
      users: newUsers(raw.users).map((one, index) => {
        const user = { ...one, ...absolute(folder, one, ['certFile', 'keyFile']) };
        const tokenFile = raw.users?.[index]?.user?.tokenFile;
        return typeof tokenFile === 'string' && !user.token
          ? withTokenFile(user, resolve(folder, tokenFile))
          : user;
      }),
      contexts: newContexts(raw['contexts']),
      currentContext: typeof raw['current-context'] === 'string' ? raw['current-context'] : '',
    };
  } catch (error) {
    throw unusable(path, reasonOf(error));
  }
}

/** Never the message of the parser: it repeats lines of the file, and there are tokens in it. */
function parseYaml(path: string, text: string): RawKubeconfig {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, merge: true, prettyErrors: false, logLevel: 'silent' });
  const [fault] = document.errors;
  if (fault !== undefined)
    throw unusable(path, `it is not YAML: ${fault.code} in line ${lineCounter.linePos(fault.pos[0]).line}`);
  let value: unknown;
  try {
    value = document.toJS();
  } catch {
    throw unusable(path, 'it is not YAML: its aliases cannot be followed');
  }
  if (value === null || value === undefined) throw unusable(path, 'it is not a kubeconfig');
  return value as RawKubeconfig;
}

/** Paths in a kubeconfig are relative to its folder. */
function absolute<K extends string>(
  folder: string,
  entry: { readonly [P in K]?: string | undefined },
  keys: readonly K[],
): { readonly [P in K]?: string } {
  const paths = keys.flatMap((key) => (entry[key] ? [[key, resolve(folder, entry[key])]] : []));
  return Object.fromEntries(paths) as { readonly [P in K]?: string };
}

function unusable(path: string, reason: string): LynceusError {
  return new LynceusError('config-invalid', `cannot use the kubeconfig ${path}: ${reason}`);
}

function reasonOf(error: unknown): string {
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
  const context = { name: 'pod', cluster: 'pod', user: 'pod', ...(namespace ? { namespace } : {}) };
  const pod: Kubeconfig = {
    clusters: [{ name: 'pod', server, caFile: file('ca.crt'), skipTLSVerify: false }],
    users: [withTokenFile({ name: 'pod' }, file('token'))],
    contexts: [context],
    currentContext: context.name,
  };
  return await finish(pod, env);
}

async function finish(config: Kubeconfig, env: EnvironmentVariables): Promise<LoadedKubeConfig> {
  const context = config.contexts.find(({ name }) => name === config.currentContext);
  if (context === undefined) {
    const known = config.contexts.map(({ name }) => name).join(', ') || 'none';
    const wanted =
      config.currentContext === '' ? 'no context is current' : `there is no context ${config.currentContext}`;
    throw new LynceusError('config-invalid', `${wanted} in the kubeconfig, which has: ${known}`);
  }
  const cluster = config.clusters.find(({ name }) => name === context.cluster);
  if (cluster === undefined || !/^https?:$/.test(parseUrl(cluster.server)?.protocol ?? ''))
    throw new LynceusError(
      'config-invalid',
      `the context ${context.name} needs a cluster with an http:// or https:// server`,
    );
  const user = config.users.find(({ name }) => name === context.user);
  if (context.user && user === undefined)
    throw new LynceusError(
      'config-invalid',
      `the context ${context.name} needs the user ${context.user}, which is not there`,
    );
  const server = new URL(cluster.server);
  // Plain HTTP has no certificate to check, but the official client needs the setting.
  const reached = server.protocol === 'http:' ? { ...cluster, skipTLSVerify: true } : cluster;
  const namespace = env['POD_NAMESPACE'] || context.namespace || 'default';
  return { login: await loginOf(reached, user), server, namespace };
}
