import { hostnameOf, matchRemote, type GitRemote } from '../core/git/remote.ts';
import { quoted } from '../core/quoted.ts';
import { holdsLogin, type GitSecret } from './git-secret.ts';

/** A Secret of Argo CD for a remote, or for all below a URL. */
export interface RepositorySecret extends GitSecret {
  readonly remote: GitRemote;
  /** `''` is every project. */
  readonly project: string;
}

/** A Secret whose `url` cannot be used; the URL itself may hold a login. */
export interface UnreadableSecret {
  readonly where: string;
  readonly why: string;
}

export interface KnownSecrets {
  readonly repositories: readonly RepositorySecret[];
  readonly templates: readonly RepositorySecret[];
  readonly unreadable: readonly UnreadableSecret[];
}

/** So many Secrets are named, those first that are nearest to the remote. */
const MOST_NAMED = 8;

/** Why none of these has a login for a remote: for a person who has to find out which one was meant to. */
export function describeUnfitSecrets(
  remote: GitRemote,
  project: string,
  { repositories, templates, unreadable }: KnownSecrets,
): string {
  const secrets = [
    ...repositories.map((one) => ({ ...one, ...unfitRepository(one, remote, project) })),
    ...templates.map((one) => ({ ...one, ...unfitTemplate(one, remote, project) })),
    ...unreadable.map((one) => ({ ...one, why: `has a url that cannot be used (${one.why})`, distance: 2 })),
  ];
  if (secrets.length === 0) return 'Argo CD has no Secret for a Git repository';
  const near = secrets
    .filter(({ distance }) => distance < ELSEWHERE)
    .toSorted((a, b) => a.distance - b.distance);
  const named = near.slice(0, MOST_NAMED).map(({ where, why }) => `${where} ${why}`);
  const others = secrets.length - named.length;
  const rest = others === 0 ? [] : [`${others} for other remotes`];
  return `no Secret of Argo CD fits: ${[...named, ...rest].join('; ')}`;
}

interface Unfit {
  readonly why: string;
  /** How far it is from what was looked for. */
  readonly distance: number;
}

const ELSEWHERE = 9;

function unfitRepository(one: RepositorySecret, remote: GitRemote, project: string): Unfit {
  if (one.remote.key !== remote.key)
    return unfitPlace(one, remote, { project, why: `is for ${one.remote.label}` });
  if (one.remote.transport !== remote.transport) return otherTransport(one, remote);
  return otherProject(one, project) ?? withoutLogin(one);
}

function unfitTemplate(one: RepositorySecret, remote: GitRemote, project: string): Unfit {
  if (matchRemote(remote, one.remote) !== undefined) return otherProject(one, project) ?? withoutLogin(one);
  if (matchRemote({ ...remote, transport: one.remote.transport }, one.remote) !== undefined)
    return otherTransport(one, remote);
  return unfitPlace(one, remote, { project, why: `is for what lies below ${one.remote.label}` });
}

function otherProject(one: RepositorySecret, project: string): Unfit | undefined {
  if (one.project === '' || one.project === project) return undefined;
  return { why: `is for the project ${quoted(one.project)}, not for ${quoted(project)}`, distance: 0 };
}

function otherTransport({ remote: { transport } }: RepositorySecret, remote: GitRemote): Unfit {
  return { why: `is for ${transport}, and the remote is ${remote.transport}`, distance: 0 };
}

function withoutLogin({ fields }: RepositorySecret): Unfit {
  return { why: holdsLogin(fields) ? 'comes after another one' : 'holds no login', distance: 0 };
}

function unfitPlace(
  one: RepositorySecret,
  remote: GitRemote,
  { project, why }: { readonly project: string; readonly why: string },
): Unfit {
  // Which remotes another project has is nothing that this one is told.
  if (otherProject(one, project) !== undefined) return { why, distance: ELSEWHERE };
  const isSameHost = hostnameOf(one.remote) === hostnameOf(remote);
  const isSameTransport = one.remote.transport === remote.transport;
  if (!isSameHost) return { why, distance: ELSEWHERE };
  return { why, distance: isSameTransport ? 1 : 3 };
}
