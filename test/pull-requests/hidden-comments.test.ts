import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hideComments, roomForHidden, showComments } from '../../src/pull-requests/hidden-comments.ts';

test('a comment on a line of its own becomes a definition that nothing refers to', () => {
  const hidden = hideComments('text <!-- kept -->\n\n<!-- lynceus {"a":"ü"} -->');

  expect(hidden).toMatch(/^text <!-- kept -->\n\n\[\/\/\]: # \(hidden [\w-]+\)$/);
  expect(showComments(hidden.replaceAll('\n', '\r\n'))).toBe(
    'text <!-- kept -->\r\n\r\n<!-- lynceus {"a":"ü"} -->',
  );
});

test('what was hidden is what is shown, and finds room', () => {
  const body = fc
    .array(
      fc.oneof(
        fc.string({ maxLength: 60 }),
        fc.string({ maxLength: 60 }).map((text) => `<!--${text}-->`),
      ),
    )
    .map((lines) => lines.join('\n'));

  fc.assert(
    fc.property(body, (text) => {
      expect(showComments(hideComments(text))).toBe(text);
    }),
  );
  const longest = `<!--${'x'.repeat(roomForHidden(32_768) - 7)}-->`;
  expect(hideComments(longest).length).toBeLessThanOrEqual(32_768);
});
