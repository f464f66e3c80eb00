import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseHeads,
  parseObjectInfos,
  parseObjects,
  parsePush,
  parseTree,
} from '../../../src/writers/git/parse.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

describe('ls-remote --symref', () => {
  it('tells branches and the default branch', () => {
    const heads = parseHeads(
      `ref: refs/heads/main\tHEAD\n${A}\tHEAD\n${B}\trefs/heads/dev/x\n${A}\trefs/heads/main\n`,
    );
    expect(heads.default).toBe('main');
    expect([...heads.commits]).toEqual([
      ['dev/x', B],
      ['main', A],
    ]);
  });

  it.each([
    ['nothing', ''],
    ['a HEAD that names a branch that is not there', `ref: refs/heads/gone\tHEAD\n${A}\trefs/heads/main\n`],
    ['a HEAD that is no branch', `${A}\tHEAD\n${A}\trefs/heads/main\n`],
  ])('knows no default branch from %s', (_case, text) => {
    expect(parseHeads(text).default).toBeUndefined();
  });
});

describe('cat-file', () => {
  it('tells objects and missing ones, whatever their names', () => {
    expect(parseObjectInfos(Buffer.from(`${A} blob 12\n${B}:a b missing\n${B} tree 3\n`))).toEqual([
      { kind: 'object', sha: A, type: 'blob', size: 12 },
      { kind: 'missing' },
      { kind: 'object', sha: B, type: 'tree', size: 3 },
    ]);
  });

  it('gives back the bytes of any objects', () => {
    const objects = fc.array(fc.option(fc.uint8Array({ maxLength: 50 }), { nil: undefined }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(objects, (contents) => {
        const stream = contents.map((bytes) =>
          bytes === undefined
            ? Buffer.from(`${A}:x missing\n`)
            : Buffer.concat([Buffer.from(`${A} blob ${bytes.length}\n`), bytes, Buffer.from('\n')]),
        );
        const expected = contents.map((bytes) =>
          bytes === undefined
            ? { info: { kind: 'missing' }, bytes: undefined }
            : {
                info: { kind: 'object', sha: A, type: 'blob', size: bytes.length },
                bytes: Buffer.from(bytes),
              },
        );
        expect(parseObjects(Buffer.concat(stream))).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('notices an answer that was cut short', () => {
    const whole = Buffer.from(`${A} blob 5\nhello\n`);
    for (let length = 1; length < whole.length; length += 1) {
      expect(() => parseObjects(whole.subarray(0, length))).toThrow(/a part of/);
    }
  });
});

describe('a tree object', () => {
  it('gives back what was put in', () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 8 })
      .filter((text) => !/[\0/]/.test(text));
    const sha = fc
      .uint8Array({ minLength: 20, maxLength: 20 })
      .map((bytes) => Buffer.from(bytes).toString('hex'));
    const entry = fc.record({ mode: fc.constantFrom('100644', '100755', '120000', '160000', '40000'), sha });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, entry), { selector: ([key]) => key, maxLength: 6 }),
        (entries) => {
          const bytes = entries.map(([key, { mode, sha: hash }]) =>
            Buffer.concat([Buffer.from(`${mode} ${key}\0`), Buffer.from(hash, 'hex')]),
          );
          expect([...parseTree(Buffer.concat(bytes), 20)]).toEqual(entries);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('notices that it was cut short', () => {
    const whole = Buffer.concat([Buffer.from('100644 a\0'), Buffer.alloc(20, 1)]);
    for (let length = 1; length < whole.length; length += 1) {
      expect(() => parseTree(whole.subarray(0, length), 20)).toThrow(/a part of a tree/);
    }
  });
});

describe('push --porcelain', () => {
  it.each([
    ['a new head', ' \tx:refs/heads/main\taaa..bbb', 'pushed', 'remote'],
    ['a new branch', '*\tx:refs/heads/main\t[new branch]', 'pushed', 'remote'],
    ['the same head', '=\tx:refs/heads/main\t[up to date]', 'up-to-date', 'remote'],
    ['a moved branch', '!\tx:refs/heads/main\t[rejected] (fetch first)', 'rejected', 'git'],
    ['a stale branch', '!\tx:refs/heads/main\t[rejected] (non-fast-forward)', 'rejected', 'git'],
    ['a hook', '!\tx:refs/heads/main\t[remote rejected] (pre-receive hook declined)', 'rejected', 'remote'],
    [
      'an old value',
      '!\tx:refs/heads/main\t[remote rejected] (incorrect old value provided)',
      'rejected',
      'remote',
    ],
    [
      'a silent remote',
      '!\tx:refs/heads/main\t[remote failure] (remote failed to report status)',
      'rejected',
      'remote',
    ],
  ])('tells %s', (_case, line, flag, by) => {
    expect(parsePush(`To https://git.example/x\n${line}\nDone\n`)).toMatchObject({ flag, by });
  });

  it('keeps parentheses in the reason', () => {
    expect(parsePush('!\tx:y\t[remote rejected] (rule (7) says no)')?.reason).toBe('rule (7) says no');
  });

  it('tells nothing from nothing', () => {
    expect(parsePush('fatal: unable to access\n')).toBeUndefined();
  });
});
