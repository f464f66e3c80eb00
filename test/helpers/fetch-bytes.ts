import { readFileSync } from 'node:fs';
import { request as requestHttp, type IncomingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** PEM that is trusted besides nothing else. */
  readonly ca?: string;
  /** What is shown to a server that wants to know who we are. */
  readonly client?: { readonly certFile: string; readonly keyFile: string };
}

export interface Fetched {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One plain HTTP request of `node:http`: knows nothing of redirects, retries or our own client. */
export function fetchBytes(
  url: string | URL,
  { method = 'GET', headers = {}, body = '', ca, client }: FetchOptions = {},
): Promise<Fetched> {
  const target = new URL(url);
  const options = { method, headers: { 'content-length': String(Buffer.byteLength(body)), ...headers } };
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(client === undefined
      ? {}
      : { cert: readFileSync(client.certFile), key: readFileSync(client.keyFile) }),
  };
  return new Promise((resolve, reject) => {
    const request =
      target.protocol === 'https:'
        ? requestHttps(target, { ...options, ...tls })
        : requestHttp(target, options);
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.end(body);
  });
}
