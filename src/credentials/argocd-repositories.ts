import { A_MOMENT, createExpiringCache } from '../async/expiring-cache.ts';
import { longestMatch } from '../core/git/longest-match.ts';
import { readGitRemote, type GitRemote } from '../core/git/remote.ts';
import { transportKey } from '../core/identity/branch.ts';
import { LynceusError } from '../errors.ts';
import { SECRETS, type KubeClient, type KubeObject } from '../kube/kube-client.ts';
import type { Clock } from '../ports/clock.ts';
import { holdsLogin, type GitSecret } from './git-secret.ts';
import { fieldsOf } from './kube-secrets.ts';
import { SECRET_TYPE_LABEL } from './secret-purpose.ts';
import { describeUnfitSecrets, type RepositorySecret, type UnreadableSecret } from './unfit-secrets.ts';

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
   * repository Secret, filled up from the longest credential template when that one holds no login. Those for writing
   * (`repository-write`, `repo-write-creds`) go before the others. `undefined` when
   * it knows neither. Throws `kube-…`.
   */
  find(remote: GitRemote, project: string | undefined, signal: AbortSignal): Promise<GitSecret | undefined>;
  /** Which Secrets there are, and why none of them has a login for the remote; for messages. Throws as `find` does. */
  describeUnfit(remote: GitRemote, project: string | undefined, signal: AbortSignal): Promise<string>;
}

/** Each list is of two kinds: for reading, and for writing. */
type SecretList = 'repository' | 'repo-creds';

/** In Argo CD the hydrator pushes with the latter (common/common.go, `LabelValueSecretTypeRepositoryWrite`). */
const LABEL_VALUES: Readonly<Record<SecretList, { readonly read: string; readonly write: string }>> = {
  repository: { read: 'repository', write: 'repository-write' },
  'repo-creds': { read: 'repo-creds', write: 'repo-write-creds' },
};

interface Listed {
  readonly entries: readonly Entry[];
  readonly unreadable: readonly UnreadableSecret[];
}

interface Entry extends RepositorySecret {
  readonly isForWriting: boolean;
}

const PAGE = 500;
const MOST_PAGES = 100;

/** Reads the Secrets that carry Argo CD's label: one list for each of the two sorts, kept for a moment. */
export function createArgocdRepositories(options: ArgocdRepositoriesOptions): ArgocdRepositories {
  const { clock, ttl = A_MOMENT } = options;
  const lists = createExpiringCache<Listed>({ clock });
  const read = (list: SecretList, signal: AbortSignal): Promise<Listed> =>
    lists.get(
      list,
      { longest: ttl, read: async (own) => ({ value: await listEntries(list, options, own) }) },
      signal,
    );
  return {
    async find(remote, project = 'default', signal) {
      const repositories = (await read('repository', signal)).entries;
      const ofRemote = (isForWriting: boolean) =>
        findRepository(
          repositories.filter((one) => one.isForWriting === isForWriting),
          remote,
          project,
        );
      const forWriting = ofRemote(true);
      if (forWriting !== undefined && holdsLogin(forWriting.fields)) return forWriting;
      const templates = (await read('repo-creds', signal)).entries;
      // The longest URL that the remote lies under; of several the first by name.
      const templateOf = (isForWriting: boolean) =>
        longestMatch(
          remote,
          templates.filter((one) => one.isForWriting === isForWriting && ['', project].includes(one.project)),
          (one) => one.remote,
        );
      const written = joined(forWriting, templateOf(true));
      if (written !== undefined && holdsLogin(written.fields)) return written;
      const repository = ofRemote(false);
      if (repository !== undefined && holdsLogin(repository.fields)) return repository;
      return joined(repository, templateOf(false)) ?? written;
    },
    async describeUnfit(remote, project = 'default', signal) {
      const [repositories, templates] = [await read('repository', signal), await read('repo-creds', signal)];
      return describeUnfitSecrets(remote, project, {
        repositories: repositories.entries,
        templates: templates.entries,
        unreadable: [...repositories.unreadable, ...templates.unreadable],
      });
    },
  };
}

/**
 * A repository filled up from a template. Whoever may write the Applications of a project may make a repository of it, and could
 * name another server or proxy for a login of the template, so nothing but its URL counts.
 */
function joined(repository: Entry | undefined, template: Entry | undefined): GitSecret | undefined {
  if (repository === undefined || template === undefined) return repository ?? template;
  if (repository.project !== '') return template;
  return { where: template.where, fields: { ...template.fields, ...filled(repository.fields) } };
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
  list: SecretList,
  { kube, argocdNamespace: namespace }: ArgocdRepositoriesOptions,
  signal: AbortSignal,
): Promise<Listed> {
  const { read, write } = LABEL_VALUES[list];
  const scope = { resource: SECRETS, namespace, labelSelector: `${SECRET_TYPE_LABEL} in (${read},${write})` };
  const objects: KubeObject[] = [];
  let next = '';
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { items, next: token } = await kube.list(scope, { limit: PAGE, next }, signal);
    objects.push(...items);
    if (token === '') return entriesOf(objects.toSorted(byName), { namespace, write });
    next = token;
  }
  throw new LynceusError('kube-failed', `the list of ${list} Secrets in ${namespace} does not end`);
}

function byName(a: KubeObject, b: KubeObject): number {
  const [left, right] = [a.metadata?.name ?? '', b.metadata?.name ?? ''];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** A Helm or OCI registry is none of ours. */
function entriesOf(
  objects: readonly KubeObject[],
  { namespace, write }: { readonly namespace: string; readonly write: string },
): Listed {
  const entries: Entry[] = [];
  const unreadable: UnreadableSecret[] = [];
  for (const object of objects) {
    const fields = fieldsOf(object);
    const { url = '', type = '', project = '' } = fields;
    if (!['', 'git'].includes(type.trim())) continue;
    const where = `the Secret ${namespace}/${object.metadata?.name ?? ''}`;
    const remote = readGitRemote(url.trim());
    if ('why' in remote) unreadable.push({ where, why: remote.why });
    else if (remote.transport !== 'local')
      entries.push({
        where,
        fields,
        remote,
        project: project.trim(),
        isForWriting: object.metadata?.labels?.[SECRET_TYPE_LABEL] === write,
      });
  }
  return { entries, unreadable };
}
