import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fetcher } from 'tuf-js';
// The updater knows by this class that there is no newer root.
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import type { Send } from '../../http/message.ts';

/** Fetches files of a TUF repository by our own client. */
export function createTufFetcher(send: Send, signal: AbortSignal): Fetcher {
  async function downloadBytes(url: string, maxBytes: number): Promise<Buffer> {
    const request = { method: 'GET', url: new URL(url), headers: {}, maxBytes } as const;
    const { status, body } = await send(request, signal);
    if (status !== 200) throw new DownloadHTTPError(`${url} answered ${status}`, status);
    return body;
  }
  return {
    downloadBytes,
    async downloadFile(url, maxBytes, handler) {
      const folder = await mkdtemp(join(tmpdir(), 'lynceus-tuf-'));
      try {
        const path = join(folder, 'file');
        await writeFile(path, await downloadBytes(url, maxBytes));
        return await handler(path);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Has nothing but what is kept already. */
export const OFFLINE: Fetcher = {
  downloadBytes: () => Promise.reject(new Error('nothing is fetched')),
  downloadFile: () => Promise.reject(new Error('nothing is fetched')),
};
