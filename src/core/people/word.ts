import type { ChosenImage } from '../change.ts';
import type { UpdatePolicy } from '../policy.ts';
import { versionText } from '../presence.ts';
import { addTrailers } from '../plan/trailers.ts';
import { recordLine, recordOf } from './record.ts';

/** What a person says about images of one Application. */
export interface Word {
  /**
   * `hold`: write nothing. `release`: go on as if nothing had been held or taken back. `set`: write this version now,
   * whatever the strategy would choose.
   */
  readonly kind: 'hold' | 'release' | 'set';
  /** Why, in a few words on one line; `''` for no reason. */
  readonly reason: string;
  /** Who says it. */
  readonly by: string;
}

/** One image that is spoken of. */
export interface Spoken {
  readonly policy: UpdatePolicy;
  /** The version that the file says; `undefined` when it says none. */
  readonly from: string | undefined;
  readonly to: ChosenImage | undefined;
}

/** The text of the commit that carries a word out, with a record for each image. */
export function wordMessage(word: Word, spoken: readonly Spoken[]): string {
  const application = spoken[0]?.policy.application.name ?? '';
  const names = spoken.map(
    ({ policy, to }) => `${nameOf(policy)}${word.kind === 'set' ? ` to ${versionText(to) ?? ''}` : ''}`,
  );
  const subject = `build: ${word.kind} ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' and more' : ''} of ${application}`;
  const reason = word.reason === '' ? '' : `\n\n${oneLine(word.reason)}`;
  const message = `${oneLine(subject)}${reason}\n\nSo says ${oneLine(word.by)}.\n`;
  return addTrailers(
    message,
    spoken.map((one) => lineOf(word, one)),
  );
}

function lineOf({ kind, by }: Word, { policy, from, to }: Spoken): string {
  const after = kind === 'set' ? versionText(to) : from;
  return recordLine({ ...recordOf(kind, policy, { from, to: after }), by });
}

function nameOf({ alias, image }: UpdatePolicy): string {
  return alias === '' ? image.name : alias;
}

function oneLine(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]+/gu, ' ').trim();
}
