import { describe, expect, test } from 'vitest';
import { applyJsonPatch, applyMergePatch } from '../helpers/kube-stand-in/patches.ts';

/** The examples of RFC 7386, appendix A. */
const MERGES: readonly (readonly [target: unknown, patch: unknown, result: unknown])[] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

/** The examples of RFC 6902, appendix A. */
const JSON_PATCHES: readonly (readonly [target: unknown, patch: readonly object[], result: unknown])[] = [
  [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
  [{ foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
  [{ baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
  [{ foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
  [{ baz: 'qux', foo: 'bar' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo', foo: 'bar' }],
  [
    { foo: { waldo: 'fred' }, qux: {} },
    [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
    { foo: {}, qux: { thud: 'fred' } },
  ],
  [
    { foo: ['all', 'grass', 'cows', 'eat'] },
    [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
    { foo: ['all', 'cows', 'eat', 'grass'] },
  ],
  [
    { baz: 'qux', foo: ['a', 2] },
    [
      { op: 'test', path: '/baz', value: 'qux' },
      { op: 'test', path: '/foo/1', value: 2 },
    ],
    { baz: 'qux', foo: ['a', 2] },
  ],
  [
    { foo: 'bar' },
    [{ op: 'add', path: '/child', value: { grandchild: {} } }],
    { foo: 'bar', child: { grandchild: {} } },
  ],
  [{ '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
  [{ foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc'] }], { foo: ['bar', ['abc']] }],
  [{ foo: null }, [{ op: 'test', path: '/foo', value: null }], { foo: null }],
];

const REFUSED: readonly (readonly [target: unknown, patch: unknown])[] = [
  [{ baz: 'qux' }, [{ op: 'test', path: '/baz', value: 'bar' }]],
  [{ foo: 'bar' }, [{ op: 'add', path: '/baz/bat', value: 'qux' }]],
  [{ foo: 'bar' }, [{ op: 'replace', path: '/baz', value: 1 }]],
  [{ foo: 'bar' }, [{ op: 'remove', path: '/baz' }]],
  [{ foo: [] }, [{ op: 'add', path: '/foo/1', value: 1 }]],
  [{ '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: '10' }]],
  [{}, [{ op: 'dance', path: '' }]],
  [{}, { op: 'remove', path: '/a' }],
];

describe('the patches of the stand-in', () => {
  test.each(MERGES)('merge into %j the patch %j', (target, patch, result) => {
    expect(applyMergePatch(target, patch)).toEqual(result);
  });

  test.each(JSON_PATCHES)('apply to %j the operations %j', (target, patch, result) => {
    const before = structuredClone(target);
    expect(applyJsonPatch(target, patch)).toEqual(result);
    expect(target).toEqual(before);
  });

  test.each(REFUSED)('refuse for %j the operations %j', (target, patch) => {
    expect(() => applyJsonPatch(target, patch)).toThrow(/.+/);
  });
});
