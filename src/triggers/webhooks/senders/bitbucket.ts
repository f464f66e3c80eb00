import * as z from 'zod';
import type { WebhookReading, WebhookRequest, WebhookSender } from '../sender.ts';
import { readPushedRefs } from './git-events.ts';
import { checkPayload, readJson, unreadablePayload, shownText } from './payload.ts';
import { isSignature } from './proofs.ts';

/** What is used of `repo:push` (support.atlassian.com, "Event payloads" of Bitbucket Cloud). */
const cloudPush = z.object({
  repository: z.object({
    full_name: z.string(),
    links: z.object({ html: z.object({ href: z.string() }).nullish() }).nullish(),
  }),
  push: z.object({
    changes: z.array(
      z.object({
        new: z
          .object({
            type: z.string().nullish(),
            name: z.string(),
            target: z.object({ hash: z.string() }).nullish(),
          })
          .nullish(),
      }),
    ),
  }),
});

/** What is used of `repo:refs_changed` (confluence.atlassian.com, "Event payload" of Bitbucket Data Center). */
const serverPush = z.object({
  repository: z.object({
    links: z.object({ clone: z.array(z.object({ href: z.string() })).nullish() }).nullish(),
  }),
  changes: z.array(
    z.object({
      ref: z.object({ id: z.string() }),
      toHash: z.string().nullish(),
      type: z.string().nullish(),
    }),
  ),
});

/** Bitbucket Cloud and Data Center: pushes to Git. */
export const BITBUCKET_SENDER: WebhookSender = {
  type: 'bitbucket',
  verify(request, secret) {
    return isSignature(request.headers['x-hub-signature'], request, { secret, prefix: 'sha256=' });
  },
  parse(request) {
    const name = request.headers['x-event-key'] ?? '';
    switch (name) {
      case 'repo:push':
        return readCloudPush(request);
      case 'repo:refs_changed':
      case 'mirror:repo_synchronized':
        return readServerPush(request);
      case '':
        throw unreadablePayload('the header X-Event-Key', 'none');
      default:
        return { kind: 'ignored', why: `the event ${shownText(name)} of Bitbucket is not looked at` };
    }
  },
};

function readCloudPush(request: WebhookRequest): WebhookReading {
  const { repository, push } = checkPayload(readJson(request), cloudPush, 'a push of Bitbucket Cloud');
  const { links, full_name } = repository;
  const written = /^[\w.-]*\w\/[\w.-]*\w$/.test(full_name) ? `https://bitbucket.org/${full_name}` : undefined;
  const refs = push.changes.flatMap(({ new: made }) => {
    if (made === null || made === undefined || !['branch', 'named_branch'].includes(made.type ?? 'branch'))
      return [];
    return [{ ref: `refs/heads/${made.name}`, commit: made.target?.hash ?? made.name }];
  });
  return readPushedRefs([links?.html?.href ?? written], refs);
}

function readServerPush(request: WebhookRequest): WebhookReading {
  const { repository, changes } = checkPayload(
    readJson(request),
    serverPush,
    'a push of Bitbucket Data Center',
  );
  const urls = (repository.links?.clone ?? []).map(({ href }) => href);
  const kept = changes.filter(({ type }) => type !== 'DELETE');
  return readPushedRefs(
    urls,
    kept.map(({ ref, toHash }) => ({ ref: ref.id, commit: toHash })),
  );
}
