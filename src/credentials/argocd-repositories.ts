import { A_MOMENT, createExpiringCache } from '../async/expiring-cache.ts';
import { longestMatch } from '../core/git/longest-match.ts';
import { parseGitRemote, type GitRemote } from '../core/git/remote.ts';
import { transportKey } from '../core/identity/branch.ts';
import { LynceusError } from '../errors.ts';
import { SECRETS, type KubeClient, type KubeObject } from '../kube/kube-client.ts';
import type { Clock } from '../ports/clock.ts';
import { holdsLogin, type GitSecret } from './git-secret.ts';
import { fieldsOf } from './kube-secrets.ts';

export interface ArgocdRepositoriesOptions {
  readonly kube: Pick<KubeClient, 'list'>;
  /** Where Argo CD keeps its Secrets. */
  readonly argocdNamespace: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Milliseconds for which a list counts as true. */
  readonly ttl?: number;
}

/** The Git remotes that Argo CD knows, with their logins. */
export interface ArgocdRepositories {
  /**
   * What Argo CD would log in to a remote with, for an Application of a project (`undefined` means `default`): its
   * repository Secret, filled up from the longest credential template when that one holds no login. `undefined` when
   * it knows neither. Throws `kube-…`.
   */
  find(remote: GitRemote, project: string | undefined, signal: AbortSignal): Promise<GitSecret | undefined>;
}

type SecretType = 'repository' | 'repo-creds';

interface Entry extends GitSecret {
  readonly remote: GitRemote;
  /** `''` is every project. */
  readonly project: string;
}

const PAGE = 500;
const MOST_PAGES = 100;

/** Reads the Secrets that carry Argo CD's label: one list for each of the two kinds, kept for a moment. */
export function createArgocdRepositories(options: ArgocdRepositoriesOptions): ArgocdRepositories {
  const { clock, ttl = A_MOMENT } = options;
  const lists = createExpiringCache<readonly Entry[]>({ clock });
  const read = (type: SecretType, signal: AbortSignal): Promise<readonly Entry[]> =>
    lists.get(
      type,
      { longest: ttl, read: async (own) => ({ value: await listEntries(type, options, own) }) },
      signal,
    );
  return {
    async find(remote, project, signal) {
      const repository = findRepository(await read('repository', signal), remote, project ?? 'default');
      if (repository !== undefined && holdsLogin(repository.fields)) return repository;
      // The longest URL that the remote lies under; of several the first by name.
      const template = longestMatch(remote, await read('repo-creds', signal), (entry) => entry.remote);
      if (repository === undefined || template === undefined) return repository ?? template;
      return { where: template.where, fields: { ...template.fields, ...filled(repository.fields) } };
    },
  };
}

/** The same remote; of several that of the project, then one of no project, then the first by name. Never another project's. */
function findRepository(entries: readonly Entry[], remote: GitRemote, project: string): Entry | undefined {
  // Argo CD has a Secret for each transport, as each has a login of its own.
  const same = entries.filter((entry) => transportKey(entry.remote) === transportKey(remote));
  return same.find((entry) => entry.project === project) ?? same.find((entry) => entry.project === '');
}

function filled(fields: GitSecret['fields']): GitSecret['fields'] {
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => text.trim() !== ''));
}

async function listEntries(
  type: SecretType,
  { kube, argocdNamespace: namespace }: ArgocdRepositoriesOptions,
  signal: AbortSignal,
): Promise<readonly Entry[]> {
  const scope = { resource: SECRETS, namespace, labelSelector: `argocd.argoproj.io/secret-type=${type}` };
  const objects: KubeObject[] = [];
  let next = '';
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { items, next: token } = await kube.list(scope, { limit: PAGE, next }, signal);
    objects.push(...items);
    if (token === '') return objects.toSorted(byName).flatMap((object) => entryOf(object, namespace));
    next = token;
  }
  throw new LynceusError('kube-failed', `the list of ${type} Secrets in ${namespace} does not end`);
}

function byName(a: KubeObject, b: KubeObject): number {
  const [left, right] = [a.metadata?.name ?? '', b.metadata?.name ?? ''];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Nothing for what no Git remote can match: a Helm or OCI registry, or a URL that Lynceus does not speak. */
function entryOf(object: KubeObject, namespace: string): readonly Entry[] {
  const fields = fieldsOf(object);
  const { url = '', type = '', project = '' } = fields;
  if (!['', 'git'].includes(type.trim())) return [];
  try {
    const remote = parseGitRemote(url.trim());
    const where = `the Secret ${namespace}/${object.metadata?.name ?? ''}`;
    return remote.transport === 'local' ? [] : [{ where, fields, remote, project: project.trim() }];
  } catch {
    return [];
  }
}
