import { matchRemote, readGitRemote, type GitRemote } from '../core/git/remote.ts';
import type { GitPlace } from '../core/policy.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import {
  allowLine,
  isForOneRepository,
  LOGIN_FOR,
  placesOfLogin,
  whyUnnamed,
  type NamedSecret,
} from './secret-purpose.ts';

export interface NamingContext {
  readonly place: Pick<GitPlace, 'remote' | 'isOwnSource'>;
  /** AppProject of the Application. */
  readonly project: string;
  readonly argocdNamespace: string;
  /** As in `GitCredentialSpec`. */
  readonly onlyWhereNamed: boolean;
}

/**
 * Whether the login of a Secret that an Application names may be sent to a remote: one with a `url` to what lies there and a
 * `project` for that project, as Argo CD takes them; another one to the places that it names, else to the sources of the
 * Application. Throws `credentials-denied`, which shows nothing of what is in the Secret: it may be another tenant's.
 */
export function checkNamedGitSecret(secret: NamedSecret, context: NamingContext): void {
  const why = whyUnnamed(secret, 'git', context.argocdNamespace);
  if (why !== undefined)
    throw new LynceusError(
      'credentials-denied',
      `no annotation may name the Secret ${secret.namespace}/${secret.name}: it ${why}`,
      { hint: 'name a Secret that was made for this remote' },
    );
  const { project = '', url = '' } = secret.fields;
  if (project.trim() !== '' && project.trim() !== context.project)
    throw refusal(secret, context, {
      why: `its project is another one than ${quoted(context.project)}`,
      hint: 'name a Secret of its own project, or write write-back-method: git',
    });
  if (url.trim() === '') checkPlaces(secret, context);
  else checkUrl(secret, url.trim(), context);
}

function checkUrl(secret: NamedSecret, url: string, context: NamingContext): void {
  const { remote } = context.place;
  const read = readGitRemote(url);
  if ('why' in read)
    throw refusal(secret, context, { why: `its url cannot be used (${read.why})`, hint: 'correct its url' });
  const isOne = isForOneRepository(secret);
  const fits = isOne ? read.key === remote.key && isAsSafe(remote, read) : lies(remote, read);
  if (!fits)
    throw refusal(secret, context, {
      why: `its url is another ${isOne ? 'one' : 'place'}`,
      hint: `name a Secret whose url is ${isOne ? '' : 'above '}this remote, or write write-back-method: git`,
    });
}

function checkPlaces(secret: NamedSecret, context: NamingContext): void {
  const { place, onlyWhereNamed } = context;
  const places = placesOfLogin(secret);
  if (places.some((text) => covers(text, place.remote))) return;
  if (places.length === 0 && place.isOwnSource === true && !onlyWhereNamed) return;
  const why =
    places.length > 0
      ? `its ${LOGIN_FOR} has ${places.map((one) => quoted(one)).join(', ')}`
      : onlyWhereNamed
        ? `nothing says which remotes it is for (${LOGIN_FOR})`
        : `this is no source of the Application, and nothing says that it is for it (${LOGIN_FOR})`;
  const { host, path } = place.remote;
  const parent = path.split('/').slice(0, -1).join('/') || path;
  throw refusal(secret, context, {
    why,
    hint: `whoever owns the Secret may run: ${allowLine(secret, `${host}/${parent}`)}`,
  });
}

/** A URL is for its transport, `host/path` for any. */
function covers(text: string, remote: GitRemote): boolean {
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\/|@[^/]*:/i.test(text);
  const prefix = readGitRemote(isUrl ? text : `https://${text}`);
  if ('why' in prefix || prefix.transport === 'local') return false;
  return matchRemote(remote, isUrl ? prefix : { ...prefix, transport: remote.transport }) !== undefined;
}

function lies(remote: GitRemote, prefix: GitRemote): boolean {
  return (
    isAsSafe(remote, prefix) && matchRemote(remote, { ...prefix, transport: remote.transport }) !== undefined
  );
}

/** A key and a password of one Secret may both be for a repository. */
function isAsSafe({ transport }: GitRemote, named: GitRemote): boolean {
  return transport === named.transport || transport === 'https' || transport === 'ssh';
}

function refusal(
  { namespace, name }: NamedSecret,
  { place: { remote } }: NamingContext,
  { why, hint }: { readonly why: string; readonly hint: string },
): LynceusError {
  return new LynceusError(
    'credentials-denied',
    `the login of the Secret ${namespace}/${name} is not sent to ${remote.label}: ${why}`,
    { hint, retryable: false },
  );
}
