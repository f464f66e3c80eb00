import { quoted } from '../core/quoted.ts';
import type { KubeSecret, SecretName } from './kube-secrets.ts';

/** Argo CD's label of the Secrets that it keeps clusters, repositories and their logins in. */
export const SECRET_TYPE_LABEL = 'argocd.argoproj.io/secret-type';

/**
 * The annotation or label of a Secret that says where its login may be sent: registries and Git remotes, by host or by the
 * start of a path, with commas between. A label has room for one host.
 */
export const LOGIN_FOR = 'argocd-image-updater.argoproj.io/login-for';

/** Types of Kubernetes itself that hold a login for a server (`core/v1`, `SecretType`). */
const LOGIN_TYPES: ReadonlySet<string> = new Set([
  'kubernetes.io/basic-auth',
  'kubernetes.io/dockercfg',
  'kubernetes.io/dockerconfigjson',
  'kubernetes.io/ssh-auth',
]);

/** What else a type of Kubernetes or Helm is, by its beginning; the first that fits. */
const OTHER_TYPES: readonly (readonly [start: string, what: string])[] = [
  ['kubernetes.io/service-account-token', 'a token of a service account'],
  ['kubernetes.io/tls', 'a private key for TLS'],
  ['bootstrap.kubernetes.io/', 'a token that lets machines into the cluster'],
  ['helm.sh/', 'a release of Helm'],
  ['kubernetes.io/', 'no login'],
];

/** Names that Argo CD gives to Secrets of its own (`common/common.go`), wherever it runs. */
const ARGOCD_NAMES: ReadonlySet<string> = new Set([
  'argocd-secret',
  'argocd-initial-admin-secret',
  'argocd-notifications-secret',
  'argocd-redis',
]);

export interface NamedSecret extends KubeSecret, SecretName {}

/** Values of Argo CD's label for logins to Git. */
const REPOSITORY_TYPES: readonly string[] = [
  'repository',
  'repo-creds',
  'repository-write',
  'repo-write-creds',
];

/** Whether Argo CD takes its `url` for that of one repository, unlike a template for all below. */
export function isForOneRepository({ labels }: Pick<KubeSecret, 'labels'>): boolean {
  return /^repository(?:-write)?$/.test(labels[SECRET_TYPE_LABEL] ?? '');
}

/** Whether Argo CD keeps a login for Git in it, so that its `url` says what it is for. */
function isRepositorySecret({ labels }: Pick<KubeSecret, 'labels'>): boolean {
  return REPOSITORY_TYPES.includes(labels[SECRET_TYPE_LABEL] ?? '');
}

/** Why nobody may name a Secret for a kind of login, or for a public key, as the end of a sentence; `undefined` when one may. */
export function whyUnnamed(
  { namespace, name, type, labels }: NamedSecret,
  login: 'git' | 'registry' | 'public-key',
  argocdNamespace: string,
): string | undefined {
  const kept = labels[SECRET_TYPE_LABEL];
  if (kept !== undefined && !(login === 'git' && isRepositorySecret({ labels })))
    return `is one of Argo CD's own (its label ${SECRET_TYPE_LABEL} is ${quoted(kept)})`;
  const isArgocds = ARGOCD_NAMES.has(name) || (namespace === argocdNamespace && name.startsWith('argocd-'));
  if (isArgocds && kept === undefined) return "is one of Argo CD's own (by its name)";
  if (LOGIN_TYPES.has(type)) return undefined;
  const [, what] = OTHER_TYPES.find(([start]) => type.startsWith(start)) ?? [];
  return what === undefined ? undefined : `is ${what} (type ${quoted(type)})`;
}

/** The places that a Secret names for its login, as written; none when it names none. */
export function placesOfLogin({
  labels,
  annotations,
}: Pick<KubeSecret, 'labels' | 'annotations'>): readonly string[] {
  return [annotations[LOGIN_FOR] ?? '', labels[LOGIN_FOR] ?? '']
    .flatMap((text) => text.split(/[\s,]+/))
    .filter((place) => place !== '');
}

/** The command by which the owner of a Secret lets its login be sent to one more place. */
export function allowLine({ namespace, name, ...secret }: NamedSecret, place: string): string {
  // The line is to be pasted into a shell, so nothing stands in it that a shell could read otherwise.
  const plain = [...placesOfLogin(secret), place].filter((text) => /^[A-Za-z0-9._:/@+-]+$/.test(text));
  const isNew = secret.annotations[LOGIN_FOR] === undefined;
  const value = plain.length === 0 ? 'HOST/PATH' : [...new Set(plain)].join(',');
  return `kubectl annotate${isNew ? '' : ' --overwrite'} -n ${namespace} secret ${name} ${LOGIN_FOR}=${value}`;
}
