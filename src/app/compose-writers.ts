import type { Config } from '../config/config.ts';
import { createGitLogins, type ClusterSecrets } from '../credentials/git-logins.ts';
import * as editor from '../edits/index.ts';
import type { GitLogins } from '../ports/git-logins.ts';
import type { Observer } from '../ports/observer.ts';
import type { Writer } from '../ports/writer.ts';
import { createDryRunWriter } from '../writers/dry-run-writer.ts';
import { createGitWriter } from '../writers/git/git-writer.ts';
import type { ClusterReach } from './reach-cluster.ts';
import type { Surroundings } from './surroundings.ts';

export interface ComposedWriters {
  readonly git: Writer;
  /** Reads like the other one and writes nothing. */
  readonly dryRun: Writer;
}

/** Writers to Git. */
export function composeWriters(
  config: Config,
  surroundings: Surroundings,
  { observer, cluster }: { readonly observer: Observer; readonly cluster: ClusterReach | undefined },
): ComposedWriters {
  const { clock, log, env } = surroundings;
  const editOptions = { createMissing: config.writeBack.createMissing };
  const logins = telling(
    createGitLogins({ remotes: config.git.remotes, env, secrets: cluster && secretsOf(cluster) }),
    surroundings,
  );
  const git = createGitWriter({ ...config.git, logins, editor, editOptions, clock, observer, log });
  return { git, dryRun: createDryRunWriter(git, { editor, editOptions }) };
}

function telling(logins: GitLogins, { registerSecret = () => undefined }: Surroundings): GitLogins {
  return {
    async find(place, signal) {
      const login = await logins.find(place, signal);
      if (login.kind === 'basic') registerSecret(login.password);
      if (login.kind === 'basic' && login.proxy !== undefined) registerSecret(login.proxy.url);
      if (login.kind === 'ssh-key') registerSecret(login.privateKey);
      return login;
    },
  };
}

/** The Secrets of a cluster that is reached when the first one is asked for. */
function secretsOf(cluster: ClusterReach): ClusterSecrets {
  return {
    read: async (secret, signal) => await (await cluster()).secrets.read(secret, signal),
    repositories: {
      find: async (remote, project, signal) =>
        await (await cluster()).repositories.find(remote, project, signal),
    },
  };
}
