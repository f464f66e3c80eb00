import * as z from 'zod';
import type { WebhookSender } from '../sender.ts';
import { readPushedRefs } from './git-events.ts';
import { checkPayload, readJson } from './payload.ts';
import { knowsSecret } from './proofs.ts';

const kind = z.object({ eventType: z.string() });

/** What is used of `git.push` (learn.microsoft.com, "Service hooks events" of Azure DevOps). */
const push = z.object({
  resource: z.object({
    refUpdates: z.array(z.object({ name: z.string(), newObjectId: z.string().nullish() })),
    repository: z.object({ remoteUrl: z.string().nullish(), sshUrl: z.string().nullish() }),
  }),
});

/** Azure Repos, of Azure DevOps Services or Server: it logs in with a user and a password, or sends headers. */
export const AZURE_DEVOPS_SENDER: WebhookSender = {
  type: 'azure-devops',
  verify: knowsSecret,
  parse(request) {
    const value = readJson(request);
    const { eventType } = checkPayload(value, kind, 'an event of Azure DevOps');
    if (eventType !== 'git.push') return { kind: 'ignored', why: 'of Azure DevOps only "git.push" counts' };
    const { resource } = checkPayload(value, push, 'a push of Azure DevOps');
    const { remoteUrl, sshUrl } = resource.repository;
    const refs = resource.refUpdates.map(({ name, newObjectId }) => ({ ref: name, commit: newObjectId }));
    return readPushedRefs([remoteUrl, sshUrl], refs);
  },
};
