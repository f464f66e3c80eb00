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
  issueCertificate(folder, 'server');
  return authority.certificate;
}

export interface IssueOptions {
  /** From today; -1 has expired. */
  readonly days?: number;
  readonly alternativeNames?: string;
}

/** `<name>.pem` and `<name>.key` in `folder`, signed by the authority that `createPrivateCa` put there. */
export function issueCertificate(
  folder: string,
  name: string,
  { days = 2, alternativeNames = 'IP:127.0.0.1,DNS:localhost,DNS:registry.test' }: IssueOptions = {},
): { readonly certFile: string; readonly keyFile: string } {
  const path = (file: string): string => join(folder, file);
  const [keyFile, csr, ext, certFile] = ['key', 'csr', 'ext', 'pem'].map((end) => path(`${name}.${end}`)) as [
    string,
    string,
    string,
    string,
  ];
  openssl(['req', ...NEW_KEY, '-nodes', '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', csr]);
  writeFileSync(ext, `subjectAltName=${alternativeNames}\n`);
  const issuer = ['-CA', path('authority.pem'), '-CAkey', path('authority.key'), '-CAcreateserial'];
  const rest = ['-in', csr, '-extfile', ext, '-out', certFile];
  openssl(['x509', '-req', '-days', String(days), ...issuer, ...rest]);
  return { certFile, keyFile };
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
