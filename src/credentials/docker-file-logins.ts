import { A_MOMENT, createExpiringCache } from '../async/expiring-cache.ts';
import type { ImageRepository } from '../core/image/reference.ts';
import { LynceusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import {
  listUnfit,
  findDockerHelpers,
  findDockerLogin,
  parseDockerConfig,
  type DockerConfig,
  type NamedHelper,
} from './docker-config.ts';
import { askDockerHelper } from './docker-helper.ts';
import { readNamedFile } from './read-named-file.ts';
import { wellFormed, type BasicLogin } from './read-login.ts';
import type { UserPassword } from './user-password.ts';
import { withTrail, type ChosenLogin, type LoginAnswer } from './chosen-login.ts';

export interface DockerFileOptions {
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, 'now'>;
}

export interface DockerFileRequest {
  readonly repository: ImageRepository;
  /** Where the API of the image's registry is. */
  readonly apiHost: string | undefined;
}

/** What the administrator's Docker configuration file has for an image, read anew for each cycle. */
export type FindInDockerFile = (request: DockerFileRequest, signal: AbortSignal) => Promise<LoginAnswer>;

/**
 * Asks in Docker's order: the helper that `credHelpers` names for the registry, the one that `credsStore` names for all,
 * and then `auths`. Unlike Docker, it falls back to `auths` when a helper has no login.
 */
export function createDockerFileLogins({ path, env, clock }: DockerFileOptions): FindInDockerFile {
  const files = createExpiringCache<DockerConfig>({ clock });
  const answers = createExpiringCache<UserPassword | undefined>({ clock });

  async function fromHelper(
    { helper, server, key }: NamedHelper,
    signal: AbortSignal,
  ): Promise<BasicLogin | undefined> {
    const chosen: ChosenLogin = {
      identity: `docker-credential-${helper}:${server}`,
      why: `${key} in ${path} names this program${key === 'credsStore' ? '' : ` for ${server}`}`,
    };
    const read = async (own: AbortSignal) => ({
      value: await askDockerHelper({ helper, server, where: path }, { env, signal: own }),
    });
    const answer = await withTrail(chosen, () =>
      answers.get(chosen.identity, { longest: A_MOMENT, read }, signal),
    );
    return answer && { kind: 'basic', ...chosen, ...answer };
  }

  return async (image, signal) => {
    const config = await withTrail({ identity: path, why: 'dockerConfigFile names it' }, () =>
      files.get(
        path,
        { longest: A_MOMENT, read: async () => ({ value: await readDockerConfigFile(path) }) },
        signal,
      ),
    );
    const helpers = findDockerHelpers(config, image.repository, image.apiHost);
    for (const helper of helpers) {
      const login = await fromHelper(helper, signal);
      if (login !== undefined) return { kind: 'login', login };
    }
    const count = config.entries.length === 1 ? '1 entry' : `${config.entries.length} entries`;
    const entry = findDockerLogin(config, image.repository, image.apiHost);
    if (entry === undefined) {
      const asked = helpers.map(({ helper }) => `docker-credential-${helper} has no login for it, and `);
      const unfit = listUnfit(config, image.repository, image.apiHost);
      return {
        kind: 'nothing',
        why: `${asked.join('')}none of the ${count} in ${path} is for it, only for ${unfit}`,
      };
    }
    const chosen: ChosenLogin = {
      identity: `docker-config:${entry.key}`,
      why: `the entry with the longest path that fits, of ${count} in ${path}`,
    };
    const login = await withTrail(chosen, async () => wellFormed(entry, path));
    return { kind: 'login', login: { kind: 'basic', ...chosen, ...login } };
  };
}

async function readDockerConfigFile(path: string): Promise<DockerConfig> {
  const message = `the Docker configuration file ${path} cannot be read`;
  const config = parseDockerConfig(await readNamedFile(path, { message, code: 'credentials-missing' }));
  if (config !== undefined) return config;
  throw new LynceusError(
    'credentials-failed',
    `${path} is not a Docker configuration file: expected JSON with a map "auths"`,
  );
}
