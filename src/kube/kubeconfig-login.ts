import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js';
import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type AgentOptions, type RequestOptions } from 'node:https';

/** Adds to the options of a request what reaches a cluster and logs in there: an agent, headers, a user with password. */
export type ApplyLogin = (options: RequestOptions) => Promise<void>;

/**
 * The login of a user at a cluster, as Kubernetes' own clients make it of a kubeconfig. What stands in the kubeconfig or in
 * files that it names is read here; the official client, which takes long to load, is for credential plugins, OpenID
 * Connect, logins of clouds, and servers behind a proxy.
 */
export async function loginOf(cluster: Cluster, user: User | undefined): Promise<ApplyLogin> {
  if (cluster.proxyUrl || user?.exec || (user?.authProvider && tokenFileOf(user) === undefined)) {
    const { KubeConfig } = await import('./client-node.ts');
    const config = new KubeConfig();
    config.loadFromClusterAndUser(cluster, user ?? { name: 'nobody' });
    return (options) => config.applyToHTTPSOptions(options);
  }
  return (options) => applyPlainLogin(options, cluster, user);
}

async function applyPlainLogin(
  options: RequestOptions,
  cluster: Cluster,
  user: User | undefined,
): Promise<void> {
  const tls = await tlsOf(cluster, user);
  const token = user === undefined ? undefined : await tokenOf(user);
  Object.assign(options, tls, {
    agent: cluster.server.startsWith('http:') ? new HttpAgent() : new HttpsAgent(tls),
    headers: {
      ...(user?.impersonateUser ? { 'Impersonate-User': user.impersonateUser } : {}),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
  });
  if (user?.username) options.auth = `${user.username}:${user.password ?? ''}`;
}

async function tlsOf(
  { skipTLSVerify, tlsServerName, caFile, caData }: Cluster,
  user: User | undefined,
): Promise<AgentOptions> {
  const [ca, cert, key] = await Promise.all([
    readPart(caFile, caData),
    readPart(user?.certFile, user?.certData),
    readPart(user?.keyFile, user?.keyData),
  ]);
  return {
    ...(skipTLSVerify ? { rejectUnauthorized: false } : {}),
    ...(tlsServerName ? { servername: tlsServerName } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** A file wins over what stands in the kubeconfig itself. */
async function readPart(file: string | undefined, data: string | undefined): Promise<Buffer | undefined> {
  if (file) return await readFile(file);
  return data ? Buffer.from(data, 'base64') : undefined;
}

/** A token in the kubeconfig wins over one in a file. */
async function tokenOf(user: User): Promise<string | undefined> {
  if (user.token) return user.token;
  const file = tokenFileOf(user);
  return file === undefined ? undefined : await readFile(file, 'utf8');
}

/** Where the token of a user is who has it in a file, as `withTokenFile` marks one. */
function tokenFileOf({ authProvider }: User): string | undefined {
  const { config } = (authProvider ?? {}) as { readonly config?: { readonly tokenFile?: unknown } | null };
  return typeof config?.tokenFile === 'string' ? config.tokenFile : undefined;
}

/** The same user, with a token that is read from this file for each request, because it is exchanged. */
export function withTokenFile(user: User, tokenFile: string): User {
  return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile } } };
}
