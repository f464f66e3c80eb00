import type { SecretField } from '../core/policy.ts';
import { plainLine } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import type { ReadSecret } from './kube-secrets.ts';
import { whyUnnamed } from './secret-purpose.ts';

export interface VerificationKeyOptions {
  /** Without it there is no cluster to read Secrets from. */
  readonly readSecret: ReadSecret | undefined;
  readonly argocdNamespace: string;
}

/**
 * Reads the text of a public key from a field of a Secret. Throws `credentials-missing` when there is no such Secret or field,
 * `credentials-denied` for a Secret that is for something else, and `kube-…`. None of them shows what is in the Secret.
 */
export async function readVerificationKey(
  { namespace, name, field }: SecretField,
  { readSecret, argocdNamespace }: VerificationKeyOptions,
  signal: AbortSignal,
): Promise<string> {
  const where = plainLine(`the Secret ${namespace}/${name}`);
  if (readSecret === undefined)
    throw missing(
      `the key of signatures is in ${where}, and there is no cluster to read it from`,
      'run in the cluster, or set KUBECONFIG',
    );
  const secret = await readSecret({ namespace, name }, signal);
  if (secret === undefined)
    throw missing(
      `there is no ${where.slice('the '.length)}, which has the key of signatures`,
      creationHint({ namespace, name, field }),
    );
  const why = whyUnnamed({ ...secret, namespace, name }, 'public-key', argocdNamespace);
  if (why !== undefined)
    throw new LynceusError(
      'credentials-denied',
      `${where} is no place for the key of signatures: it ${why}`,
      {
        hint: 'name a Secret that was made for the key',
        retryable: false,
      },
    );
  const text = secret.fields[field];
  if (text === undefined || text.trim() === '')
    throw missing(
      plainLine(`${where} has no field ${field}, which has the key of signatures`),
      'name the field in cosignKey.key, or write the key into it',
    );
  return text;
}

/** The line is to be pasted into a shell, and whoever wrote the resource chose the names in it. */
function creationHint({ namespace, name, field }: SecretField): string {
  const isPlain = [namespace, name, field].every((text) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text));
  return isPlain
    ? `kubectl create secret generic -n ${namespace} ${name} --from-file=${field}=cosign.pub`
    : 'create it, or correct secretName';
}

function missing(message: string, hint: string): LynceusError {
  return new LynceusError('credentials-missing', message, { hint });
}
