import type { IncomingMessage } from 'node:http';

/** How much of a body that is too large is read and dropped, so that its sender gets to read the answer. */
const MOST_DROPPED = 8 * 1024 * 1024;

/**
 * The body of a request, `too-large` when it has more bytes, and `cut` when its sender went away or was too slow.
 */
export async function readBody(
  request: IncomingMessage,
  most: number,
): Promise<Buffer | 'too-large' | 'cut'> {
  if (Number(request.headers['content-length'] ?? 0) > MOST_DROPPED) return 'too-large';
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= most) chunks.push(chunk);
      else chunks.length = 0;
      if (size > most + MOST_DROPPED) break;
    }
  } catch {
    return 'cut';
  }
  return size > most ? 'too-large' : Buffer.concat(chunks);
}
