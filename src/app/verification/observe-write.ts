import type { VersionState } from '../../core/deployment/version-state.ts';
import type { ObservedWrite } from '../../core/verification/observed-write.ts';
import type { WatchedWrite } from '../../core/verification/watched-write.ts';
import type { WriterSession } from '../../ports/writer.ts';
import { readDeployed } from '../deployment/read-deployed.ts';
import type { ReadVersionsOptions } from '../deployment/read-versions.ts';
import type { ObserveWrite } from './watch-services.ts';

/** By Argo CD's status, and the files at the revisions that it names. Throws when one of these cannot be read. */
export function observeByStatus(
  session: Pick<WriterSession, 'readAt'>,
  options: Omit<ReadVersionsOptions, 'signal'>,
): ObserveWrite {
  return async (write, signal) => {
    const states = await statesOf(write, session, { ...options, signal });
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

/** Of each image of the write. */
async function statesOf(
  { writtenAt, images }: WatchedWrite,
  session: Pick<WriterSession, 'readAt'>,
  options: ReadVersionsOptions,
): Promise<readonly VersionState[]> {
  const deployed = await readDeployed(
    images.map(({ tracked }) => tracked),
    session,
    options,
  );
  return images.flatMap(({ tracked, to }) => {
    const found = deployed.get(tracked);
    if (found?.error !== undefined) throw found.error;
    return found === undefined ? [] : [found.stateOf(to, writtenAt)];
  });
}
