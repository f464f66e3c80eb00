import type { Config } from '../config/config.ts';
import { createGitLogins } from '../credentials/git-logins.ts';
import * as editor from '../edits/index.ts';
import type { GitLogins } from '../ports/git-logins.ts';
import type { Observer } from '../ports/observer.ts';
import type { Writer } from '../ports/writer.ts';
import { createDryRunWriter } from '../writers/dry-run-writer.ts';
import { createGitWriter } from '../writers/git/git-writer.ts';
import type { Surroundings } from './compose.ts';

export interface ComposedWriters {
  readonly git: Writer;
  /** Reads like the other one and writes nothing. */
  readonly dryRun: Writer;
}

/** Writers to Git. */
export function composeWriters(
  config: Config,
  surroundings: Surroundings,
  observer: Observer,
): ComposedWriters {
  const { clock, log, env } = surroundings;
  const editOptions = { createMissing: config.writeBack.createMissing };
  const logins = telling(createGitLogins({ remotes: config.git.remotes, env }), surroundings);
  const git = createGitWriter({ ...config.git, logins, editor, editOptions, clock, observer, log });
  return { git, dryRun: createDryRunWriter(git, { editor, editOptions }) };
}

function telling(logins: GitLogins, { registerSecret = () => undefined }: Surroundings): GitLogins {
  return {
    async find(place, signal) {
      const login = await logins.find(place, signal);
      if (login.kind === 'basic') registerSecret(login.password);
      return login;
    },
  };
}
