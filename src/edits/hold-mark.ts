import { didYouMean } from '../core/did-you-mean.ts';

/** `# lynceus: hold` in a comment, or what somebody probably wrote for it. */
export interface HoldMark {
  /** Where its `#` stands in the comment. */
  readonly start: number;
  /** What follows it, `''` for nothing. */
  readonly reason: string;
  /** `near`: another spelling, which holds too, for it can mean nothing else. `unclear`: it holds nothing. */
  readonly spelling: 'exact' | 'near' | 'unclear';
}

/** What stands before a mark: the `#` of the comment, or another one in it. */
const START = /(?:^|[ \t])#+[ \t]*/g;

/** Our name, what parts it from the word, and the word. */
const WORDS = /@?([a-z]{4,9})([ \t]*[:=][ \t]*|[ \t]*[,;.–—-]+[ \t]*|[ \t]+)(on[ \t-]+)?(\p{L}+)/iuy;

/** Words by which people ask for a hold elsewhere. */
const SYNONYMS: ReadonlySet<string> = new Set(
  'pin,pinned,freeze,frozen,keep,lock,locked,ignore,skip,pause,paused'.split(','),
);

/** The hold in a comment; `undefined` when there is nothing like one. An exact one counts before any other. */
export function readHoldMark(comment: string): HoldMark | undefined {
  const marks = [...comment.matchAll(START)].flatMap(({ 0: front, index }) => {
    const start = front.startsWith('#') ? index : index + 1;
    return markAt(comment, index + front.length, start) ?? [];
  });
  return (
    marks.find(({ spelling }) => spelling === 'exact') ??
    marks.find(({ spelling }) => spelling === 'near') ??
    marks[0]
  );
}

/** Whether a text may have such a comment at all: reading all of its comments costs more. */
export function mayHoldMarks(text: string): boolean {
  return /#[ \t]*@?l[a-z]{3,8}[ \t:=,;.–—-]/i.test(text);
}

function markAt(comment: string, from: number, start: number): HoldMark | undefined {
  WORDS.lastIndex = from;
  const match = WORDS.exec(comment);
  if (match === null) return undefined;
  const [, name = '', separator = '', on = '', written = ''] = match;
  const rest = comment.slice(WORDS.lastIndex);
  const spelling = spellingOf({ name: name.toLowerCase(), separator, on, word: written.toLowerCase(), rest });
  if (spelling === undefined) return undefined;
  return { start, spelling, reason: rest.replace(/^[ \t]*[,;:–-]?[ \t]*/u, '').trim() };
}

interface Words {
  readonly name: string;
  readonly separator: string;
  readonly on: string;
  readonly word: string;
  readonly rest: string;
}

function spellingOf({ name, separator, on, word, rest }: Words): HoldMark['spelling'] | undefined {
  if (didYouMean(name, ['lynceus']) === undefined) return undefined;
  const isOurs = name === 'lynceus';
  const isHold = word === 'hold';
  const isBare = rest.trim() === '';
  if (isOurs && isHold && on === '' && /^:[ \t]*$/.test(separator) && !/^[\w-]/.test(rest)) return 'exact';
  const isDirective = /[:=]/.test(separator);
  // Without a colon it may be a sentence about Lynceus.
  if (!isDirective && !(isOurs && (isHold || isBare))) return undefined;
  if (isHold || (isOurs && SYNONYMS.has(word))) return 'near';
  if (didYouMean(word, ['hold']) === undefined) return undefined;
  return word.length <= 5 ? 'near' : 'unclear';
}
