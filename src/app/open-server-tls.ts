import type { Config } from '../config/config.ts';
import { openTls, type ServerTls } from '../server/tls.ts';
import type { Environment } from './environment.ts';

/** TLS as `server.tls` has it. What happens to the certificate later is logged. */
export async function openServerTls(
  { tls }: Config['server'],
  { clock, log }: Pick<Environment, 'clock' | 'log'>,
): Promise<ServerTls> {
  return await openTls({ ...tls, ciphers: tls.ciphers ?? [] }, clock, {
    onChange: ({ selfSigned, expiresAt }) =>
      log.info('another certificate is in use', { self_signed: selfSigned, expires: dateOf(expiresAt) }),
    onFault: (err) => log.error('the certificate cannot be used, the one before stays in use', { err }),
  });
}

function dateOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
