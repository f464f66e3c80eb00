import { A_MOMENT, createExpiringCache } from '../async/expiring-cache.ts';
import { LynceusError } from '../errors.ts';
import { SECRETS, type KubeClient, type KubeObject } from '../kube/kube-client.ts';
import type { Clock } from '../ports/clock.ts';

/** A Secret by its name. */
export interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

/** The fields of a Secret, decoded. They may end with the line break that an editor or `echo` put there. */
export type SecretFields = Readonly<Record<string, string>>;

/** A Secret, with what says which purpose it has. */
export interface KubeSecret {
  readonly fields: SecretFields;
  /** `Opaque`, `kubernetes.io/dockerconfigjson`; `''` when there is none. */
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** `undefined` when there is no such Secret. */
export type ReadSecret = (secret: SecretName, signal: AbortSignal) => Promise<KubeSecret | undefined>;

export interface KubeSecretsOptions {
  readonly kube: Pick<KubeClient, 'get'>;
  readonly clock: Pick<Clock, 'now'>;
  /**
   * Milliseconds for which what was read counts as true: long enough for one cycle to ask once, short enough for a
   * login that a registry refuses to be read again.
   */
  readonly ttl?: number;
}

export interface KubeSecrets {
  /** Only ever gets one Secret by its name. Throws `kube-…`. */
  readonly read: ReadSecret;
}

export function createKubeSecrets({ kube, clock, ttl = A_MOMENT }: KubeSecretsOptions): KubeSecrets {
  const secrets = createExpiringCache<KubeSecret | undefined>({ clock });
  return {
    read: (secret, signal) =>
      secrets.get(
        `${secret.namespace}/${secret.name}`,
        { longest: ttl, read: async (own) => ({ value: await getSecret(kube, secret, own) }) },
        signal,
      ),
  };
}

async function getSecret(
  kube: KubeSecretsOptions['kube'],
  secret: SecretName,
  signal: AbortSignal,
): Promise<KubeSecret | undefined> {
  try {
    return secretOf(await kube.get(SECRETS, secret, signal));
  } catch (error) {
    if (error instanceof LynceusError && error.code === 'kube-not-found') return undefined;
    throw error;
  }
}

function secretOf(object: KubeObject): KubeSecret {
  const { type, metadata } = object;
  return {
    fields: fieldsOf(object),
    type: typeof type === 'string' ? type : '',
    labels: metadata?.labels ?? {},
    annotations: metadata?.annotations ?? {},
  };
}

/** What the API server calls `data`: base64 of each field. A Secret may have none. */
export function fieldsOf({ data }: KubeObject): SecretFields {
  if (typeof data !== 'object' || data === null) return {};
  return Object.fromEntries(
    Object.entries(data).flatMap(([field, value]) =>
      typeof value === 'string' ? [[field, Buffer.from(value, 'base64').toString('utf8')] as const] : [],
    ),
  );
}
