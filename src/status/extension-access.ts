import type { ApplicationId } from '../core/policy.ts';
import { LynceusError } from '../errors.ts';
import type { StatusReader } from '../ports/status.ts';
import type { RouteRequest } from '../server/routes.ts';
import { confinedApplication } from './confinement.ts';

/** For what Argo CD has let somebody through. */
export interface PassedOn {
  readonly application: ApplicationId;
  readonly project: string;
}

const PROJECT = 'argocd-project-name';
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** More images than an Application has in any installation. */
const MANY = 10_000;

/** Nobody has a namespace without a name. */
const NOBODY: ApplicationId = { namespace: '', name: '' };

/**
 * Whom a request is for that Argo CD's proxy has passed on. Throws `permission-denied` unless both headers are there, once, and name one
 * Application and one project: a caller can make the proxy drop headers that it has checked (`Connection: Argocd-Application-Name`,
 * which net/http/httputil takes out last), and send one twice, of which it checks the first. So nothing here ever means "all".
 */
export function passedOnFor(request: Pick<RouteRequest, 'headers'>): PassedOn {
  const application = applicationOf(request);
  const project = request.headers[PROJECT];
  if (application === undefined || typeof project !== 'string' || !NAME.test(project)) {
    throw new LynceusError(
      'permission-denied',
      'expected the headers Argocd-Application-Name, one namespace:name, and Argocd-Project-Name, one project, as the proxy of Argo CD sends them',
    );
  }
  return { application, project };
}

function applicationOf(request: Pick<RouteRequest, 'headers'>): ApplicationId | undefined {
  try {
    return confinedApplication(request);
  } catch {
    return undefined;
  }
}

/**
 * What may be seen by those for whom a request was passed on. What is known of an Application in another project is of before it was moved,
 * or of another one that had its name.
 */
export function readerForPassedOn(all: StatusReader, { application, project }: PassedOn): StatusReader {
  const own = all.confinedTo(application);
  const isOfAnother = own
    .images({}, { limit: MANY })
    .items.some((image) => image.project !== undefined && image.project !== project);
  return isOfAnother ? own.confinedTo(NOBODY) : own;
}
