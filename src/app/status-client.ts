import { LynceusError } from '../errors.ts';
import { createHttpClient } from '../http/client.ts';
import { authoritiesWith } from '../http/trust.ts';
import { parseJsonObject, type JsonObject } from '../http/json.ts';
import type { HttpResponse } from '../http/message.ts';
import { parseUrl } from '../parse-url.ts';
import { VERSION } from '../version.ts';

export interface StatusClientOptions {
  /** Where the status API is, without its path: `http://127.0.0.1:8085`. */
  readonly server: string;
  /** Sent as a bearer token; `undefined` sends none. */
  readonly token: string | undefined;
  /** PEM of authorities that are trusted besides the system's. */
  readonly ca: string | undefined;
}

/** Reads the status API of a Lynceus that runs. What it answers is not checked here. */
export interface StatusClient {
  /** `path` is behind `/api/v1`, as `/images?limit=500`; `undefined` where the API says that there is no such thing. Throws `status-unreachable` and `status-denied`. */
  get(path: string, signal: AbortSignal): Promise<JsonObject | undefined>;
  close(): void;
}

/** 500 images with all that there is to say of each. */
const LARGEST_ANSWER = 64 * 1024 * 1024;
const API = '/api/v1';

/** Throws `usage-invalid` for a server that is no HTTP URL, and for a certificate that cannot be read. */
export function createStatusClient({ server, token, ca }: StatusClientOptions): StatusClient {
  const base = parseServer(server);
  const http = createHttpClient({
    userAgent: `lynceus/${VERSION}`,
    codes: {
      unreachable: 'status-unreachable',
      tooLarge: 'status-unreachable',
      invalid: 'status-unreachable',
    },
    timeouts: { connect: 5_000, response: 20_000, total: 60_000 },
    ca: checkedAuthority(ca),
    hints: { untrusted: 'name its certificate authority with --ca-file' },
  });
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    async get(path, signal) {
      const url = new URL(`${base}${API}${path}`);
      const headers = { accept: 'application/json', ...authorization };
      const request = {
        method: 'GET',
        url,
        headers,
        redirects: 'same-host',
        maxBytes: LARGEST_ANSWER,
      } as const;
      return contentOf(await http.send(request, signal), `${base}${API}`, token !== undefined);
    },
    close: () => http.close(),
  };
}

function checkedAuthority(ca: string | undefined): string | undefined {
  if (ca === undefined) return undefined;
  try {
    authoritiesWith(ca);
    return ca;
  } catch (thrown) {
    throw new LynceusError('usage-invalid', 'expected certificates in PEM form in the file of --ca-file', {
      cause: thrown,
    });
  }
}

/** Without a slash at the end. */
function parseServer(text: string): string {
  const url = parseUrl(text);
  const isFit =
    url !== undefined &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.username + url.password + url.search + url.hash === '';
  if (isFit) return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  throw new LynceusError('usage-invalid', 'expected the server as http://HOST:PORT or https://HOST:PORT', {
    hint: 'a token belongs into LYNCEUS_TOKEN or the file of --token-file',
  });
}

function contentOf(
  { status, headers, body }: HttpResponse,
  where: string,
  hasToken: boolean,
): JsonObject | undefined {
  const isJson = /^application\/(?:problem\+)?json\b/.test(headers['content-type'] ?? '');
  const content = isJson ? parseJsonObject(body) : undefined;
  if (status === 200 && content !== undefined) return content;
  if (status === 404 && content !== undefined) return undefined;
  if (status === 401 || status === 403) {
    const hint = hasToken
      ? 'its user must be allowed to get /lynceus/status: see docs/status.md'
      : 'set LYNCEUS_TOKEN, or name a file with --token-file';
    throw new LynceusError(
      'status-denied',
      `${where} refuses ${hasToken ? 'the token' : 'to answer without a token'}`,
      { hint },
    );
  }
  const detail = problemDetail(content);
  throw new LynceusError(
    'status-unreachable',
    detail === undefined
      ? `expected the status API of Lynceus at ${where}, found an answer with status ${status}`
      : `${where} answers with status ${status}: ${detail}`,
    { hint: 'name the address and port of server.statusPort' },
  );
}

function problemDetail(content: JsonObject | undefined): string | undefined {
  const detail = content?.['detail'];
  return typeof detail === 'string' ? detail : undefined;
}
