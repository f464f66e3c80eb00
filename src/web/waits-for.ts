import type { ImageStatus } from '../core/status/image-status.ts';
import type { IconName } from './icon.ts';

/** For whom or what an image waits. */
export interface AwaitedParty {
  readonly icon: Extract<IconName, 'person' | 'time' | 'check' | 'upstream' | 'service'>;
  /** Foreign text where it names a person. */
  readonly text: string;
}

const BY_CODE: Readonly<Record<string, AwaitedParty>> = {
  paused: { icon: 'person', text: 'a person to end the pause' },
  pinned: { icon: 'person', text: 'the person who holds it' },
  'rolled-back': { icon: 'person', text: 'a release, or a newer version' },
  'rolled-back-in-argo-cd': { icon: 'person', text: 'the person who rolled back in Argo CD' },
  downgrade: { icon: 'person', text: 'a person to decide' },
  'proposal-closed': { icon: 'person', text: 'a newer version, or a person' },
  'awaiting-approval': { icon: 'person', text: 'an approval' },
  'already-proposed': { icon: 'person', text: 'a review' },
  'too-young': { icon: 'time', text: 'its minimum age' },
  'age-unknown': { icon: 'time', text: 'a known age' },
  'outside-window': { icon: 'time', text: 'its window' },
  'verification-failed': { icon: 'check', text: 'a version that passes' },
  'signature-missing': { icon: 'check', text: 'a signature' },
  'signature-invalid': { icon: 'check', text: 'a valid signature' },
  'promotion-waiting': { icon: 'upstream', text: 'the stage before' },
  'gate-unavailable': { icon: 'service', text: 'an answer to a gate' },
};

/** `undefined` for an image that waits for nothing. */
export function waitsFor({ outcome, code, hold }: ImageStatus): AwaitedParty | undefined {
  const known = BY_CODE[code];
  if (known === undefined)
    return outcome === 'held' ? { icon: 'time', text: 'what its reason says' } : undefined;
  const byName = hold?.author !== undefined && (code === 'rolled-back' || code === 'pinned');
  if (byName) return { icon: 'person', text: `${hold.author ?? ''} to release it` };
  return code === 'rolled-back' && hold?.check !== undefined
    ? { icon: 'check', text: 'a newer version' }
    : known;
}
