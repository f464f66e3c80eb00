import { formatInstant, isInstant } from '../instant.ts';
import type { CommonPause } from '../overrides/pause.ts';
import { versionText } from '../presence.ts';
import { plainLine, quoted } from '../quoted.ts';
import type { ReasonOf } from './reason.ts';

/** Why nothing is written for an image that is paused, and what ends it. */
export function describePaused({ candidate, pause }: ReasonOf<'paused'>['facts']): string {
  const version = versionText(candidate) ?? candidate.tag;
  switch (pause.by) {
    case 'annotation':
      return `paused by the annotation pause${why(pause.reason)}; ${version} is not written until it is removed`;
    case 'configuration':
      return `paused by the configuration (paused); ${version} is not written until it says otherwise`;
    case 'command':
      return `everything is ${describeCommonPause(pause.pause)}; ${version} is not written until somebody runs lynceus resume`;
  }
}

/** Who paused, when, and why, as a part of a sentence: what is kept in a cluster is foreign text. */
export function describeCommonPause({ by, reason, since }: CommonPause): string {
  const who = by === '' ? '' : ` by ${plainLine(by)}`;
  const when = since === undefined || !isInstant(since) ? '' : ` since ${formatInstant(since)}`;
  return `paused${who}${when}${why(reason)}`;
}

function why(reason: string): string {
  return reason === '' ? '' : `: ${quoted(reason)}`;
}
