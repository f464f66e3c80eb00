import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { errnoOf, LynceusError, type ErrorCode } from '../errors.ts';
import { basicAuthorization } from './basic-authorization.ts';
import type { Timeouts } from './client.ts';
import { readAgainWhenChanged } from './read-again.ts';
import { authoritiesWith, contextTrusting } from './trust.ts';

/** How a server that the configuration names is reached. Secrets are named by their place: `env:NAME`, `file:/path` or `secret:NAMESPACE/NAME#FIELD`. */
export interface ServerAccess {
  readonly tokenFrom?: string | undefined;
  readonly usernameFrom?: string | undefined;
  readonly passwordFrom?: string | undefined;
  /** Each with its value, or the place of it. */
  readonly headers?:
    | readonly {
        readonly name: string;
        readonly value?: string | undefined;
        readonly valueFrom?: string | undefined;
      }[]
    | undefined;
  readonly caFile?: string | undefined;
  readonly clientCertFile?: string | undefined;
  readonly clientKeyFile?: string | undefined;
  /** Milliseconds for one answer. */
  readonly timeout?: number | undefined;
}

/** The secret at a place, read anew each time. Throws `LynceusError`, without it. */
export type ReadPlace = (place: string, signal: AbortSignal) => Promise<string>;

/** Headers and login of a request, names in lower case. Throws what `readSecret` throws, and `credentials-failed`. */
export async function accessHeaders(
  { tokenFrom, usernameFrom, passwordFrom, headers = [] }: ServerAccess,
  readSecret: ReadPlace,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const sent: Record<string, string> = {};
  for (const { name, value, valueFrom } of headers)
    sent[name.toLowerCase()] =
      valueFrom === undefined ? (value ?? '') : headerSafe(await readSecret(valueFrom, signal), valueFrom);
  if (tokenFrom !== undefined)
    sent['authorization'] = `Bearer ${headerSafe(await readSecret(tokenFrom, signal), tokenFrom)}`;
  if (usernameFrom !== undefined && passwordFrom !== undefined)
    sent['authorization'] = basicAuthorization(
      await readSecret(usernameFrom, signal),
      await readSecret(passwordFrom, signal),
    );
  return sent;
}

/** Node.js would refuse the header with an error that shows it. */
function headerSafe(secret: string, place: string): string {
  if (/^[\x20-\x7e]+$/.test(secret)) return secret;
  throw new LynceusError(
    'credentials-failed',
    `what ${place} holds is no value of a header: one line of ASCII`,
  );
}

export function accessTimeouts({ timeout }: ServerAccess): { readonly timeouts?: Timeouts } {
  if (timeout === undefined) return {};
  return { timeouts: { connect: Math.min(timeout, 10_000), response: timeout, total: timeout } };
}

/** The certificates of a server, read again when a file changes. Throws an error of this code for files that cannot be used; `whose` names who has them. */
export function accessCertificates(
  { caFile, clientCertFile, clientKeyFile }: ServerAccess,
  { code, whose }: { readonly code: ErrorCode; readonly whose: string },
): () => SecureContext | undefined {
  const files = [caFile, clientCertFile, clientKeyFile].filter((file) => file !== undefined);
  if (files.length === 0) return () => undefined;
  return readAgainWhenChanged(files, () => {
    try {
      const ca = caFile === undefined ? undefined : authoritiesWith(readFileSync(caFile, 'utf8'));
      if (clientCertFile === undefined || clientKeyFile === undefined)
        return ca === undefined ? undefined : contextTrusting(ca);
      const own = { cert: readFileSync(clientCertFile), key: readFileSync(clientKeyFile) };
      return createSecureContext({ ...own, ...(ca === undefined ? {} : { ca: [...ca] }) });
    } catch (thrown) {
      throw new LynceusError(
        code,
        `the certificates of ${whose} cannot be used: ${files.join(', ')} (${errnoOf(thrown) ?? 'no certificate in PEM form'})`,
        { hint: 'see caFile, clientCertFile and clientKeyFile' },
      );
    }
  });
}
