/** A piece of an expression that means something as a whole: `a`, `\d`, `\p{Lu}`, `(?P<name>`, `{1,3}`, `[^`, `\Q…\E`. */
export interface ExpressionToken {
  readonly text: string;
  /** Whether it is between the brackets of a class. */
  readonly inClass: boolean;
}

/** Lengths are bounded, so that a brace that nothing closes costs little. */
const OUTSIDE =
  /\\Q[^]*?(?:\\E|$)|\\[pPx]\{[^}]{0,128}\}|\\[pP][^{]|\\[^]|\[\^?\]?|\(\?P?<[^>]{0,128}>|\{\d{1,9}(?:,\d{0,9})?\}|[^]/y;
const INSIDE = /\[:[^\]]{0,32}:\]|\\[pPx]\{[^}]{0,128}\}|\\[pP][^{]|\\[^]|[^]/y;

/** Cuts RE2 into its tokens, which together are the text from `start` on. Whether they make an expression is not checked. */
export function* expressionTokens(text: string, start = 0): Generator<ExpressionToken, undefined> {
  let inClass = false;
  for (let at = start; at < text.length;) {
    const token = tokenAt(text, at, inClass);
    yield { text: token, inClass };
    inClass = inClass ? token !== ']' : token.startsWith('[');
    at += token.length;
  }
  return undefined;
}

function tokenAt(text: string, at: number, inClass: boolean): string {
  const rule = inClass ? INSIDE : OUTSIDE;
  rule.lastIndex = at;
  return rule.exec(text)?.[0] ?? text.charAt(at);
}
