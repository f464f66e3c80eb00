import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SelfSigned {
  readonly keyFile: string;
  readonly certificateFile: string;
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
}

/** A key and a certificate that vouches for itself, as files in `folder`. */
export function createSelfSigned(folder: string, name = 'token'): SelfSigned {
  const keyFile = join(folder, `${name}.key`);
  const certificateFile = join(folder, `${name}.pem`);
  openssl([
    'req',
    '-x509',
    ...NEW_KEY,
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    keyFile,
    '-out',
    certificateFile,
  ]);
  return {
    keyFile,
    certificateFile,
    key: readFileSync(keyFile, 'utf8'),
    certificate: readFileSync(certificateFile, 'utf8'),
  };
}

/** A private authority and a `server.pem`, `server.key` for 127.0.0.1, localhost and registry.test. Answers the authority's PEM. */
export function createPrivateCa(folder: string): string {
  const authority = createSelfSigned(folder, 'authority');
  const path = (name: string): string => join(folder, name);
  openssl([
    'req',
    ...NEW_KEY,
    '-nodes',
    '-subj',
    '/CN=127.0.0.1',
    '-keyout',
    path('server.key'),
    '-out',
    path('server.csr'),
  ]);
  writeFileSync(path('server.ext'), 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:registry.test\n');
  const issuer = ['-CA', authority.certificateFile, '-CAkey', authority.keyFile, '-CAcreateserial'];
  openssl([
    'x509',
    '-req',
    '-days',
    '2',
    ...issuer,
    '-in',
    path('server.csr'),
    '-extfile',
    path('server.ext'),
    '-out',
    path('server.pem'),
  ]);
  return authority.certificate;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
