import type { ResourceName } from './object-store.ts';

/** An answer that is not an object: what the API server sends as a `Status`. */
export class StatusError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    reason: string,
    message: string,
    more: {
      readonly details?: Readonly<Record<string, unknown>>;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.details = more.details ?? {};
    this.headers = more.headers ?? {};
  }

  get body(): Readonly<Record<string, unknown>> {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      details: this.details,
      code: this.status,
    };
  }
}

/** `applications.argoproj.io`, `secrets`. */
export function qualified({ group, plural }: ResourceName): string {
  return group === '' ? plural : `${plural}.${group}`;
}

export interface Asked {
  readonly verb: string;
  readonly resource: ResourceName;
  readonly namespace: string;
  readonly name: string;
}

export function forbidden(user: string, { verb, resource, namespace, name }: Asked): StatusError {
  const what = name === '' ? qualified(resource) : `${qualified(resource)} "${name}"`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return new StatusError(
    403,
    'Forbidden',
    `${what} is forbidden: User "${user}" cannot ${verb} resource "${resource.plural}" in API group "${resource.group}" ${where}`,
    { details: { ...(name === '' ? {} : { name }), group: resource.group, kind: resource.plural } },
  );
}

export function notFound({ resource, name }: Asked): StatusError {
  return new StatusError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, {
    details: { name, group: resource.group, kind: resource.plural },
  });
}

export function alreadyExists({ resource }: Asked, name: string): StatusError {
  return new StatusError(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, {
    details: { name, group: resource.group, kind: resource.plural },
  });
}

export function conflict({ resource, name }: Asked): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    { details: { name, group: resource.group, kind: resource.plural } },
  );
}

export function gone(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function invalid({ resource, name }: Asked, message: string): StatusError {
  return new StatusError(422, 'Invalid', `${qualified(resource)} "${name}" is invalid: ${message}`);
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}
