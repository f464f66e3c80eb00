import * as z from 'zod';
import type { WebhookSender } from '../sender.ts';
import { DISTRIBUTION_EVENTS, readNotifications } from './distribution.ts';
import { readPushedRefs } from './git-events.ts';
import { checkPayload, mediaTypeOf, readJson, unreadablePayload } from './payload.ts';
import { isSecret, isStandardSignature } from './proofs.ts';

const kind = z.object({ object_kind: z.string().nullish(), event_name: z.string().nullish() });

/** What is used of "Push events" and of the system hook of the same name (docs.gitlab.com, "Webhook events"). */
const push = z.object({
  ref: z.string(),
  after: z.string().nullish(),
  project: z.object({
    git_http_url: z.string().nullish(),
    git_ssh_url: z.string().nullish(),
    web_url: z.string().nullish(),
  }),
});

/**
 * GitLab: pushes to Git, signed or with the secret as `X-Gitlab-Token`. Its container registry has no webhook; an administrator
 * can have the registry send its notifications, with the secret as `Authorization`.
 */
export const GITLAB_SENDER: WebhookSender = {
  type: 'gitlab',
  verify(request, secret) {
    const { headers } = request;
    const ways = [
      isSecret(headers['x-gitlab-token'], secret),
      isSecret(headers['authorization'], secret),
      isStandardSignature(request, secret),
    ];
    return ways.includes(true);
  },
  parse(request) {
    if (mediaTypeOf(request) === DISTRIBUTION_EVENTS) return readNotifications(request);
    const value = readJson(request);
    const { object_kind, event_name } = checkPayload(value, kind, 'an event of GitLab');
    const name = object_kind ?? event_name;
    if (name === null || name === undefined)
      throw unreadablePayload('"object_kind" of an event of GitLab', 'none');
    if (name !== 'push') return { kind: 'ignored', why: 'of GitLab only pushes to branches count' };
    const { ref, after, project } = checkPayload(value, push, 'a push of GitLab');
    const urls = [project.git_http_url, project.git_ssh_url, project.web_url];
    return readPushedRefs(urls, [{ ref, commit: after }]);
  },
};
