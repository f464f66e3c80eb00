import type { ChosenImage } from '../change.ts';
import { formatDuration } from '../duration.ts';
import { formatInstant, isInstant } from '../instant.ts';
import { plainLine, quoted } from '../quoted.ts';
import type { ReasonOf, TurnedAway, UnaskedGateFacts } from './reason.ts';
import type { SignatureDemand, SignatureFacts, SignatureFlaw } from './signature-flaw.ts';

const MOST_FLAWS = 3;

/** Why a version is not let through, as a part of a sentence. */
export function describeTurnedAway(why: TurnedAway): string {
  const version = judgedText(why.facts.candidate);
  switch (why.code) {
    case 'too-young':
      return `${version} is ${describeYouth(why.facts)}`;
    case 'signature-missing': {
      const flaws = flawsText(why.facts.flaws);
      return `${version} has no ${thingText(why.facts)} for ${demandText(why.facts.asked)}${flaws === '' ? '' : ` (${flaws})`}`;
    }
    case 'signature-invalid':
      return `no ${thingText(why.facts)} of ${version} is valid for ${demandText(why.facts.asked)}: ${flawsText(why.facts.flaws)}`;
  }
}

/** What is held for its age, and what ends that. */
export function describeTooYoung(why: ReasonOf<'too-young'>): string {
  return `${describeTurnedAway(why)}; it is not written before ${formatInstant(why.facts.until)}`;
}

export function describeUnknownAge({ candidate, asked }: ReasonOf<'age-unknown'>['facts']): string {
  return `${judgedText(candidate)} must be ${formatDuration(asked)} old, and its age is not known, because nothing could be remembered of its tags: allow the cache more bytes (cache.bytes); nothing is written`;
}

/** How old a version is, and how old it must be. A claim of a registry is told as one. */
export function describeYouth({ age, since, clock, asked }: ReasonOf<'too-young'>['facts']): string {
  const at = isInstant(since) ? ` ${formatInstant(since)}` : '';
  const when = clock === 'registry' ? `pushed${at} according to the registry` : `first seen${at}`;
  return `${formatDuration(wholeSeconds(age))} old (${when}), and ${formatDuration(asked)} are asked`;
}

function wholeSeconds(milliseconds: number): number {
  return Math.max(0, Math.floor(milliseconds / 1_000) * 1_000);
}

function thingText({ attestation }: SignatureFacts): string {
  return attestation === undefined ? 'signature' : `attestation ${quoted(attestation)}`;
}

/** Why nothing is known of a version. */
export function describeUnasked({ gate, candidate, error }: UnaskedGateFacts): string {
  const version = judgedText(candidate);
  const asked = {
    digest: `the digest of ${version} could not be checked`,
    'minimum-age': `the age of ${version} could not be asked for`,
    signature: `the signatures of ${version} could not be checked`,
    pause: `it is not known whether updates are paused, and ${version} waits`,
    window: `the sync windows for ${version} could not be read`,
  }[gate];
  return `${asked}, so nothing is written: ${error.line}`;
}

/** The digest is told, because it is what was judged; the first characters are enough to find it. */
function judgedText({ tag, digest }: ChosenImage): string {
  const short = digest?.replace(/^([a-z0-9]+:[0-9a-f]{12})[0-9a-f]+$/, '$1…');
  return [tag, short === undefined || tag === '' ? short : `(${short})`].filter(Boolean).join(' ');
}

/** Names of Secrets and fields are what a person wrote into a resource. */
function demandText(asked: SignatureDemand): string {
  switch (asked.kind) {
    case 'policy':
      return plainLine(`the policy ${asked.name}`);
    case 'secret': {
      const { namespace, name, field } = asked.secret;
      return plainLine(`the key in ${field} of the Secret ${namespace}/${name}`);
    }
  }
}

function flawsText(flaws: readonly SignatureFlaw[]): string {
  const shown = flaws.slice(0, MOST_FLAWS).map(flawText).join('; ');
  return flaws.length > MOST_FLAWS ? `${shown}; and ${flaws.length - MOST_FLAWS} more` : shown;
}

function flawText(flaw: SignatureFlaw): string {
  switch (flaw.kind) {
    case 'other-key':
      return 'one was made with another key, or was changed since';
    case 'keyless':
      return 'one is keyless: it has a certificate in place of a key';
    case 'keyed':
      return 'one has no certificate: it was made with a key';
    case 'other-digest':
      return `one is for another image, ${quoted(flaw.digest)}`;
    case 'issuer':
      return `one is by somebody whom ${foundText(flaw)} vouches for, expected ${expectedText(flaw)}`;
    case 'identity':
      return `one is by ${foundText(flaw)}, expected ${expectedText(flaw)}`;
    case 'builder':
      return `one says that the image was built by ${foundText(flaw)}, expected ${expectedText(flaw)}`;
    case 'source-repository':
      return `one says that the image was built from ${foundText(flaw)}, expected ${expectedText(flaw)}`;
    case 'certificate':
      return `the certificate of one does not count: ${plainLine(flaw.detail)}`;
    case 'log':
      return `one is not proven to be in a transparency log: ${plainLine(flaw.detail)}`;
    case 'timestamp':
      return `the time of one is not proven: ${plainLine(flaw.detail)}`;
    case 'attestation':
      return `there is an attestation of the type ${quoted(flaw.type)}, which is no signature`;
    case 'malformed':
      return `one cannot be read: ${plainLine(flaw.detail)}`;
  }
}

/** Paths of workflows are long, and their ends differ. */
const LONGEST_IDENTITY = 250;

function foundText({ found }: { readonly found: string }): string {
  return found === '' ? 'nobody it names' : quoted(found, { longest: LONGEST_IDENTITY });
}

function expectedText({ expected }: { readonly expected: readonly string[] }): string {
  return plainLine(expected.join(' or '));
}
