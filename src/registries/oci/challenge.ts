/** One way a server offers to be convinced (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** By name in lower case; of a name that comes twice, the first. */
  readonly parameters: ReadonlyMap<string, string>;
}

const LONGEST_HEADER = 16_384;

const SEPARATORS = /[\s,]*/y;
const PARAMETER = /([\w!#$%&'*+.^`|~-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",=]+))/y;
const SCHEME = /[\w!#$%&'*+.^`|~-]+(?=$|[\s,])/y;
const REST_OF_PART = /[^\s,]*/y;

/**
 * Every challenge of a `WWW-Authenticate` header, in order. Commas part challenges as well as parameters, and may stand
 * inside quotes: `Bearer realm="https://a/?x=1,2",scope="a:b:pull,push", Basic realm="c"` is two. What cannot be read is
 * passed over, never thrown.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const text = header.slice(0, LONGEST_HEADER);
  let position = 0;

  function take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = position;
    const match = pattern.exec(text) ?? undefined;
    if (match !== undefined) position = pattern.lastIndex;
    return match;
  }

  while ((take(SEPARATORS), position < text.length)) {
    const parameter = take(PARAMETER);
    if (parameter !== undefined) {
      const [, name = '', quoted, plain = ''] = parameter;
      const parameters = challenges.at(-1)?.parameters;
      const key = name.toLowerCase();
      if (parameters?.has(key) === false) parameters.set(key, quoted?.replace(/\\(.)/g, '$1') ?? plain);
      continue;
    }
    const scheme = take(SCHEME);
    if (scheme !== undefined) {
      challenges.push({ scheme: scheme[0].toLowerCase(), parameters: new Map() });
      continue;
    }
    if (take(REST_OF_PART)?.[0] === '') position += 1;
  }
  return challenges;
}
