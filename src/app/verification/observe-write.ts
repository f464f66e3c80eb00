import { fileRequestOf, type EditOptions } from '../../edits/index.ts';
import { versionText } from '../../core/presence.ts';
import { revisionsToRead, versionState, type VersionState } from '../../core/deployment/version-state.ts';
import { matchesRecord } from '../../core/overrides/rollback.ts';
import { gitTargetOf } from '../../core/policy.ts';
import type { ObservedWrite } from '../../core/verification/observed-write.ts';
import type { WatchedImage, WatchedWrite } from '../../core/verification/watched-write.ts';
import type { WriterSession } from '../../ports/writer.ts';
import { rememberedPresence } from '../remembered-presence.ts';
import type { ObserveWrite } from './watch-services.ts';

/** By Argo CD's status, and the files at the revisions that it names. */
export function observeByStatus(
  session: Pick<WriterSession, 'readAt'>,
  options: Pick<EditOptions, 'createMissing' | 'limits'>,
): ObserveWrite {
  return async (write, signal) => {
    const states = await Promise.all(
      write.images.map((image) => stateOf(write, image, { session, options, signal })),
    );
    const [first] = states;
    const { deployment } = write.images[0]?.tracked.observed ?? {};
    if (first === undefined || deployment === undefined || states.some(({ stage }) => stage === 'written'))
      return { stage: 'written' };
    const syncedAt = deployment.history.at(-1)?.deployedAt ?? write.writtenAt;
    if (states.every(({ stage }) => stage === 'healthy'))
      return { stage: 'healthy', syncedAt, health: first.health, since: first.since };
    return { stage: 'synced', syncedAt, health: first.health, since: deployment.health.since };
  };
}

/** From files nobody says what is deployed: the commit is taken to be deployed at once, and healthy. */
export const observeByCommit: ObserveWrite = ({ writtenAt }): Promise<ObservedWrite> =>
  Promise.resolve({ stage: 'healthy', syncedAt: writtenAt, health: 'healthy', since: writtenAt });

async function stateOf(
  { writtenAt }: WatchedWrite,
  { tracked, to }: WatchedImage,
  {
    session,
    options,
    signal,
  }: {
    readonly session: Pick<WriterSession, 'readAt'>;
    readonly options: Pick<EditOptions, 'createMissing' | 'limits'>;
    readonly signal: AbortSignal;
  },
): Promise<VersionState> {
  const { deployment, deployedSource } = tracked.observed;
  const target = gitTargetOf(tracked);
  const versions = new Map<string, string | undefined>();
  if (deployment !== undefined && target !== undefined) {
    const { place, file } = target;
    for (const revision of revisionsToRead(deployment, deployedSource)) {
      const [state] = await session.readAt(place, { revision, requests: [fileRequestOf(file)] }, signal);
      if (state?.kind !== 'text') continue;
      const { slot } = tracked.destination;
      const presence = rememberedPresence({ file, text: state.text, slot }, options);
      const image = presence.kind === 'present' ? presence.image : undefined;
      versions.set(revision, matchesRecord(to, image) ? to : versionText(image));
    }
  }
  return versionState(deployment, {
    version: to,
    sourceIndex: deployedSource,
    versionAt: (revision) => versions.get(revision),
    writtenAt,
  });
}
