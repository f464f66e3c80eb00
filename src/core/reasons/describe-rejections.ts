import { formatPlatform, type Platform } from '../image/platform.ts';
import { plainLine, quoted } from '../quoted.ts';
import { describeTurnedAway } from './describe-gate.ts';
import type { Rejection } from './reason.ts';

const MOST_SHOWN = 3;

/** Why tags are not chosen, as a part of a sentence: the first ones, and how many more. */
export function describeRejections(rejected: readonly Rejection[]): string {
  const shown = rejected.slice(0, MOST_SHOWN).map(rejection).join('; ');
  const more = rejected.length > MOST_SHOWN ? ` and ${rejected.length - MOST_SHOWN} more` : '';
  return `${shown}${more}`;
}

function rejection(one: Rejection): string {
  switch (one.kind) {
    case 'gone':
      return `${one.tag} is listed but does not exist`;
    case 'no-image':
      return `${one.tag} is ${nameOfType(one.type)}`;
    case 'unusable':
      return `${one.tag} cannot be used: ${one.error.message}`;
    case 'other-platforms':
      return `${one.tag} offers ${platformTexts(one.platforms)}`;
    case 'no-build-times':
      return 'no image has a build time';
    case 'false-build-times':
      return `${one.count === 1 ? 'the build time of 1 tag' : `the build times of ${one.count} tags`} cannot be true (before 2013, or still to come), as those of reproducible builds; choose by semver or newest-pushed`;
    case 'no-push-times':
      return 'no tag has a push time';
    case 'turned-away':
      return describeTurnedAway(one.why);
    case 'other-digest':
      return `${one.tag} is not the image that was deployed where it is promoted from`;
  }
}

/** What a media type stands for, by the words in it. The first row that fits counts. */
const TYPES: readonly (readonly [RegExp, string])[] = [
  [/\bhelm\b/, 'a Helm chart'],
  [/\bsimplesigning\b|\bcosign\b.*\bsig|\bnotary\b.*\bsignature\b|\bsigstore\.bundle\b/, 'a signature'],
  [/\bin-toto\b|\bdsse\b|\bslsa\b/, 'an attestation'],
  [/\bcyclonedx\b|\bspdx\b|\bsyft\b|\bsbom\b/, 'a bill of materials'],
];

/** What a thing of this media type is, for people. */
export function nameOfType(type: string | undefined): string {
  if (type === undefined || type === '') return 'not a container image';
  const known = TYPES.find(([pattern]) => pattern.test(type))?.[1];
  return `${known ?? `an artifact of the type ${quoted(type)}`}, not a container image`;
}

const MOST_PLATFORMS = 10;
const LONGEST_PLATFORMS = 200;

/** An index of a stranger may have any number of platforms, with any names. */
export function platformTexts(platforms: readonly (Platform | undefined)[]): string {
  const texts = platforms.map((one) => (one === undefined ? 'an unnamed platform' : formatPlatform(one)));
  const [...names] = new Set(texts);
  const more = names.length > MOST_PLATFORMS ? `, and ${names.length - MOST_PLATFORMS} more` : '';
  const shown = plainLine(names.slice(0, MOST_PLATFORMS).join(', '));
  return `${shown.length > LONGEST_PLATFORMS ? `${shown.slice(0, LONGEST_PLATFORMS)}…` : shown}${more}`;
}
