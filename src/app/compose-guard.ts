import type { Config } from '../config/config.ts';
import { hostnameOf, parseGitRemote } from '../core/git/remote.ts';
import { ENVIRONMENT_VARIABLES } from '../credentials/github-app/github-app.ts';
import { createAddressGuard, type AddressGuard } from '../http/address-guard.ts';
import { parseUrl } from '../parse-url.ts';
import type { Environment } from './environment.ts';

/** Holds hosts that no administrator named to the addresses that `network` allows. */
export function composeGuard(config: Config, { env }: Pick<Environment, 'env'>): AddressGuard {
  return createAddressGuard({ ...config.network, env, trusted: namedUrls(config, env) });
}

/** Whatever the configuration and the environment name. */
function namedUrls({ registries, git, pullRequests }: Config, env: Environment['env']): readonly URL[] {
  const texts = [
    ...registries.flatMap(({ apiUrl, prefix, mirror, tokenServers = [] }) => [
      apiUrl,
      `https://${prefix.split('/')[0] ?? ''}`,
      mirror,
      ...tokenServers,
    ]),
    ...git.remotes.flatMap(({ url, apiUrl, githubApp, proxy }) => [
      ...remoteUrls(url),
      apiUrl,
      githubApp?.baseUrl,
      proxy?.url,
    ]),
    ...pullRequests.flatMap(({ url, apiUrl }) => [...remoteUrls(url), apiUrl]),
    env[ENVIRONMENT_VARIABLES.baseUrl],
  ];
  return texts.flatMap((text) => parseUrl(text ?? '') ?? []);
}

/** Of a remote over SSH also where the interface of its host is. */
function remoteUrls(text: string): readonly string[] {
  const remote = parseGitRemote(text);
  if (remote.transport === 'local') return [];
  const own = `${remote.transport}://${remote.host}`;
  return remote.transport === 'ssh' ? [own, `https://${hostnameOf(remote)}`] : [own];
}
