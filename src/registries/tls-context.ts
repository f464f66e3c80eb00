import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { errnoOf, LynceusError } from '../errors.ts';
import { readAgainWhenChanged } from '../http/read-again.ts';
import { authoritiesWith, contextTrusting } from '../http/trust.ts';
import { authorityFiles, readAuthorities } from './authorities.ts';
import type { RegistryEndpoint } from '../settings/registry.ts';

type TlsEndpoint = Pick<
  RegistryEndpoint,
  'name' | 'apiUrl' | 'insecure' | 'caFile' | 'caData' | 'clientCertFile' | 'clientKeyFile'
>;

/** What is shown to a server that wants to know who we are. */
interface ClientPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * The certificates with which an endpoint is reached: the same answer until one of their files changes, as they do where
 * certificates are renewed by the hour (cert-manager, a mounted Secret). `undefined` is what the process trusts by
 * itself. Throws `config-invalid`, naming the file, and reads again at the next call.
 */
export function createTlsContext(endpoint: TlsEndpoint, caFolder: string): () => SecureContext | undefined {
  const files = [
    ...authorityFiles(endpoint, caFolder),
    ...[endpoint.clientCertFile, endpoint.clientKeyFile].filter((file) => file !== undefined),
  ];
  return readAgainWhenChanged(files, () =>
    contextOf(endpoint, readAuthorities(endpoint, caFolder), readClientPair(endpoint)),
  );
}

function contextOf(
  { name, caFile }: TlsEndpoint,
  authorities: string | undefined,
  client: ClientPair | undefined,
): SecureContext | undefined {
  if (authorities === undefined && client === undefined) return undefined;
  const ca = authorities === undefined ? undefined : trusted(authorities, { name, caFile });
  try {
    if (ca !== undefined && client === undefined) return contextTrusting(ca);
    return createSecureContext({ ...(ca === undefined ? {} : { ca }), ...client });
  } catch (error) {
    throw invalid(`the certificates of registry ${name} cannot be used (${errnoOf(error) ?? 'unreadable'})`);
  }
}

function trusted(pem: string, { name, caFile }: Pick<TlsEndpoint, 'name' | 'caFile'>): string[] {
  try {
    return [...authoritiesWith(pem)];
  } catch {
    const where = caFile === undefined ? '' : `: ${caFile}`;
    throw invalid(`the certificates of registry ${name} (ca_file, ca_data) are not PEM${where}`);
  }
}

function readClientPair({ name, clientCertFile, clientKeyFile }: TlsEndpoint): ClientPair | undefined {
  if (clientCertFile === undefined || clientKeyFile === undefined) return undefined;
  const cert = readNamed(clientCertFile, `the client_cert_file of registry ${name}`);
  const key = readNamed(clientKeyFile, `the client_key_file of registry ${name}`);
  const certificate = certificateIn(cert);
  if (certificate === undefined)
    throw invalid(
      `the client_cert_file of registry ${name} holds no certificate in PEM form: ${clientCertFile}`,
    );
  const privateKey = privateKeyIn(key);
  if (privateKey === undefined) {
    const what = key.includes('ENCRYPTED')
      ? 'is locked with a pass phrase'
      : 'holds no private key in PEM form';
    throw invalid(`the client_key_file of registry ${name} ${what}: ${clientKeyFile}`);
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw invalid(
      `the client_key_file of registry ${name} does not belong to its client_cert_file: ${clientKeyFile}, ${clientCertFile}`,
      'the certificate of the key comes first in its file, those of its authorities after it',
    );
  }
  return { cert, key };
}

function readNamed(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(`${what} cannot be read: ${file} (${errnoOf(error) ?? 'unreadable'})`);
  }
}

function certificateIn(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function privateKeyIn(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function invalid(message: string, hint?: string): LynceusError {
  return new LynceusError('config-invalid', message, hint === undefined ? {} : { hint });
}
