import type { GitRemote } from '../git/remote.ts';
import type { GitCredentialSpec, GitPlace } from '../policy.ts';
import { joinKey } from './key.ts';

/** Equal exactly for one branch of one repository, by whatever transport and login it is reached. */
export function branchKey({ remote }: { readonly remote: GitRemote }, branch: string): string {
  return joinKey(remote.key, branch);
}

/** Equal for remotes that have their login in common: one repository, one transport. */
export function transportKey({ key, transport }: GitRemote): string {
  return joinKey(transport, key);
}

/**
 * Equal for places that are reached in one way: one repository, one transport, one login. What a source of the Application
 * may have, a remote of an annotation alone may not, so the two are kept apart; `unifyLogins` joins those that have one login.
 */
export function connectionKey({
  remote,
  credentials,
  isOwnSource = false,
}: Pick<GitPlace, 'remote' | 'credentials' | 'isOwnSource'>): string {
  return joinKey(remote.key, remote.transport, String(isOwnSource), ...credentialParts(credentials));
}

/** Equal for places that are read together: one connection, one base branch, one branch to push. */
export function placeKey(place: GitPlace): string {
  return joinKey(connectionKey(place), place.base, place.push);
}

function credentialParts(credentials: GitCredentialSpec): readonly (string | undefined)[] {
  switch (credentials.kind) {
    case 'repocreds':
      return [credentials.kind, credentials.project];
    case 'secret': {
      const { kind, namespace, name, project, onlyWhereNamed = false } = credentials;
      return [kind, namespace, name, project, String(onlyWhereNamed)];
    }
  }
}
