import { formatCredentialSpec, type CredentialSpec } from '../credential-spec.ts';
import { LynceusError } from '../../errors.ts';
import { formatRepository } from '../image/reference.ts';
import type { GitCredentialSpec, TrackedImage } from '../policy.ts';
import type { Fence } from './fence.ts';
import { ruleHint } from './judge-write.ts';
import { concernsApplication, grantsText, literalGlob } from './permission-rule.ts';

type AskingImage = Pick<TrackedImage, 'application' | 'requester' | 'repository' | 'policy'>;

/**
 * Whether an Application may name its login to a registry: a GitHub App by a rule alone, a pull secret in Argo CD's own
 * namespace by a rule where the fence is enforced. Other logins are bound to what they are for, without a rule. Returns the
 * error, `permission-denied`, or `undefined` when nothing is refused.
 */
export function judgeLogin(image: AskingImage, fence: Fence): LynceusError | undefined {
  const { pullSecret } = image.policy;
  if (pullSecret === undefined || !needsRule(pullSecret, fence)) return undefined;
  const login = formatCredentialSpec(pullSecret);
  if (isGranted(image, login, fence)) return undefined;
  const registry = formatRepository(image.repository);
  return new LynceusError('permission-denied', `may not name the login ${login} for ${registry}`, {
    hint: ruleHint({
      ...ruleFor(image),
      registries: [literalGlob(registry)],
      logins: [literalGlob(login)],
    }),
  });
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
  image: Pick<AskingImage, 'application' | 'requester'>,
  fence: Fence,
): GitCredentialSpec {
  const isOfAdministrator =
    fence.enforced && credentials.kind === 'secret' && credentials.namespace === fence.argocdNamespace;
  if (!isOfAdministrator) return credentials;
  const login = `git:secret:${credentials.namespace}/${credentials.name}`;
  const asking = askingOf(image);
  const granted = fence.rules.some(
    (rule) => concernsApplication(rule, asking) && grantsText(rule, 'logins', login),
  );
  return granted ? credentials : { ...credentials, onlyWhereNamed: true };
}

function isGranted(image: AskingImage, login: string, { rules }: Fence): boolean {
  const asking = askingOf(image);
  const registry = formatRepository(image.repository);
  return rules.some(
    (rule) =>
      concernsApplication(rule, asking) &&
      grantsText(rule, 'logins', login) &&
      (rule.registries.length === 0 || grantsText(rule, 'registries', registry)),
  );
}

function askingOf({ application, requester }: Pick<AskingImage, 'application' | 'requester'>) {
  return { project: requester.project, namespace: requester.namespace, name: application.name };
}

function ruleFor(image: Pick<AskingImage, 'application' | 'requester'>) {
  const { project, namespace, name } = askingOf(image);
  return { projects: [project], namespaces: [namespace], applications: [name] };
}
