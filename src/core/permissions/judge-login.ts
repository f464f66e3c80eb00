import { LynceusError } from '../../errors.ts';
import { formatCredentialSpec, type CredentialSpec } from '../credential-spec.ts';
import { formatRepository } from '../image/reference.ts';
import type { GitCredentialSpec, TrackedImage } from '../policy.ts';
import type { Fence } from './fence.ts';
import { ruleHint } from './judge-write.ts';
import {
  askingOf,
  concernsApplication,
  grantsText,
  literalGlob,
  ruleFor,
  type PermissionRule,
} from './permission-rule.ts';

type Asker = Pick<TrackedImage, 'application' | 'requester'>;
type AskingImage = Asker & Pick<TrackedImage, 'repository' | 'policy'>;

/**
 * Whether an Application may name its login to a registry: a GitHub App by a rule alone, a pull secret in Argo CD's own
 * namespace by a rule where the fence is enforced. Other logins are bound to what they are for, without a rule. Returns the
 * error, `permission-denied`, or `undefined` when nothing is refused.
 */
export function judgeLogin(image: AskingImage, fence: Fence): LynceusError | undefined {
  const { pullSecret } = image.policy;
  if (pullSecret === undefined || !needsRule(pullSecret, fence)) return undefined;
  const login = formatCredentialSpec(pullSecret);
  const registry = formatRepository(image.repository);
  if (isGranted(image, { login, registry }, fence)) return undefined;
  return new LynceusError('permission-denied', `may not name the login ${login} for ${registry}`, {
    hint: ruleHint(loginRule(image, { login, registry })),
  });
}

/** The rules without which the logins of an image are refused, or kept from the sources of its Application. */
export function loginRules(
  image: AskingImage & Pick<TrackedImage, 'destination'>,
  fence: Fence,
): readonly Partial<PermissionRule>[] {
  const { pullSecret } = image.policy;
  const { target } = image.destination;
  const registry =
    pullSecret !== undefined && judgeLogin(image, fence) !== undefined
      ? [{ login: formatCredentialSpec(pullSecret), registry: formatRepository(image.repository) }]
      : [];
  const git =
    target.method === 'git' &&
    target.place.isOwnSource === true &&
    isKeptBack(target.place.credentials, image, fence)
      ? [{ login: gitLogin(target.place.credentials) }]
      : [];
  return [...registry, ...git].map((asked) => loginRule(image, asked));
}

function needsRule(login: CredentialSpec, { enforced, argocdNamespace }: Fence): boolean {
  switch (login.kind) {
    case 'github-app':
      return true;
    case 'pullsecret':
      return enforced && login.namespace === argocdNamespace;
    case 'secret':
    case 'env':
    case 'ext':
      return false;
  }
}

/**
 * The Git credentials that an Application names, as the fence lets them be used: a Secret in Argo CD's own namespace is the
 * administrator's where the fence is enforced, so that being sent to a source of the Application is not enough for it.
 */
export function fencedCredentials(
  credentials: GitCredentialSpec,
  image: Asker,
  fence: Fence,
): GitCredentialSpec {
  return isKeptBack(credentials, image, fence) ? { ...credentials, onlyWhereNamed: true } : credentials;
}

type NamedCredentials = Extract<GitCredentialSpec, { kind: 'secret' }>;

function isKeptBack(
  credentials: GitCredentialSpec,
  image: Asker,
  fence: Fence,
): credentials is NamedCredentials {
  const isOfAdministrator =
    fence.enforced && credentials.kind === 'secret' && credentials.namespace === fence.argocdNamespace;
  return isOfAdministrator && !isGranted(image, { login: gitLogin(credentials) }, fence);
}

function gitLogin({ namespace, name }: NamedCredentials): string {
  return `git:secret:${namespace}/${name}`;
}

interface AskedLogin {
  readonly login: string;
  /** Absent for a login to Git. */
  readonly registry?: string;
}

function isGranted(image: Asker, { login, registry }: AskedLogin, { rules }: Fence): boolean {
  const asking = askingOf(image);
  return rules.some(
    (rule) =>
      concernsApplication(rule, asking) &&
      grantsText(rule, 'logins', login) &&
      (registry === undefined || rule.registries.length === 0 || grantsText(rule, 'registries', registry)),
  );
}

function loginRule(image: Asker, { login, registry }: AskedLogin): Partial<PermissionRule> {
  return ruleFor(askingOf(image), {
    ...(registry === undefined ? {} : { registries: [literalGlob(registry)] }),
    logins: [literalGlob(login)],
  });
}
