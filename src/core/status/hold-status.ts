import { applicationText } from '../identity/application.ts';
import type { ImageResult } from '../report.ts';
import type { ChangedBy, Reason } from '../reasons/reason.ts';
import type { HoldStatus } from './image-status.ts';

/** Who or what holds an image, and what ends it; `undefined` where nothing does, or nothing is known of it. */
export function holdStatusOf(result: ImageResult): HoldStatus | undefined {
  if (result.outcome !== 'held' && result.heldUntil === undefined) return undefined;
  const { basis, heldUntil } = result;
  const known = basis === undefined ? {} : whoHolds(basis.reason, releaseOf(result));
  const hold = { ...(heldUntil === undefined ? {} : { until: heldUntil }), ...known };
  return Object.keys(hold).length === 0 ? undefined : hold;
}

function whoHolds(reason: Reason, release: string): HoldStatus {
  switch (reason.code) {
    case 'rolled-back':
      return { ...changedBy(reason.facts.changedBy), release };
    case 'rolled-back-in-argo-cd':
      return { commit: reason.facts.revision };
    case 'pinned':
      return reason.facts.by === 'comment' ? { release } : {};
    case 'verification-failed':
      return { check: reason.facts.failure.check, release };
    case 'proposal-closed': {
      const { closedBy } = reason.facts;
      return closedBy === undefined ? {} : { author: closedBy };
    }
    case 'paused': {
      const { pause } = reason.facts;
      if (pause.by !== 'command') return {};
      return { ...(pause.pause.by === '' ? {} : { author: pause.pause.by }), release: 'lynceus resume' };
    }
    case 'awaiting-approval':
      return { release: reason.facts.command };
    default:
      return {};
  }
}

function changedBy(who: ChangedBy): HoldStatus {
  switch (who.kind) {
    case 'commit':
      return { author: who.commit.author, commit: who.commit.sha };
    case 'check':
      return { check: who.check, commit: who.commit.sha };
    case 'one-of':
      return { author: who.latest.author, commit: who.latest.sha };
    case 'unknown':
      return {};
  }
}

function releaseOf({ application, alias, image }: ImageResult): string {
  return `lynceus release ${applicationText(application)} ${alias === '' ? image : alias}`;
}
