import { expect, test } from 'vitest';
import { createDraftTitle } from '../../src/pull-requests/draft-title.ts';

const DRAFT = createDraftTitle('WIP: ', /^(?:wip:|\[wip\]) */i, 12);

test('a draft is marked within the longest title', () => {
  expect(DRAFT.mark('update shop')).toBe('WIP: update ');
});

test.each(['WIP: shop', 'wip:shop', '[WIP] shop', 'shop'])('the title in "%s" is shop', (title) => {
  expect(DRAFT.strip(title)).toBe('shop');
});

test('a title stays marked as long as people leave the mark', () => {
  expect(DRAFT.keepMark('cart', '[wip] shop')).toBe('WIP: cart');
  expect(DRAFT.keepMark('cart', 'shop')).toBe('cart');
});
