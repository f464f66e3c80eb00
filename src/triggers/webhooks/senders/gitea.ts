import * as z from 'zod';
import type { WebhookReading, WebhookRequest, WebhookSender } from '../sender.ts';
import { readPush } from './git-events.ts';
import { hostOf, imageEvent, registryOfQuery } from './image-events.ts';
import { checkPayload, readJson, unreadablePayload, shownText } from './payload.ts';
import { isSignature } from './proofs.ts';

const link = z.object({ html_url: z.string().nullish() }).nullish();

/** What is used of `package` (modules/structs/package.go). */
const packaged = z.object({
  action: z.string(),
  package: z.object({
    type: z.string(),
    name: z.string(),
    version: z.string().nullish(),
    html_url: z.string().nullish(),
    owner: z.object({
      login: z.string().nullish(),
      username: z.string().nullish(),
      html_url: z.string().nullish(),
    }),
    repository: link,
  }),
  repository: link,
});

/** One name for each generation: Forgejo's, Gitea's, and those that both took over. */
const SIGNATURES = [
  { header: 'x-forgejo-signature' },
  { header: 'x-gitea-signature' },
  { header: 'x-gogs-signature' },
  { header: 'x-hub-signature-256', prefix: 'sha256=' },
] as const;

/** Gitea and Forgejo: pushes to Git, and packages. */
export const GITEA_SENDER: WebhookSender = {
  type: 'gitea',
  verify(request, secret) {
    const ways = SIGNATURES.map(({ header, ...form }) =>
      isSignature(request.headers[header], request, { secret, ...form }),
    );
    return ways.includes(true);
  },
  parse(request) {
    const { headers } = request;
    const name = headers['x-forgejo-event'] ?? headers['x-gitea-event'] ?? headers['x-gogs-event'] ?? '';
    switch (name) {
      case 'push':
        return readPush(request, 'a push of Gitea');
      case 'package':
        return readPackage(request);
      case '':
        throw unreadablePayload('the header X-Gitea-Event or X-Forgejo-Event', 'neither');
      default:
        return { kind: 'ignored', why: `the event ${shownText(name)} of Gitea is not looked at` };
    }
  },
};

function readPackage(request: WebhookRequest): WebhookReading {
  const {
    action,
    package: made,
    repository,
  } = checkPayload(readJson(request), packaged, 'a package of Gitea');
  if (action !== 'created') return { kind: 'ignored', why: 'the package was not created' };
  if (made.type !== 'container') return { kind: 'ignored', why: 'the package is no container image' };
  const { owner } = made;
  const login = owner.login ?? owner.username;
  if (login === null || login === undefined)
    throw unreadablePayload('"package.owner.login" of a package of Gitea', 'none');
  const links = [made.html_url, made.repository?.html_url, repository?.html_url, owner.html_url];
  const host =
    registryOfQuery(request) ?? links.map((url) => hostOf(url ?? '')).find((found) => found !== undefined);
  const path = `${login}/${made.name}`.toLowerCase();
  return { kind: 'events', events: [imageEvent({ host, path, tag: made.version })] };
}
