import { formatInstant } from '../instant.ts';
import type { BuildFacts, TieFacts } from './reason.ts';

/** How a build time decided, as a part of a sentence; `''` where nothing is to be said. */
export function describeBuild(build: BuildFacts | undefined): string {
  if (build === undefined) return '';
  const tie =
    build.tied === undefined
      ? []
      : [`${build.tied} were built ${formatInstant(build.time)}, so that the last is not known`];
  const rest = build.undated === 0 ? [] : [`${build.undated} without a build time left out`];
  return [...tie, ...rest].join('; ');
}

const MOST_TIED = 3;

/** Why the newest build is not known, as a sentence. */
export function describeTie({ time, tags }: TieFacts): string {
  const more = tags.length > MOST_TIED ? ` and ${tags.length - MOST_TIED} more` : '';
  const names = `${tags.slice(0, MOST_TIED).join(', ')}${more}`;
  return `the newest build is not known: ${names} were all built ${formatInstant(time)}; narrow them with allow-tags, or choose by semver or newest-pushed`;
}
