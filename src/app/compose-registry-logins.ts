import type { EcrApi } from '../aws/ecr-api.ts';
import type { Config } from '../config/config.ts';
import type { ImageRepository } from '../core/image/reference.ts';
import { withBounds } from '../credentials/bound-logins.ts';
import { createAzureLogins } from '../credentials/azure/azure-logins.ts';
import { createEcrLogins } from '../credentials/ecr/ecr-logins.ts';
import { createGoogleLogins } from '../credentials/google/google-logins.ts';
import type { ReadSecret } from '../credentials/kube-secrets.ts';
import { withOwnIdentities } from '../credentials/own-identity.ts';
import { createRegistryLogins, type RegistryLogins } from '../credentials/registry-logins.ts';
import { withMirrors, type Mirrored } from '../credentials/with-mirrors.ts';
import { LynceusError } from '../errors.ts';
import type { Login, Logins } from '../ports/logins.ts';
import { findEndpoint } from '../registries/endpoints.ts';
import { lookupPlaceOf } from '../registries/mirrors.ts';
import { nearEntry } from '../registries/near-entry.ts';
import type { Cluster } from './compose-cluster.ts';
import type { ComposedTokens } from './compose-tokens.ts';
import type { ClusterReach } from './reach-cluster.ts';
import type { Environment } from './environment.ts';

export interface LoginParts {
  readonly cluster: ClusterReach | undefined;
  readonly tokens: ComposedTokens;
  readonly ecr: EcrApi;
}

/** The logins for registries. */
export interface ComposedLogins {
  /** For what annotations name: bound to what it is for. */
  readonly logins: RegistryLogins;
  /** For what a person at the command line names. */
  readonly unbound: Logins;
}

/** Logins for registries: the configured one, else the process's own identity in the registry's cloud, else anonymous. */
export function composeRegistryLogins(
  config: Config,
  environment: Environment,
  { cluster, tokens, ecr }: LoginParts,
): ComposedLogins {
  const { clock, env } = environment;
  const entryOf = (repository: ImageRepository) => findEndpoint(config.registries, repository);
  const readSecret: ReadSecret | undefined =
    cluster && (async (secret, signal) => await (await reachForLogin(cluster)).secrets.read(secret, signal));
  const named = createRegistryLogins({
    endpointOf: entryOf,
    nearEntryOf: (repository) => nearEntry(config.registries, repository),
    dockerConfigFile: config.dockerConfigFile,
    env,
    clock,
    appTokens: tokens.githubApps,
    readSecret,
  });
  const { clients } = tokens;
  const apiUrlOf = (repository: ImageRepository) => entryOf(repository)?.apiUrl;
  const own = withOwnIdentities(named, {
    identities: [
      createEcrLogins({ clock, api: ecr, entryOf }),
      createAzureLogins({ clients, clock, env, apiUrlOf }),
      createGoogleLogins({ clients, clock, env }),
    ],
    apiUrlOf,
  });
  const unbound = registeringSecrets(withMirrors(own, mirrorsOf(config)), environment);
  const { argocdNamespace } = config.applications;
  return { logins: withBounds(unbound, { readSecret, argocdNamespace, endpointOf: entryOf }), unbound };
}

/** Without a cluster, reading a login from a Secret fails; that matters only for the image that needs it. */
async function reachForLogin(reach: ClusterReach): Promise<Cluster> {
  try {
    return await reach();
  } catch (thrown) {
    if (!(thrown instanceof LynceusError) || thrown.code !== 'config-invalid') throw thrown;
    throw new LynceusError('credentials-missing', `the login is to come from a Secret: ${thrown.message}`, {
      hint: 'set KUBECONFIG, or name the login with env: or ext:',
      cause: thrown,
    });
  }
}

function mirrorsOf({ registries }: Config): (repository: ImageRepository) => Mirrored | undefined {
  return (repository) => {
    const { mirrorOf, repository: there } = lookupPlaceOf(registries, repository);
    return mirrorOf === undefined ? undefined : { repository: there, takesLogin: mirrorOf.loginToMirror };
  };
}

/** Registers every password with the log before it can be logged. */
function registeringSecrets(
  logins: RegistryLogins,
  { registerSecret = () => undefined }: Environment,
): RegistryLogins {
  const registered = <L extends Login | undefined>(login: L): L => {
    if (login?.kind === 'basic') registerSecret(login.password);
    return login;
  };
  return {
    find: async (repository, spec, signal) => registered(await logins.find(repository, spec, signal)),
    renew: async (repository, refused, signal) => registered(await logins.renew(repository, refused, signal)),
  };
}
