import { expect, test } from 'vitest';
import { applicationKey, applicationText } from '../../../src/core/identity/application.ts';

test('the key of an Application is that of no other', () => {
  const keys = [
    { namespace: 'a', name: 'b' },
    { namespace: '', name: 'b' },
    { namespace: '', name: 'a/b' },
    { namespace: 'a/b', name: '' },
    { namespace: 'b', name: 'a' },
    { namespace: 'a', name: 'b-c' },
    { namespace: 'a-b', name: 'c' },
  ].map(applicationKey);

  expect(new Set(keys).size).toBe(keys.length);
  expect(applicationKey({ namespace: 'a', name: 'b' })).toBe(keys[0]);
});

test.each([
  ['argocd', 'shop', 'argocd/shop'],
  ['', 'shop', 'shop'],
])('an Application of namespace "%s" named "%s" is shown as %s', (namespace, name, text) => {
  expect(applicationText({ namespace, name })).toBe(text);
});
