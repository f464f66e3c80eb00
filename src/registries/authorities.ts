import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LynceusError } from '../errors.ts';
import type { RegistryEndpoint } from './endpoint.ts';

/** Where Argo CD Image Updater looks for the certificates of a host. */
export const USUAL_CA_FOLDER = '/app/config/tls';

/**
 * The PEM of the authorities that an endpoint trusts besides the system's: its `ca_file` and `ca_data`, else the file in
 * `folder` that is named after the host of its API. `undefined` when there are none, or when certificates are not looked
 * at. Throws `config-invalid` when a file that was named cannot be read.
 */
export async function readAuthorities(
  endpoint: RegistryEndpoint,
  folder: string,
): Promise<string | undefined> {
  const { name, apiUrl, insecure, caFile, caData } = endpoint;
  if (insecure) return undefined;
  if (caFile === undefined) return caData ?? (await readHostFile(new URL(apiUrl), folder));
  try {
    return [await readFile(caFile, 'utf8'), caData ?? ''].join('\n');
  } catch (error) {
    throw new LynceusError(
      'config-invalid',
      `the ca_file of registry ${name} cannot be read: ${caFile} (${codeOf(error)})`,
    );
  }
}

async function readHostFile({ host, hostname }: URL, folder: string): Promise<string | undefined> {
  for (const file of new Set([host, hostname]).values()) {
    const path = join(folder, file);
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') continue;
      throw new LynceusError(
        'config-invalid',
        `the certificates for ${host} cannot be read: ${path} (${codeOf(error)})`,
      );
    }
  }
  return undefined;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unreadable';
}
