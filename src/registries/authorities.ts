import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, isMissing, LynceusError } from '../errors.ts';
import type { RegistryEndpoint } from '../settings/registry.ts';

/** Where Argo CD Image Updater reads the certificates of a host. */
export const USUAL_CA_FOLDER = '/app/config/tls';

type TrustingEndpoint = Pick<RegistryEndpoint, 'name' | 'apiUrl' | 'insecure' | 'caFile' | 'caData'>;

/** The files that `readAuthorities` reads. */
export function authorityFiles(endpoint: TrustingEndpoint, folder: string): readonly string[] {
  const { apiUrl, insecure, caFile, caData } = endpoint;
  if (insecure) return [];
  if (caFile !== undefined) return [caFile];
  return caData === undefined ? hostFiles(new URL(apiUrl), folder) : [];
}

/**
 * The PEM of the authorities that an endpoint trusts besides the system's: its `ca_file` and `ca_data`, else the file in
 * `folder` that is named after the host of its API. `undefined` when there are none, or when certificates are not looked
 * at. Throws `config-invalid` when a file that was named cannot be read.
 */
export function readAuthorities(endpoint: TrustingEndpoint, folder: string): string | undefined {
  const { name, apiUrl, insecure, caFile, caData } = endpoint;
  if (insecure) return undefined;
  if (caFile === undefined) return caData ?? readHostFile(new URL(apiUrl), folder);
  try {
    return [readFileSync(caFile, 'utf8'), caData ?? ''].join('\n');
  } catch (error) {
    throw new LynceusError(
      'config-invalid',
      `the ca_file of registry ${name} cannot be read: ${caFile} (${errnoOf(error) ?? 'unreadable'})`,
    );
  }
}

function hostFiles({ host, hostname }: URL, folder: string): readonly string[] {
  return [...new Set([host, hostname])].map((file) => join(folder, file));
}

function readHostFile(url: URL, folder: string): string | undefined {
  for (const path of hostFiles(url, folder)) {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (isMissing(error)) continue;
      throw new LynceusError(
        'config-invalid',
        `the certificates for ${url.host} cannot be read: ${path} (${errnoOf(error) ?? 'unreadable'})`,
      );
    }
  }
  return undefined;
}
