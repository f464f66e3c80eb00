import {
  request as ask,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';

/** What Argo CD knows when it decides about a request to an extension. */
export interface ArgoCdAccess {
  /** Value of the cookie `argocd.token` to who that is. */
  readonly users: Readonly<Record<string, ArgoCdUser>>;
  /** `namespace/name` to its AppProject. */
  readonly applications: Readonly<Record<string, string>>;
  /** `extension.config` of argocd-cm: names and addresses. */
  readonly extensions: Readonly<Record<string, string>>;
}

export interface ArgoCdUser {
  readonly name: string;
  readonly groups: readonly string[];
  /** `namespace/name` of the Applications for which `applications, get` is allowed. */
  readonly applications: readonly string[];
  /** For which `extensions, invoke` is. */
  readonly extensions: readonly string[];
}

const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * Passes a request below `/extensions/` on as Argo CD 3 does: `CallExtension` of server/extension/extension.go, which ends in the
 * `ReverseProxy` of Go's net/http/httputil. Of a header that comes twice the first is checked and both are sent; the path is decoded
 * and encoded anew; and what the caller's own `Connection` names is taken out after Argo CD has added its headers.
 */
export function passOn(access: ArgoCdAccess, request: IncomingMessage, response: ServerResponse): void {
  const end = (status: number, text: string): void =>
    void response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s);
  const name = path.split('/')[2] ?? '';
  const user = access.users[/(?:^|; *)argocd\.token=([^;]*)/.exec(request.headers.cookie ?? '')?.[1] ?? ''];
  if (user === undefined) return end(401, 'Unauthorized\n');
  const application = firstHeader(request, 'argocd-application-name');
  const project = firstHeader(request, 'argocd-project-name');
  const parts = application?.split(':') ?? [];
  if (parts.length !== 2 || parts.some((part) => !/^[a-z0-9][a-z0-9.-]*$/.test(part)) || !project)
    return end(400, 'Invalid headers: error getting app details\n');
  const key = parts.join('/');
  const mayAsk = user.applications.includes(key) && user.extensions.includes(name);
  if (!mayAsk || access.applications[key] !== project) return end(401, 'Unauthorized extension request\n');
  const address = access.extensions[name];
  if (address === undefined) return end(404, 'Extension not found\n');
  const target = new URL(address);
  const passed = ask(
    {
      host: target.hostname,
      port: target.port,
      method: request.method,
      path: `${encodedAnew(path.slice(`/extensions/${name}`.length))}${query === '' ? '' : `?${query}`}`,
      headers: { ...sentHeaders(request, user), host: target.host, 'x-forwarded-for': '10.1.2.3' },
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, withoutHopByHop(answer.headers));
      answer.pipe(response);
    },
  );
  passed.on('error', () => (response.headersSent ? response.destroy() : end(502, '')));
  response.on('close', () => passed.destroy());
  request.pipe(passed);
}

function firstHeader({ rawHeaders }: IncomingMessage, name: string): string | undefined {
  const at = rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at === -1 ? undefined : rawHeaders[at + 1];
}

function sentHeaders({ rawHeaders, headers }: IncomingMessage, user: ArgoCdUser): Record<string, string[]> {
  const sent: Record<string, string[]> = {};
  for (let at = 0; at < rawHeaders.length; at += 2)
    (sent[(rawHeaders[at] ?? '').toLowerCase()] ??= []).push(rawHeaders[at + 1] ?? '');
  delete sent['authorization'];
  delete sent['cookie'];
  delete sent['host'];
  sent['argocd-username'] = [user.name];
  sent['argocd-user-groups'] = [user.groups.join(',')];
  const named = String(headers.connection ?? '')
    .toLowerCase()
    .split(/\s*,\s*/);
  for (const name of [...HOP_BY_HOP, ...named]) delete sent[name];
  return sent;
}

function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
}

/** Go's URL.EscapedPath: once the path was changed, how it had been encoded is forgotten. */
function encodedAnew(path: string): string {
  return decodeURIComponent(path).split('/').map(encodeURIComponent).join('/');
}
