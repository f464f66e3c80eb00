import * as z from 'zod';
import type { WebhookReading, WebhookRequest, WebhookSender } from '../sender.ts';
import { readPush } from './git-events.ts';
import { eventsOf, hostOf, imageEvent, registryOfQuery } from './image-events.ts';
import { checkPayload, readJson, unreadablePayload, shownText } from './payload.ts';
import { isSignature } from './proofs.ts';

const container = z.object({
  name: z.string(),
  package_type: z.string(),
  owner: z.object({ login: z.string() }),
  package_version: z
    .object({
      name: z.string().nullish(),
      version: z.string().nullish(),
      package_url: z.string().nullish(),
      container_metadata: z.object({ tag: z.object({ name: z.string().nullish() }).nullish() }).nullish(),
    })
    .nullish(),
});

/** What is used of `package` and `registry_package`. */
const published = z.object({
  action: z.string(),
  package: z.unknown().optional(),
  registry_package: z.unknown().optional().optional(),
});

/** GitHub and GitHub Enterprise Server: pushes to Git, and packages. */
export const GITHUB_SENDER: WebhookSender = {
  type: 'github',
  verify: isSigned,
  parse(request) {
    return eventOf(request) === 'push' ? readPush(request, 'a push of GitHub') : readPackage(request);
  },
};

/** The packages of GitHub alone. */
export const GITHUB_REGISTRY_SENDER: WebhookSender = {
  type: 'ghcr.io',
  verify: isSigned,
  parse: readPackage,
};

function isSigned(request: WebhookRequest, secret: string): boolean {
  return isSignature(request.headers['x-hub-signature-256'], request, { secret, prefix: 'sha256=' });
}

function eventOf({ headers }: WebhookRequest): string {
  return headers['x-github-event'] ?? '';
}

function readPackage(request: WebhookRequest): WebhookReading {
  const name = eventOf(request);
  switch (name) {
    case 'package':
    case 'registry_package':
      return readContainer(request);
    case '':
      throw unreadablePayload('the header X-GitHub-Event', 'none');
    default:
      return { kind: 'ignored', why: `the event ${shownText(name)} of GitHub is not looked at` };
  }
}

function readContainer(request: WebhookRequest): WebhookReading {
  const what = 'a package of GitHub';
  const event = checkPayload(readJson(request), published, what);
  if (!['published', 'updated'].includes(event.action))
    return { kind: 'ignored', why: 'the package was not published' };
  const { name, owner, package_type, package_version } = checkPayload(
    event.package ?? event.registry_package,
    container,
    what,
  );
  if (package_type.toLowerCase() !== 'container')
    return { kind: 'ignored', why: 'the package is no container image' };
  // Owners are written as they like to be seen; names of images are in lower case.
  const path = `${owner.login}/${name}`.toLowerCase();
  const tag =
    package_version?.container_metadata?.tag?.name ?? package_version?.name ?? package_version?.version;
  const host = registryOfQuery(request) ?? hostOf(package_version?.package_url ?? '') ?? 'ghcr.io';
  return eventsOf([host], () => [imageEvent({ host, path, tag })], '');
}
