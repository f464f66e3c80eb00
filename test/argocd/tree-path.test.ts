import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { treePath } from '../../src/argocd/tree-path.ts';
import { LynceusError } from '../../src/errors.ts';
import { orRefused } from '../helpers/thrown.ts';

describe('treePath', () => {
  test.each([
    ['values.yaml', 'apps/shop', 'apps/shop/values.yaml'],
    ['./values.yaml', './apps//shop/', 'apps/shop/values.yaml'],
    ['../base', 'apps/shop', 'apps/base'],
    ['../../base', 'apps/shop', 'base'],
    ['../..', 'apps/shop', ''],
    ['/base', 'apps/shop', 'base'],
    ['/', 'apps/shop', ''],
    ['', 'apps/shop', 'apps/shop'],
    ['', '', ''],
    ['.', '.', ''],
    ['..x/..y', '', '..x/..y'],
    ['.github/x.yaml', '', '.github/x.yaml'],
    ['a b/ü.yaml', '', 'a b/ü.yaml'],
  ])('%j from %j is %j', (path, folder, expected) => {
    expect(treePath(path, folder)).toBe(expected);
  });

  test.each([
    ['../../../x', 'apps/shop', 'leads out of it'],
    ['/../x', 'apps/shop', 'leads out of it'],
    ['..', '', 'leads out of it'],
    ['a/../../x', '', 'leads out of it'],
    ['../../../apps/shop/x', 'apps/shop', 'leads out of it'],
    ['.git/config', '', "Git's own folder"],
    ['/x/.GIT/hooks', '', "Git's own folder"],
    ['git~1/config', 'apps', "Git's own folder"],
    ['x.yaml', 'apps/.git. ', "Git's own folder"],
    ['../.g\u200cit/config', 'apps', "Git's own folder"],
    ['a\u0000b', '', 'control characters'],
    ['a\nb', '', 'control characters'],
  ])('refuses %j from %j', (path, folder, why) => {
    expect(() => treePath(path, folder)).toThrow(
      expect.objectContaining({
        code: 'target-outside',
        message: expect.stringContaining(why) as string,
      }) as Error,
    );
  });

  test.each([
    ['a\\b.yaml', 'apps', 'backslash'],
    ['.gitattributes', 'apps', 'Git itself reads'],
    [`${'ü'.repeat(126)}.yaml`, 'apps', 'a part of 257 bytes'],
    ['x.yaml', 'a/'.repeat(50), '51 parts'],
  ])('refuses %j from %j, which not every clone can hold', (path, folder, why) => {
    expect(() => treePath(path, folder)).toThrow(
      expect.objectContaining({
        code: 'target-unsupported',
        message: expect.stringContaining(why) as string,
      }) as Error,
    );
  });

  test('whatever is accepted lies below the root, where node:path says it does', () => {
    const part = fc.constantFrom('a', 'b', '.', '..', '');
    fc.assert(
      fc.property(fc.array(part), fc.array(part), (path, folder) => {
        const [text, from] = [path.join('/'), folder.join('/')];
        const found = orRefused(() => treePath(text, from));
        const start = text.startsWith('/') ? '' : from.replace(/^\/+/, '');
        const expected = posix.resolve('/', start, text);
        expect(found instanceof LynceusError || `/${found}` === expected).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
