import type { DowngradeFacts, StepBack } from './reason.ts';

/** Why a version is held that is, or may be, older than the one in force, as a sentence. */
export function describeDowngrade({ candidate, present, stepBack }: DowngradeFacts): string {
  const inForce = `${present}, which is in force`;
  if (stepBack === undefined)
    return `${candidate} is lower than ${inForce}; a lower version is only written with allow-downgrade`;
  if (stepBack.kind === 'older')
    return `${candidate} ${olderBy(stepBack.by)} ${inForce}; an older one is only written with allow-downgrade`;
  const until =
    stepBack.chosenAt === undefined
      ? 'it is only written with allow-downgrade'
      : `it is only written with allow-downgrade, or when it came after our commit that wrote ${present}`;
  return `it is not known whether ${candidate} is newer than ${inForce} and ${gapText(stepBack.because)}; ${until}`;
}

function olderBy(by: Extract<StepBack, { kind: 'older' }>['by']): string {
  switch (by) {
    case 'name':
      return 'comes by name before';
    case 'place':
      return 'is listed as older than';
    case 'build':
      return 'was built before';
    case 'upstream':
      return 'is what the image had that it is promoted from, before';
  }
}

function gapText(because: Extract<StepBack, { kind: 'unknown' }>['because']): string {
  switch (because) {
    case 'not-listed':
      return 'is not listed';
    case 'gone':
      return 'does not exist any more';
    case 'unusable':
      return 'is no image that can be run';
    case 'no-build-time':
      return 'has no build time';
    case 'no-push-time':
      return 'has no push time';
    case 'same-build-time':
      return 'has the same build time';
  }
}
