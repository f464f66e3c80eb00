import { describe, expect, it } from 'vitest';
import { createLibraryNotices, type LibraryNotices } from '../../src/cli/library-notices.ts';

/** What arrives in a log, as `level from: text`. */
function heard(
  speak: (notices: LibraryNotices) => void,
  later: (notices: LibraryNotices) => void = () => undefined,
): readonly string[] {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
      void lines.push(`${level} ${message}: ${String(fields['from'])}: ${String(fields['text'])}`);
  const notices = createLibraryNotices();
  speak(notices);
  notices.deliverTo({ debug: at('debug'), warn: at('warn') });
  later(notices);
  return lines;
}

function warning(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

describe('what a library says', () => {
  it.each([
    ['Warning', 'NodeVersionSupportWarning: The SDK will no longer support Node.js', 'debug'],
    ['NodeDeprecationWarning', 'The SDK will no longer support Node.js', 'debug'],
    ['DeprecationWarning', 'url.parse() is deprecated', 'debug'],
    ['ExperimentalWarning', 'x is an experimental feature', 'debug'],
    ['Warning', "Setting NODE_TLS_REJECT_UNAUTHORIZED to '0' makes TLS insecure", 'warn'],
    ['MaxListenersExceededWarning', 'Possible leak', 'warn'],
    ['Warning', 'not about a DeprecationWarning', 'warn'],
  ])('as the warning %s "%s" is for the level %s', (name, message, level) => {
    expect(heard((notices) => notices.addWarning(warning(name, message)))).toEqual([
      `${level} a library says: ${name}: ${message}`,
    ]);
  });

  it.each([
    ['error', 'warn'],
    ['warn', 'warn'],
    ['log', 'debug'],
    ['table', 'debug'],
  ])('by console.%s is for the level %s', (method, level) => {
    expect(heard((notices) => notices.addConsole(method, ['%s is %d', 'x', 1]))).toEqual([
      `${level} a library says: console.${method}: x is 1`,
    ]);
  });

  it('is heard once, in order, before and after there is a log', () => {
    const lines = heard(
      (notices) => {
        notices.addConsole('log', ['a']);
        notices.addConsole('log', ['b']);
        notices.addConsole('log', ['a']);
      },
      (notices) => {
        notices.addConsole('log', ['b']);
        notices.addConsole('log', ['c']);
      },
    );
    expect(lines.map((line) => line.at(-1))).toEqual(['a', 'b', 'c']);
  });

  it('is bounded in number and length', () => {
    const lines = heard((notices) => {
      for (let index = 0; index < 1000; index++) notices.addConsole('log', [`${index} ${'x'.repeat(5000)}`]);
    });
    expect(lines.length).toBe(100);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(1100);
  });
});
