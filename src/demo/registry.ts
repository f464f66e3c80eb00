import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { INDEX, MANIFEST, pushImage, type Contents, type DemoImage } from './image-store.ts';
import { listenOnLoopback } from './listen.ts';
import { parseUrl } from '../parse-url.ts';

/** A read-only OCI registry on a loopback port. Images are pushed by a call, not over HTTP. */
export interface DemoRegistry {
  readonly url: string;
  /** HTTP requests answered so far. */
  readonly requests: () => number;
  /** Publishes an image; the digest of its index. A tag that exists moves. */
  readonly push: (repository: string, tag: string, image: DemoImage) => string;
  readonly close: () => Promise<void>;
}

const PAGE = 50;

export async function startDemoRegistry(): Promise<DemoRegistry> {
  const contents: Contents = { objects: new Map(), tags: new Map() };
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    answer(contents, request, response);
  });
  await listenOnLoopback(server);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => requests,
    push: (repository, tag, image) => pushImage(contents, `${repository}:${tag}`, image),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(contents: Contents, request: IncomingMessage, response: ServerResponse): void {
  const url = parseUrl(request.url ?? '/', 'http://registry');
  if (url === undefined) return refuse(response, 404, 'NAME_INVALID');
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'UNSUPPORTED');
  if (url.pathname === '/v2/' || url.pathname === '/v2')
    return send(response, 'application/json', Buffer.from('{}'));
  const [, repository = '', kind, reference = ''] =
    /^\/v2\/(.+)\/(tags|manifests|blobs)\/([^/]+)$/.exec(url.pathname) ?? [];
  const tags = contents.tags.get(repository);
  if (kind === undefined || tags === undefined) return refuse(response, 404, 'NAME_UNKNOWN');
  if (kind === 'tags') return sendTags(response, { name: repository, tags }, url.searchParams);
  const digest = kind === 'manifests' ? (tags.get(reference) ?? reference) : reference;
  const found = contents.objects.get(digest);
  const isManifest = found?.type === INDEX || found?.type === MANIFEST;
  if (found === undefined || isManifest !== (kind === 'manifests'))
    return refuse(response, 404, 'MANIFEST_UNKNOWN');
  response.setHeader('docker-content-digest', digest);
  response.setHeader('etag', `"${digest}"`);
  send(response, kind === 'blobs' ? 'application/octet-stream' : found.type, found.bytes);
}

interface ImageTags {
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** Pages in lexical order with a `Link` header (OCI distribution spec, "Listing Tags"). */
function sendTags(response: ServerResponse, { name, tags }: ImageTags, query: URLSearchParams): void {
  const asked = Number(query.get('n') ?? PAGE);
  const size = Number.isInteger(asked) && asked > 0 ? Math.min(asked, PAGE) : PAGE;
  const last = query.get('last') ?? '';
  const rest = [...tags.keys()].sort().filter((tag) => tag > last);
  const page = rest.slice(0, size);
  const end = page.at(-1);
  if (end !== undefined && rest.length > page.length) {
    response.setHeader(
      'link',
      `</v2/${name}/tags/list?n=${size}&last=${encodeURIComponent(end)}>; rel="next"`,
    );
  }
  send(response, 'application/json', Buffer.from(JSON.stringify({ name, tags: page })));
}

/** Node leaves the body of a HEAD answer away by itself. */
function send(response: ServerResponse, type: string, bytes: Buffer): void {
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.length });
  response.end(bytes);
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({ errors: [{ code, message: 'the registry of the demo has no answer to this' }] }),
  );
}
