import { formatDuration } from '../duration.ts';
import { plainLine } from '../quoted.ts';
import type { EndedVerification } from '../verification/verification-report.ts';
import { describeRollbackHold } from './describe-rollback-hold.ts';

/** How a verification ended, and what follows, as one English sentence for people. */
export function describeEnding({
  images,
  writtenAt,
  kind,
  ending,
  follows,
  hold,
}: EndedVerification): string {
  const versions = images
    .map(({ alias, image, version }) => `${version} of ${alias === '' ? image : alias}`)
    .join(', ');
  const what = kind === 'rollback' ? `${versions}, which a rollback restored,` : versions;
  const took = formatDuration(Math.max(0, Math.round((ending.at - writtenAt) / 1_000) * 1_000));
  const { check = '', detail = '' } = ending;
  const why = detail === '' ? '' : `: ${plainLine(detail)}`;
  switch (ending.outcome) {
    case 'verified':
      return `${what} passed ${images.length === 1 ? 'its' : 'their'} checks ${took} after the commit`;
    case 'failed':
      return `${what} failed the check ${plainLine(check)} ${took} after the commit${why}${afterwards(follows, hold)}`;
    case 'inconclusive':
      return `the check ${plainLine(check)} decided nothing about ${what} ${took} after the commit${why}${afterwards(follows, hold)}`;
  }
}

function afterwards(follows: EndedVerification['follows'], hold: EndedVerification['hold']): string {
  if (follows === 'notify') return '';
  if (follows === 'hold') return `; ${HELD}`;
  return hold === undefined
    ? '; it is taken back'
    : `; it is not taken back, because ${describeRollbackHold(hold)}; ${HELD}`;
}

const HELD = 'nothing more is written until somebody releases the image or takes the version back';
