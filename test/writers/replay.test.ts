import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlannedChange, PlannedCommit } from '../../src/core/change.ts';
import { parseImageReference } from '../../src/core/image/reference.ts';
import type { FileTarget, PresentImage } from '../../src/core/policy.ts';
import { candidatePaths } from '../../src/edits/index.ts';
import { LynceusError } from '../../src/errors.ts';
import type { FileState } from '../../src/ports/writer.ts';
import { replayCommits, requestsOf, type ReplayedCommit } from '../../src/writers/replay.ts';
import { aChange, aCommit, aFile } from './plans.ts';

type Files = Readonly<Record<string, string>>;

function replay(
  files: Files,
  commits: readonly PlannedCommit[],
  createMissing = false,
): readonly ReplayedCommit[] {
  function stateOf(target: FileTarget): FileState {
    const candidates = candidatePaths(target);
    const path = candidates.find((candidate) => candidate in files);
    if (path === undefined) return { kind: 'missing', tried: candidates };
    return { kind: 'text', path, text: files[path] ?? '' };
  }
  return replayCommits(commits, { editOptions: { createMissing }, stateOf });
}

/** What is left of the files when all commits are made. */
function written(files: Files, replayed: readonly ReplayedCommit[]): Files {
  return replayed
    .flatMap((one) => one.files)
    .reduce<Files>((result, { path, after }) => ({ ...result, [path]: after }), files);
}

function codes({ refused }: ReplayedCommit): readonly string[] {
  return refused.map(({ change, error }) => `${change.alias} ${error.code}`);
}

interface Row {
  readonly when: string;
  readonly files: Files;
  readonly change: { readonly from?: string; readonly to: string };
  readonly createMissing?: boolean;
  /** Text of the file afterwards, the code of the refusal, or `already`. */
  readonly ends: string;
}

const ROWS: readonly Row[] = [
  {
    when: 'it says what it said',
    files: { f: 'tag: v1\n' },
    change: { from: 'v1', to: 'v2' },
    ends: 'tag: v2\n',
  },
  {
    when: 'it says what is wanted',
    files: { f: 'tag: v2\n' },
    change: { from: 'v1', to: 'v2' },
    ends: 'already',
  },
  {
    when: 'it says something else',
    files: { f: 'tag: v3\n' },
    change: { from: 'v1', to: 'v2' },
    ends: 'changed-meanwhile',
  },
  {
    when: 'it says something where there was nothing',
    files: { f: 'tag: v3\n' },
    change: { to: 'v2' },
    ends: 'changed-meanwhile',
  },
  {
    when: 'the line is gone',
    files: { f: 'x: v1\n' },
    change: { from: 'v1', to: 'v2' },
    createMissing: true,
    ends: 'changed-meanwhile',
  },
  {
    when: 'the file is gone',
    files: {},
    change: { from: 'v1', to: 'v2' },
    createMissing: true,
    ends: 'changed-meanwhile',
  },
  { when: 'the line was never there', files: { f: 'x: v1\n' }, change: { to: 'v2' }, ends: 'key-missing' },
  {
    when: 'the line may be made',
    files: { f: 'x: v1\n' },
    change: { to: 'v2' },
    createMissing: true,
    ends: 'x: v1\ntag: v2\n',
  },
  { when: 'the file was never there', files: {}, change: { to: 'v2' }, ends: 'target-missing' },
  { when: 'the file may be made', files: {}, change: { to: 'v2' }, createMissing: true, ends: 'tag: v2\n' },
  {
    when: 'it cannot be read',
    files: { f: 'tag: [1]\n' },
    change: { from: 'v1', to: 'v2' },
    ends: 'key-unsupported',
  },
  {
    when: 'it was held since',
    files: { f: 'tag: v1 # lynceus: hold audit\n' },
    change: { from: 'v1', to: 'v2' },
    ends: 'changed-meanwhile',
  },
  {
    when: 'it was held since, and says what is wanted',
    files: { f: 'tag: v2 # lynceus: hold audit\n' },
    change: { from: 'v1', to: 'v2' },
    ends: 'already',
  },
  {
    when: 'it cannot be edited',
    files: { f: 'tag: v1\n' },
    change: { from: 'v1', to: '' },
    ends: 'edit-unsafe',
  },
];

describe('a change of a file', () => {
  it.each(ROWS)('when $when: $ends', ({ files, change, createMissing, ends }) => {
    const [replayed] = replay(files, [aCommit('m', aFile('f', change))], createMissing);
    const text = replayed?.files[0]?.after;
    const refusal = replayed?.refused[0]?.error.code;
    const already = replayed?.already === 1 ? 'already' : undefined;
    expect([text, refusal, already].filter((outcome) => outcome !== undefined)).toEqual([ends]);
  });
});

describe('several changes', () => {
  it('are judged one by one within a file', () => {
    const file = aFile(
      'f',
      { key: 'a', from: 'v1', to: 'v2' },
      { key: 'b', from: 'v9', to: 'v2' },
      { key: 'c', from: 'v1', to: 'v2' },
    );
    const [replayed] = replay({ f: 'a: v1\nb: v1\nc: v2\n' }, [aCommit('m', file)]);
    expect(replayed?.files[0]?.after).toBe('a: v2\nb: v1\nc: v2\n');
    expect(replayed && codes(replayed)).toEqual(['b changed-meanwhile']);
    expect(replayed?.already).toBe(1);
  });

  it('are all refused when the edit of their file fails, and the other file of the commit is edited', () => {
    const broken = aFile('f', { key: 'a', from: 'v1', to: 'v2' }, { key: 'b', from: 'v1', to: '' });
    const files = { f: 'a: v1\nb: v1\n', g: 'tag: v1\n' };
    const [replayed] = replay(files, [aCommit('m', broken, aFile('g', { from: 'v1', to: 'v2' }))]);
    expect(replayed && codes(replayed)).toEqual(['a edit-unsafe', 'b edit-unsafe']);
    expect(replayed?.files.map(({ path }) => path)).toEqual(['g']);
  });

  it('of one Application are refused when its edit fails, and another one that shares commit and file goes on', () => {
    const of = (name: string, key: string, to: string) => ({
      ...aChange({ key, from: 'v1', to }),
      application: { namespace: 'argocd', name },
      alias: key,
    });
    const files = { f: 'a: v1\nb: v1\nc: v1\nx: &x v1\nd: *x\ne: {f: *x}\n' };
    const changes = [of('one', 'a', ''), of('two', 'b', 'v2'), of('one', 'c', 'v2'), of('three', 'd', 'v2')];
    const file = { target: { kind: 'helm-values', path: 'f' }, changes } as const;

    const [replayed] = replay(files, [aCommit('m', file)]);

    expect(replayed?.files[0]?.after).toBe(files.f.replace('b: v1', 'b: v2'));
    expect(replayed && codes(replayed).toSorted()).toEqual([
      'a edit-unsafe',
      'c edit-unsafe',
      'd key-unsupported',
    ]);
  });

  it('of one file through two entries become one file of the commit', () => {
    const commit = aCommit(
      'm',
      aFile('f', { key: 'a', from: 'v1', to: 'v2' }),
      aFile('f', { key: 'b', from: 'v1', to: 'v2' }),
    );
    const [replayed] = replay({ f: 'a: v1\nb: v1\n' }, [commit]);
    expect(replayed?.files).toEqual([{ path: 'f', before: 'a: v1\nb: v1\n', after: 'a: v2\nb: v2\n' }]);
  });

  it('of a commit that ends where it began leave no file in it', () => {
    const commit = aCommit('m', aFile('f', { from: 'v1', to: 'v2' }), aFile('f', { from: 'v2', to: 'v1' }));
    expect(replay({ f: 'tag: v1\n' }, [commit])[0]?.files).toEqual([]);
  });

  it('of a file that a link leads elsewhere by now are refused, and the other file of the commit is edited', () => {
    const file = { ...aFile('f', { from: 'v1', to: 'v2' }), path: 'e' };
    const other = { ...aFile('g', { from: 'v1', to: 'v2' }), path: 'g' };
    const files = { f: 'tag: v1\n', g: 'tag: v1\n' };
    const replayed = replay(files, [aCommit('m', file, other)]);
    expect(replayed.map(codes)).toEqual([['tag changed-meanwhile']]);
    expect(written(files, replayed)).toEqual({ f: 'tag: v1\n', g: 'tag: v2\n' });
  });

  it('share a file that the first of them made', () => {
    const commits = [
      aCommit('a', aFile('f', { key: 'a', to: 'v1' })),
      aCommit('b', aFile('f', { key: 'b', to: 'v2' })),
    ];
    const [first, second] = replay({}, commits, true);
    expect(first?.files).toEqual([{ path: 'f', before: undefined, after: 'a: v1\n' }]);
    expect(second?.files).toEqual([{ path: 'f', before: 'a: v1\n', after: 'a: v1\nb: v2\n' }]);
  });
});

it('passes on why a file may not be edited', () => {
  const error = new LynceusError('target-outside', 'out');
  const [replayed] = replayCommits([aCommit('m', aFile('f', { from: '1', to: '2' }))], {
    editOptions: { createMissing: true },
    stateOf: () => ({ kind: 'refused', path: 'f', error }),
  });
  expect(replayed && codes(replayed)).toEqual(['tag target-outside']);
});

it('asks for each file once', () => {
  const commits = [
    aCommit('a', aFile('f', { to: '1' }), aFile('g', { to: '1' })),
    aCommit('b', aFile('f', { to: '1' })),
  ];
  expect([...requestsOf(commits).values()]).toEqual([{ candidates: ['f'] }, { candidates: ['g'] }]);
});

const key = fc.constantFrom('a', 'b', 'c');
const path = fc.constantFrom('f', 'g', 'h');
const tag = fc.integer({ min: 1, max: 4 }).map((number) => `v${number}`);
const change = fc.record({ key, from: tag, to: tag });
const commitOf = fc.array(
  fc.tuple(path, fc.uniqueArray(change, { selector: (one) => one.key, maxLength: 3 })),
  { maxLength: 3 },
);
const files = fc.dictionary(
  path,
  fc.dictionary(key, tag).map((lines) =>
    Object.entries(lines)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(''),
  ),
  { noNullPrototype: true },
);

describe('for any files and commits', () => {
  const commits = fc
    .array(commitOf, { maxLength: 4 })
    .map((all) => all.map((some) => aCommit('m', ...some.map(([name, changes]) => aFile(name, ...changes)))));

  it('replaying what was written changes nothing a second time', () => {
    // Only forward: a commit that goes back would be replayed as a new change.
    const forward = commits.map((all) => all.slice(0, 1));
    fc.assert(
      fc.property(files, forward, (before, plan) => {
        const once = written(before, replay(before, plan, true));
        const again = replay(once, plan.map(lastChanges), true);
        expect(again.flatMap((one) => one.files)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('every change is accounted for, and only named files change', () => {
    fc.assert(
      fc.property(files, commits, (before, plan) => {
        for (const replayed of replay(before, plan)) {
          const wanted = replayed.commit.files.flatMap((file) => file.changes).length;
          const named = replayed.commit.files.flatMap(({ target }) => candidatePaths(target));
          expect(replayed.refused.length + replayed.already).toBeLessThanOrEqual(wanted);
          expect(
            replayed.files.every((file) => named.includes(file.path) && file.before !== file.after),
          ).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

/** The commit with only the last change of each line, which is what the file says in the end. */
function lastChanges(commit: PlannedCommit): PlannedCommit {
  const last = new Map(
    commit.files.flatMap((file) =>
      file.changes.map(
        (one) => [`${candidatePaths(file.target).join()} ${one.alias}`, { file, one }] as const,
      ),
    ),
  );
  return { ...commit, files: [...last.values()].map(({ file, one }) => ({ ...file, changes: [one] })) };
}

describe('an image that what is written for another one would move', () => {
  const kustomization = { kind: 'kustomization', directory: '' } as const;
  const api = { ...aChange({ key: 'api', from: '1', to: '2.0' }), image: parseImageReference('acme/api') };

  function kustomizeChange(
    name: string,
    changes: Partial<PlannedChange> = {},
    renamed = false,
  ): PlannedChange {
    return { ...api, slot: { kind: 'kustomize', name, renamed }, ...changes };
  }

  function at(name: string, tag: string): PresentImage {
    return { name, tag, digest: undefined };
  }

  const moved = kustomizeChange('acme/api', { from: undefined, alias: 'moved' }, true);
  const toNew = { image: parseImageReference('acme/new'), to: { tag: '3.0', digest: undefined } };

  it.each([
    {
      title: 'it is there already, and another image takes its element away',
      text: 'images:\n- name: base\n  newName: acme/api\n  newTag: "2.0"\n',
      changes: [
        kustomizeChange('acme/api'),
        kustomizeChange('base', { ...toNew, from: at('acme/api', '2.0'), alias: 'base' }, true),
      ],
      ends: { codes: ['base conflicting-changes'], already: 1 },
    },
    {
      title: 'it is found by its new name, and another image adds an element of that name',
      text: 'images:\n- name: base\n  newName: acme/api\n  newTag: "1.0"\n',
      changes: [kustomizeChange('acme/api', { from: at('acme/api', '1.0') }), { ...moved, ...toNew }],
      ends: { codes: ['api conflicting-changes', 'moved conflicting-changes'], already: 0 },
    },
  ])('$title', ({ text, changes, ends }) => {
    const commit = aCommit('m', { target: kustomization, changes });

    const [replayed] = replay({ 'kustomization.yaml': text }, [commit]);

    expect(replayed && { codes: codes(replayed), already: replayed.already }).toEqual(ends);
    expect(replayed?.files).toEqual([]);
  });

  it('two entries are held in one commit, one of them by its digest alone', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const comment = { kind: 'held', reason: '' } as const;
    const pin = { from: { name: 'acme/api', tag: undefined, digest }, to: { tag: '', digest }, comment };
    const tag = { from: at('acme/web', '1.0'), to: { tag: '1.0', digest: undefined }, comment };
    const text = `images:\n- name: acme/api\n  digest: ${digest}\n- name: acme/web\n  newTag: "1.0"\n`;
    const changes = [
      kustomizeChange('acme/api', pin),
      kustomizeChange('acme/web', { ...tag, image: parseImageReference('acme/web'), alias: 'web' }),
    ];
    const commit = aCommit('m', { target: kustomization, changes });

    const [replayed] = replay({ 'kustomization.yaml': text }, [commit]);
    const [once] = replayed?.files ?? [];
    const [again] = replay({ 'kustomization.yaml': once?.after ?? '' }, [commit]);

    expect(replayed && codes(replayed)).toEqual([]);
    expect(once?.after).toBe(text.replace(/(sha256:a+|"1.0")/g, '$1 # lynceus: hold'));
    expect(again).toMatchObject({ files: [], refused: [], already: 2 });
  });

  it('keeps a key that one image has already and another one wants to have another version', () => {
    const file = {
      target: { kind: 'helm-values', path: 'f' },
      changes: [aChange({ from: 'v1', to: 'v2' }), { ...aChange({ from: 'v2', to: 'v3' }), alias: 'other' }],
    } as const;

    const [replayed] = replay({ f: 'tag: v2\n' }, [aCommit('m', file)]);

    expect(replayed && codes(replayed)).toEqual(['other conflicting-changes']);
    expect(replayed?.files).toEqual([]);
  });
});
