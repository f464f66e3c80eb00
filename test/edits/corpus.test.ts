import { describe, expect, it } from 'vitest';
import { judgeKeys } from '../../src/core/permissions/judge-keys.ts';
import type { Fence } from '../../src/core/permissions/fence.ts';
import type { TrackedImage } from '../../src/core/policy.ts';
import { isAtVersion } from '../../src/core/presence.ts';
import { editFile, readImage } from '../../src/edits/index.ts';
import { aPlace, aTracked } from '../helpers/policies.ts';
import { caught } from '../helpers/thrown.ts';
import { CORPUS, type CorpusCase } from './corpus.ts';

describe('a file of the corpus', () => {
  for (const entry of CORPUS) {
    it(`${entry.kind}/${entry.name}: ${entry.rule}`, () => {
      expectReading(entry);
      if (entry.error === undefined) expectPermitted(entry);
      if (entry.error !== undefined) expectRefusal(entry);
      else if (entry.same) expectSame(entry);
      else expectEdit(entry);
    });
  }

  it('is one of many', () => {
    const edits = CORPUS.filter(({ after }) => after !== undefined);
    expect(edits.length).toBeGreaterThanOrEqual(40);
    expect(edits.filter(({ render, effect }) => render.length === 0 && effect === undefined)).toEqual([]);
    const compared = edits.filter(({ render }) => render.some(({ was }) => was !== undefined));
    expect(compared.length).toBeGreaterThanOrEqual(65);
    // Something must not change in most of them: a neighbour in the same file.
    const neighbours = compared.filter(({ render }) => render.some(({ was, expect: now }) => was === now));
    expect(neighbours.length).toBeGreaterThanOrEqual(50);
  });
});

function edit({ target, before, changes, options }: CorpusCase, text = before): string {
  return editFile(target, text, changes, options);
}

function expectReading({ target, before, changes, options, present }: CorpusCase): void {
  const [first] = changes;
  if (present === undefined || first === undefined) return;
  const { keys: _keys, ...reading } = readImage(target, before, first.slot, options);
  if (present === 'absent') expect(reading.kind).toBe('absent');
  else expect(reading).toEqual({ kind: 'present', image: present });
}

const OPEN: Fence = { rules: [], enforced: false, projects: { kind: 'none' }, argocdNamespace: 'argocd' };

/** No key that people have in their charts needs a permission. */
function expectPermitted({ target, before, changes, options }: CorpusCase): void {
  for (const { slot, image } of changes) {
    const presence = readImage(target, before, slot, options);
    const tracked: TrackedImage = { ...aTracked({ slot, file: target }), image };
    const asked = {
      ...tracked,
      target: { method: 'git', place: aPlace(), file: target },
      path: 'values.yaml',
    } as const;
    expect(judgeKeys(asked, presence, OPEN)?.line).toBeUndefined();
  }
}

function expectRefusal(entry: CorpusCase): void {
  expect(entry.after, 'a refused case has no after.yaml').toBeUndefined();
  const error = caught(() => edit(entry));
  expect({ code: error.code, message: error.message }).toEqual({
    code: entry.error?.code,
    message: expect.stringContaining(entry.error?.message ?? '') as unknown,
  });
}

function expectSame(entry: CorpusCase): void {
  expect(entry.after, 'a case that changes nothing has no after.yaml').toBeUndefined();
  expect(edit(entry)).toBe(entry.before);
}

function expectEdit(entry: CorpusCase): void {
  const { target, after, changes, options } = entry;
  expect(edit(entry)).toBe(after);
  expect(edit(entry, after), 'a second edit changes nothing').toBe(after);
  for (const change of changes) {
    const reading = readImage(target, after, change.slot, options);
    expect(
      reading.kind === 'present' && isAtVersion(reading.image, change, 'removed'),
      JSON.stringify(reading),
    ).toBe(true);
  }
}
