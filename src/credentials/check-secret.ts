import { parseCredentialSpec } from '../core/credential-spec.ts';
import { LynceusError } from '../errors.ts';
import { secretLine } from './git-secret.ts';
import type { ReadSecret } from './kube-secrets.ts';
import { readNamedFile } from './read-named-file.ts';

export interface CheckSecretOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Without it there is no cluster to read Secrets from. */
  readonly readSecret: ReadSecret | undefined;
}

const FILE = 'file:';

/**
 * Reads the one line of text at `env:NAME`, `file:/path` or `secret:NAMESPACE/NAME#FIELD`, each time anew. Throws `credentials-…` and
 * `kube-…`, without it.
 */
export async function readCheckSecret(
  place: string,
  { env, readSecret }: CheckSecretOptions,
  signal: AbortSignal,
): Promise<string> {
  if (place.startsWith(FILE)) {
    const path = place.slice(FILE.length);
    return secretLine(await readNamedFile(path, { message: `${path} cannot be read` }), `text of ${path}`);
  }
  const spec = parseCredentialSpec(place);
  switch (spec.kind) {
    case 'env': {
      const text = env[spec.variable] ?? '';
      if (text === '') throw missing(`the environment variable ${spec.variable} is not set`);
      return secretLine(text, `environment variable ${spec.variable}`);
    }
    case 'secret': {
      const { namespace, name, field } = spec;
      const where = `Secret ${namespace}/${name}`;
      if (readSecret === undefined)
        throw missing(`there is no cluster to read the ${where} from`, 'use env: or file: instead');
      const secret = await readSecret({ namespace, name }, signal);
      const text = secret?.fields[field];
      if (text === undefined)
        throw missing(
          secret === undefined ? `there is no ${where}` : `the ${where} has no field ${field}`,
          'create it, or correct the check',
        );
      return secretLine(text, `field ${field} of the ${where}`);
    }
    default:
      throw missing('expected env:NAME, file:/path or secret:NAMESPACE/NAME#FIELD');
  }
}

function missing(message: string, hint?: string): LynceusError {
  return new LynceusError('credentials-missing', message, { hint });
}
