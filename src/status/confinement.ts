import type { ApplicationId } from '../core/policy.ts';
import { LynceusError } from '../errors.ts';
import type { RouteRequest } from '../server/routes.ts';

/** Set by Argo CD's proxy on every request that it passes on, in place of what a browser sends; `namespace:name`. */
const APPLICATION = 'argocd-application-name';
const PROJECT = 'argocd-project-name';

const NAME = '[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?';
const FORM = new RegExp(`^(${NAME}):(${NAME})$`);

/**
 * The only Application that may be seen by who asks, whoever sends the headers; `undefined` without them. Throws `usage-invalid` when they
 * name none, or more than one: then nothing may be seen.
 */
export function confinedApplication({ headers }: Pick<RouteRequest, 'headers'>): ApplicationId | undefined {
  const [application, project] = [headers[APPLICATION], headers[PROJECT]];
  if (application === undefined && project === undefined) return undefined;
  const [, namespace, name] = typeof application === 'string' ? (FORM.exec(application) ?? []) : [];
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  throw new LynceusError(
    'usage-invalid',
    'expected the header Argocd-Application-Name to be one namespace:name, as the proxy of Argo CD sends it',
  );
}
