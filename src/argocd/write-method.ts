import type { GitCredentialSpec } from '../core/policy.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';

/** Where a new version is written. */
export type WriteMethod =
  { readonly method: 'application' } | { readonly method: 'git'; readonly credentials: GitCredentialSpec };

/** Kubernetes object names; nothing in them can change the path of a request to its API. */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** The Application whose annotation names credentials. */
export interface CredentialsOwner {
  /** Where Secrets without a namespace are. */
  readonly namespace: string;
  /** AppProject; absent means `default`. */
  readonly project?: string | undefined;
  readonly mayNameSecretsIn: (namespace: string) => boolean;
}

/**
 * Reads `argocd`, `git`, `git:repocreds`, `git:secret:NAME` or `git:secret:NAMESPACE/NAME`. A secret must be in the
 * Application's own namespace, as in Argo CD Image Updater since 1.3, or in one that the administrator allows:
 * otherwise whoever may write an Application could use everybody's credentials. Throws `annotation-invalid`.
 */
export function parseWriteMethod(text: string, owner: CredentialsOwner): WriteMethod {
  if (text === 'argocd') return { method: 'application' };
  if (text === 'git' || text === 'git:repocreds') {
    const { project } = owner;
    return {
      method: 'git',
      credentials: { kind: 'repocreds', ...(project === undefined ? {} : { project }) },
    };
  }
  if (text.startsWith('git:secret:'))
    return { method: 'git', credentials: parseSecret(text.slice('git:secret:'.length), owner) };
  throw new LynceusError(
    'annotation-invalid',
    `expected argocd, git, git:repocreds or git:secret:[NAMESPACE/]NAME, found ${quoted(text)}`,
  );
}

function parseSecret(
  text: string,
  { namespace, project, mayNameSecretsIn }: CredentialsOwner,
): GitCredentialSpec {
  const parts = text.split('/');
  const [home, name] = parts.length === 1 ? [namespace, text] : parts;
  if (parts.length > 2 || home === undefined || name === undefined || !NAME.test(home) || !NAME.test(name))
    throw new LynceusError('annotation-invalid', `expected a secret [NAMESPACE/]NAME, found ${quoted(text)}`);
  if (home !== namespace && !mayNameSecretsIn(home))
    throw new LynceusError(
      'annotation-invalid',
      `expected a secret in the namespace of the Application, ${namespace}, found one in ${home}`,
      {
        hint: `copy the secret to ${namespace} and write git:secret:${name}, or let the administrator add ${home} to secrets.allowedNamespaces`,
      },
    );
  return { kind: 'secret', namespace: home, name, ...(project === undefined ? {} : { project }) };
}
