import { RE2JS } from 're2js';

/** Far more than a URL, a path or a name has. */
const LONGEST_PATTERN = 1_000;

/**
 * A glob as Argo CD reads those of an AppProject (the package gobwas/glob): `*` and `?` stand for anything but a `/`, `**` for
 * anything, `[a-z]` and `[!a-z]` for one character, `{a,b}` for one of several texts, `\x` for x. Without `parts` a `/` is
 * like any other character. A broken glob matches nothing. Matching takes time in proportion to the text.
 */
export function createAccessGlob(
  pattern: string,
  { parts }: { readonly parts: boolean },
): (text: string) => boolean {
  const expression = pattern.length > LONGEST_PATTERN ? undefined : toExpression(pattern, parts);
  if (expression === undefined) return () => false;
  try {
    const compiled = RE2JS.compile(expression, RE2JS.DOTALL);
    return (text) => compiled.matches(text);
  } catch {
    return () => false;
  }
}

/** An expression over the whole text; `undefined` for a broken glob. */
function toExpression(pattern: string, parts: boolean): string | undefined {
  const one = parts ? '[^/]' : '.';
  let depth = 0;
  let text = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    switch (character) {
      case '\\':
        at += 1;
        if (at === pattern.length) return undefined;
        text += RE2JS.quote(pattern.charAt(at));
        break;
      case '*': {
        const isDouble = pattern.charAt(at + 1) === '*';
        text += isDouble ? '.*' : `${one}*`;
        if (isDouble) at += 1;
        break;
      }
      case '?':
        text += one;
        break;
      case '[': {
        const end = pattern.indexOf(']', at + 2);
        if (end < 0) return undefined;
        text += classOf(pattern.slice(at + 1, end));
        at = end;
        break;
      }
      case '{':
        depth += 1;
        text += '(?:';
        break;
      case '}':
        if (depth === 0) return undefined;
        depth -= 1;
        text += ')';
        break;
      case ',':
        text += depth > 0 ? '|' : ',';
        break;
      default:
        text += RE2JS.quote(character);
    }
  }
  return depth === 0 ? text : undefined;
}

function classOf(members: string): string {
  const negated = members.startsWith('!');
  const plain = (negated ? members.slice(1) : members).replaceAll(/[\\^[\]]/g, '\\$&');
  return `[${negated ? '^' : ''}${plain}]`;
}
