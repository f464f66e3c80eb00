import { formatInstant, isInstant } from '../instant.ts';
import { versionText } from '../presence.ts';
import type { Reason } from './reason.ts';

/** The image that a reason is about, as a command names it. */
export interface ImageOfCommand {
  /** `argocd/shop`. */
  readonly application: string;
  /** Its alias, or its name where it has none. */
  readonly image: string;
}

/**
 * What a person has to do, or to wait for, so that what holds an image does so no longer. `undefined` where nothing holds it, and
 * where the reason itself is all there is to say.
 */
export function describeWayOut(reason: Reason, { application, image }: ImageOfCommand): string | undefined {
  const release = `lynceus release ${application} ${image}`;
  switch (reason.code) {
    case 'paused':
      switch (reason.facts.pause.by) {
        case 'annotation':
          return 'remove the annotation pause';
        case 'configuration':
          return 'set paused: false in the configuration';
        case 'command':
          return 'lynceus resume';
      }
      break;
    case 'pinned':
      return reason.facts.by === 'annotation' ? 'remove the annotation hold' : release;
    case 'rolled-back':
      return reason.facts.until === 'release' ? release : `${release}, or push a newer version`;
    case 'rolled-back-in-argo-cd':
      return `sync ${application} in Argo CD again, or take the version back in Git`;
    case 'verification-failed':
      return `${release}, or take the version back in Git`;
    case 'downgrade':
      return `set allow-downgrade, or lynceus set ${application} ${image} ${reason.facts.candidate}`;
    case 'proposal-closed':
      return `open the pull request again, or push another version; lynceus set ${application} ${image} ${reason.facts.version} writes it without one`;
    case 'too-young':
      return `wait until ${instantText(reason.facts.until)}, or lower minimum-age`;
    case 'outside-window': {
      const { opensAt } = reason.facts;
      return opensAt === undefined
        ? 'change the update windows: none of them ever opens'
        : `wait until ${instantText(opensAt)}, or lynceus set ${application} ${image} ${versionText(reason.facts.candidate) ?? ''}`;
    }
    case 'awaiting-approval':
      return reason.facts.command;
    case 'not-live':
      return 'set force-update, or let the Application run the image';
    default:
      return undefined;
  }
}

function instantText(milliseconds: number): string {
  return isInstant(milliseconds) ? formatInstant(milliseconds) : 'it is old enough';
}
