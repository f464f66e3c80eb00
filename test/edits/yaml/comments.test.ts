import { describe, expect, it } from 'vitest';
import { commentsOf } from '../../../src/edits/yaml/comments.ts';

describe('the comments of a text', () => {
  it.each<[string, readonly string[]]>([
    ['# a\nb: 1 # c\n', ['# a', '# c']],
    ['\uFEFF# a\nb: 1 # c\n', ['# a', '# c']],
    ['a: \uFEFF\nb: "\uFEFF" # c\n', ['# c']],
    ['a: {\nb: 1, # c\n# d\nc: 2\n} # e\nd: 3 # f\n', ['# c', '# d', '# e', '# f']],
    ['a: "x\n# no\ny" # c\nb: 1#no # d\n', ['# c', '# d']],
    ['a: "x"#c\nb: [1]#d\n', ['#c', '#d']],
    ['a: |\n  # no\nb: 1 # c\n', ['# c']],
  ])('%j', (text, comments) => {
    expect(commentsOf(text).map(({ start, end }) => text.slice(start, end))).toEqual(comments);
  });
});
