import type { ChangeStatus } from '../core/status/image-status.ts';
import { code, foreign } from './foreign-text.ts';
import { html, type Html } from './html.ts';
import type { IconName } from './icon.ts';

const KINDS: Readonly<Record<ChangeStatus['kind'], readonly [word: string, icon: IconName]>> = {
  updated: ['Updated', 'updated'],
  proposed: ['Proposed', 'update'],
  promoted: ['Promoted', 'upstream'],
  set: ['Set by a person', 'person'],
  synced: ['Synced', 'commit'],
  verified: ['Verified', 'check'],
  'verification-failed': ['Verification failed', 'failed'],
  inconclusive: ['Inconclusive', 'warning'],
  'rolled-back': ['Rolled back', 'back'],
  held: ['Held', 'held'],
  failing: ['Failing', 'failed'],
  recovered: ['Recovered', 'current'],
};

export function changeIcon(kind: ChangeStatus['kind']): IconName {
  return KINDS[kind][1];
}

export function changeWord(kind: ChangeStatus['kind']): string {
  return KINDS[kind][0];
}

/** `Updated 1.2.3 → 1.2.4 by ida`, all on one line. */
export function changeText({ kind, from, to, by, check }: ChangeStatus): Html {
  return html`<strong>${changeWord(kind)}</strong> ${versions(from, to)}${
      check !== undefined && html` by check ${foreign(check, 80)}`
    }${by !== undefined && html` by ${foreign(by, 80)}`}`;
}

function versions(from: string | undefined, to: string | undefined): Html | undefined {
  if (from !== undefined && to !== undefined)
    return html`${code(from, 80)} <span aria-label="to">→</span> ${code(to, 80)}`;
  const one = to ?? from;
  return one === undefined ? undefined : code(one, 80);
}
