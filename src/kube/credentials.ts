import { createHash } from 'node:crypto';
import type { Agent } from 'node:http';
import type { Agent as HttpsAgent, RequestOptions } from 'node:https';
import { inspect } from 'node:util';
import { errnoOf, LynceusError } from '../errors.ts';
import { basicAuthorization } from '../http/basic-authorization.ts';
import type { LoadedKubeConfig } from './load-kube-config.ts';

/** What authenticates a request. */
export interface Authentication {
  readonly agent: { readonly http: Agent; readonly https: HttpsAgent };
  readonly headers: Readonly<Record<string, string>>;
}

export interface Credentials {
  readonly server: URL;
  readonly namespace: string;
  /** `shared` is for requests that may be repeated: they use connections that are kept open. */
  authenticate(how: { readonly shared: boolean }): Promise<Authentication>;
  /** Reads everything again from where it came: the API server refused it. */
  reload(): Promise<void>;
  close(): void;
}

const LONGEST_LOGIN = 60_000;

/** The login of a kubeconfig, asked anew for each request, because tokens and client certificates are exchanged. */
export async function createCredentials(load: () => Promise<LoadedKubeConfig>): Promise<Credentials> {
  let loaded = await load();
  let kept: { readonly fingerprint: string; readonly agent: Agent } | undefined;
  let reloading: Promise<void> | undefined;

  function keep(fresh: Agent & { keepAlive?: boolean }, fingerprint: string): Agent {
    if (kept?.fingerprint === fingerprint) return kept.agent;
    kept?.agent.destroy();
    fresh.keepAlive = true;
    kept = { fingerprint, agent: fresh };
    return fresh;
  }

  return {
    server: loaded.server,
    namespace: loaded.namespace,
    async authenticate({ shared }) {
      const options = await requestLogin(loaded);
      const fresh = options.agent as Agent;
      const agent = shared ? keep(fresh, fingerprintOf(options)) : fresh;
      return { agent: { http: agent, https: agent as HttpsAgent }, headers: loginHeaders(options) };
    },
    reload() {
      // Requests that fail together load once.
      reloading ??= load()
        .then((next) => {
          loaded = next;
        })
        .finally(() => {
          reloading = undefined;
        });
      return reloading;
    },
    close: () => kept?.agent.destroy(),
  };
}

async function requestLogin({ login }: LoadedKubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new LynceusError('credentials-failed', 'the login of the kubeconfig takes longer than a minute'),
        ),
      LONGEST_LOGIN,
    );
  });
  try {
    await Promise.race([login(options), late]);
    return options;
  } catch (error) {
    if (error instanceof LynceusError) throw error;
    throw loginFailed(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Only the code: a credential plugin may have printed the credential. */
function loginFailed(error: unknown): LynceusError {
  const code = errnoOf(error);
  const path = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : '';
  const reason = code === undefined ? 'its credential plugin failed' : `${code} ${path}`.trimEnd();
  return new LynceusError(
    'credentials-failed',
    `cannot log in to the cluster with the kubeconfig: ${reason}`,
    {
      hint: 'try the same kubeconfig with kubectl',
    },
  );
}

function loginHeaders({ headers, auth }: RequestOptions): Record<string, string> {
  // `user:password` of a kubeconfig with basic authentication.
  const [, username = '', password = ''] = /^([^:]*):([^]*)$/.exec(auth ?? '') ?? [];
  return {
    ...(auth ? { authorization: basicAuthorization(username, password) } : {}),
    ...Object.fromEntries(
      Object.entries(headers ?? {})
        // A token file may end with a line break, which no header can hold.
        .map(([name, value]) => [name.toLowerCase(), String(value).trim()]),
    ),
  };
}

/** Connections are kept as long as our client certificate and the trusted authorities stay the same. */
function fingerprintOf({ ca, cert, key, rejectUnauthorized, servername }: RequestOptions): string {
  const hash = createHash('sha256');
  for (const part of [ca, cert, key, rejectUnauthorized, servername])
    hash.update(Buffer.isBuffer(part) ? part : inspect(part)).update('\n');
  return hash.digest('hex');
}
