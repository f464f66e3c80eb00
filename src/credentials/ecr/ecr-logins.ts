import { renewedEarly } from '../../async/expiring-cache.ts';
import type { EcrApi } from '../../aws/ecr-api.ts';
import { ecrIdentity, ecrKey, readEcrHost, type AwsEntry, type EcrRegistry } from '../../aws/ecr-registry.ts';
import type { ImageRepository } from '../../core/image/reference.ts';
import { LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { withTrail } from '../chosen-login.ts';
import type { OwnIdentity } from '../own-identity.ts';
import { createOwnLogins, type ReadLogin } from '../own-logins.ts';
import type { UserPassword } from '../user-password.ts';

export interface EcrLoginsOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly api: Pick<EcrApi, 'authorizationToken'>;
  /** The administrator's entry for an image, if there is one. */
  readonly entryOf: (repository: ImageRepository) => AwsEntry | undefined;
}

/** Tokens live twelve hours; a shorter life is a wrong clock. */
const SHORTEST_LIFE = 300_000;

/**
 * Forty images that an identity may not read cost one renewal, not forty: a login that was made for a refusal and is
 * refused too is not at fault.
 */
const RENEWAL_LASTS = 60_000;

/** Logins to Amazon ECR, by the process's own AWS identity or the role that the registry's entry names. */
export function createEcrLogins({ clock, api, entryOf }: EcrLoginsOptions): OwnIdentity {
  const logins = createOwnLogins({
    clock,
    usefulLife: renewedEarly({ shortest: SHORTEST_LIFE }),
    moment: { read: 0, renewed: RENEWAL_LASTS },
  });

  function reader(registry: EcrRegistry): ReadLogin {
    const why = 'nothing named a login, so the AWS identity of this process is used';
    const chosen = { identity: ecrIdentity(registry), why };
    return async (signal) =>
      await withTrail(chosen, async () => {
        const { text, expiresAt } = await api.authorizationToken(registry, signal);
        const login = { kind: 'basic', ...chosen, ...readToken(text) } as const;
        return { value: { kind: 'login', login }, expiresAt };
      });
  }

  return {
    prefix: 'ecr:',
    at(repository) {
      const registry = readEcrHost(repository.registry, entryOf(repository));
      return registry === undefined ? undefined : logins.at(ecrKey(registry), reader(registry));
    },
  };
}

function readToken(text: string): UserPassword {
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon > 0) return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  throw new LynceusError(
    'credentials-failed',
    'Amazon ECR answered with a token that is not user:password in base64',
  );
}
