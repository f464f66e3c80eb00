import type { FoundRecord } from '../overrides/record-index.ts';
import { knownRecords, matchesRecord, type PlaceInHistory } from '../overrides/rollback.ts';
import type { PresentImage } from '../policy.ts';
import type { WatchedImage, WatchedWrite } from './watched-write.ts';

/** The newest commit of ours about one image, where the file still has what it wrote. */
export interface FoundWrite
  extends Pick<WatchedWrite, 'commit' | 'writtenAt' | 'kind'>, Pick<WatchedImage, 'from' | 'to'> {
  /** A person released the image after it. */
  readonly isReleased: boolean;
}

/**
 * The write that is to be verified, by the records of a branch and what the file has; `undefined` when there is none. What a person
 * set with `lynceus set`, changed or took back is their decision, and what Argo CD Image Updater wrote is not ours.
 */
export function findWrite(place: PlaceInHistory, present: PresentImage | undefined): FoundWrite | undefined {
  const records = knownRecords(place);
  const index = records.findIndex(isOfVersion);
  const found = records[index];
  if (found === undefined || found.commit.committedBy === 'peer') return undefined;
  const { kind, from, to } = found.record;
  if (kind === 'set' || kind === 'hold' || kind === 'release') return undefined;
  if (to === undefined || !matchesRecord(to, present)) return undefined;
  const { sha, at: writtenAt = 0 } = found.commit;
  const isReleased = records.slice(0, index).some(({ record }) => record.kind === 'release');
  return { commit: sha, writtenAt, kind: kind === 'rollback' ? 'rollback' : 'update', from, to, isReleased };
}

/** Whether the newest record of a version, whoever made it, is of what the file has. */
export function explainsFile(place: PlaceInHistory, present: PresentImage | undefined): boolean {
  if (present === undefined) return true;
  const newest = knownRecords(place).find(isOfVersion);
  return newest !== undefined && matchesRecord(newest.record.to, present);
}

function isOfVersion({ record }: FoundRecord): boolean {
  return record.kind !== 'hold' && record.kind !== 'release';
}
