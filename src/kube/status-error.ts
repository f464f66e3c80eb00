import { LynceusError, type LynceusErrorOptions } from '../errors.ts';
import type { KubeResource } from './kube-client.ts';
import { permissionFor, type KubeVerb } from './permissions.ts';

/** A request to the API server, as an RBAC rule describes it. */
export interface KubeRequest {
  readonly verb: KubeVerb;
  readonly resource: KubeResource;
  /** `undefined` means all namespaces. */
  readonly namespace: string | undefined;
  readonly name?: string;
}

/** The reason in the body of a refusal. */
interface Refusal {
  readonly message: string;
  readonly reason: string;
}

const LONGEST_MESSAGE = 300;

/** The error for an unsuccessful status: what was requested, what is wrong and what to do about it. */
export function statusError(request: KubeRequest, status: number, body: string): LynceusError {
  const refusal = readStatus(body);
  const doing = requestText(request);
  switch (status) {
    case 401:
      return new LynceusError(
        'kube-denied',
        `the API server does not accept the login, so it did not ${doing}`,
        {
          hint: 'check the token of the service account, or the user of the kubeconfig',
        },
      );
    case 403:
      return denied(request, refusal);
    case 404:
      return notFound(request, refusal);
    case 409:
      return new LynceusError('kube-conflict', `the API server did not ${doing}: ${refusal.message}`);
    case 410:
      return new LynceusError(
        'kube-expired',
        `the API server cannot ${doing} from so long ago: ${refusal.message}`,
      );
    default:
      return new LynceusError(
        'kube-failed',
        `the API server did not ${doing}: status ${status}, ${refusal.message}`,
        {
          retryable: status >= 500 || status === 429 || status === 408,
        },
      );
  }
}

/** `list applications.argoproj.io in the namespace argocd`. */
export function requestText({ verb, resource, namespace, name }: KubeRequest): string {
  const what = name === undefined ? qualified(resource) : `${qualified(resource)} ${name}`;
  return `${verb} ${what} ${namespace === undefined ? 'in all namespaces' : `in the namespace ${namespace}`}`;
}

function denied(request: KubeRequest, { message }: Refusal): LynceusError {
  const { verb, resource, namespace, name } = request;
  const found = /User "([^"]{1,300})" cannot \S+ resource/.exec(message);
  // An admission webhook refuses with 403 as well, and no role would help.
  if (found === null)
    return new LynceusError('kube-denied', `the API server refuses to ${requestText(request)}: ${message}`);
  const { why, component, where } = permissionFor(verb, resource) ?? {};
  const isForAll = namespace === undefined || where === 'cluster';
  const role = isForAll ? 'a ClusterRole' : `a Role in the namespace ${namespace}`;
  // A Secret that has a name is granted by it, and nothing else with it.
  const isNamed = component !== undefined && name !== undefined && where !== 'cluster';
  const names = isNamed ? `, resourceNames ["${name}"]` : '';
  const rule = `apiGroups ["${resource.group}"], resources ["${resource.plural}"]${names}, verbs ["${verb}"]`;
  const place = where === 'cluster' ? '' : "in Argo CD's namespace ";
  const part = component === undefined ? '' : `; ${place}${component} of the installation has it`;
  const options: LynceusErrorOptions = {
    hint: `grant it by ${role}${why === undefined ? '' : `, so that Lynceus can ${why}`}: ${rule}${part}`,
  };
  return new LynceusError('kube-denied', `${found[1]} may not ${requestText(request)}`, options);
}

function notFound(request: KubeRequest, { reason }: Refusal): LynceusError {
  const { resource, namespace, name } = request;
  if (name !== undefined && reason === 'NotFound')
    return new LynceusError(
      'kube-not-found',
      `there is no ${qualified(resource)} ${name} in the namespace ${namespace}`,
    );
  if (request.verb === 'create' && reason === 'NotFound')
    return new LynceusError(
      'kube-not-found',
      `there is no namespace ${namespace} to ${requestText(request)}`,
    );
  return new LynceusError('kube-not-found', `the API server does not know ${qualified(resource)}`, {
    hint: resource.group.endsWith('argoproj.io')
      ? 'install Argo CD first, or check which cluster is meant'
      : 'check which cluster is meant, and its version',
  });
}

function qualified({ group, plural }: KubeResource): string {
  const [name = '', subresource] = plural.split('/');
  const part = subresource === undefined ? '' : `/${subresource}`;
  return `${name}${group === '' ? '' : `.${group}`}${part}`;
}

function readStatus(body: string): Refusal {
  try {
    const { message, reason } = JSON.parse(body) as { readonly message?: unknown; readonly reason?: unknown };
    return {
      message: tidy(typeof message === 'string' && message !== '' ? message : 'no reason is given'),
      reason: typeof reason === 'string' ? reason : '',
    };
  } catch {
    return { message: tidy(body === '' ? 'no reason is given' : body), reason: '' };
  }
}

/** One line that a terminal can show. */
function tidy(text: string): string {
  const line = text
    .slice(0, 4 * LONGEST_MESSAGE)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line;
}
