import { describe, expect, it } from 'vitest';
import type { ImageChange } from '../../src/core/change.ts';
import { parseImageReference } from '../../src/core/image/reference.ts';
import type { FileTarget, ImageSlot, InheritedEntries } from '../../src/core/policy.ts';
import { isAtVersion, samePresence } from '../../src/core/presence.ts';
import { candidatePaths, editFile, readImage } from '../../src/edits/index.ts';
import { LynceusError } from '../../src/errors.ts';

/** One kind of file that is edited. A new kind gets a row here, and with it the whole contract. */
interface EditorRow {
  readonly editor: string;
  readonly target: FileTarget;
  readonly slot: ImageSlot;
  /** Says `ghcr.io/acme/api` in version 1.0.0, and nothing of any other image. */
  readonly text: string;
  /** Says nothing of the image yet. */
  readonly blank: string;
  /** A slot that does not belong into this kind of file. */
  readonly foreign: ImageSlot;
}

const INHERITED: InheritedEntries = { parameters: [], images: [], env: [] };
const PARTS: ImageSlot = {
  kind: 'helm-parts',
  name: { path: 'image.name', explicit: true },
  tag: { path: 'image.tag', explicit: true },
};
const SPEC: ImageSlot = { kind: 'helm-spec', spec: { path: 'image', explicit: true } };
const KUSTOMIZE: ImageSlot = { kind: 'kustomize', name: 'ghcr.io/acme/api', renamed: false };
const RENAMED: ImageSlot = { kind: 'kustomize', name: 'web', renamed: true };
const PLUGIN: ImageSlot = { kind: 'plugin', name: 'NAME', tag: 'TAG', spec: 'SPEC' };

function override(format: 'helm' | 'kustomize' | 'plugin'): FileTarget {
  return { kind: 'override', path: 'apps/.argocd-source-shop.yaml', format, inherited: INHERITED };
}

const VALUES: FileTarget = { kind: 'helm-values', path: 'apps/values.yaml' };
const KUSTOMIZATION: FileTarget = { kind: 'kustomization', directory: 'apps' };

const EDITORS: readonly EditorRow[] = [
  {
    editor: 'Helm values, name and tag',
    target: VALUES,
    slot: PARTS,
    text: '# values\nimage:\n  name: ghcr.io/acme/api # name\n  tag: 1.0.0 # tag\n\nother: 0123\n',
    blank: '# values\nother: 0123\n',
    foreign: KUSTOMIZE,
  },
  {
    editor: 'Helm values, one key',
    target: VALUES,
    slot: SPEC,
    text: 'other: |\n  a\n\n  b\nimage:   ghcr.io/acme/api:1.0.0\n',
    blank: 'other: {a: [b]}\n',
    foreign: PLUGIN,
  },
  {
    editor: 'kustomization',
    target: KUSTOMIZATION,
    slot: KUSTOMIZE,
    text: 'images:\n  - name: ghcr.io/acme/api # name\n    newTag: 1.0.0 # tag\nresources: [a]\n',
    blank: 'resources:\n    - a # c\n',
    foreign: PARTS,
  },
  {
    editor: 'kustomization, with a name of the base',
    target: KUSTOMIZATION,
    slot: RENAMED,
    text: 'images:\n- {newTag: 1.0.0, name: web, newName: ghcr.io/acme/api}\n',
    blank: 'images: []\n',
    foreign: SPEC,
  },
  {
    editor: 'Helm parameters, name and tag',
    target: override('helm'),
    slot: PARTS,
    text: 'helm:\n  parameters:\n  - name: image.tag\n    value: 1.0.0 # tag\n    forcestring: true\n  - {name: image.name, value: ghcr.io/acme/api}\n',
    blank: 'helm:\n  releaseName: x # c\n',
    foreign: KUSTOMIZE,
  },
  {
    editor: 'Helm parameters, one parameter',
    target: override('helm'),
    slot: SPEC,
    text: 'helm: {parameters: [{name: image, value: "ghcr.io/acme/api:1.0.0", forceString: true}]}\n',
    blank: '# nothing\n',
    foreign: PLUGIN,
  },
  {
    editor: 'Kustomize images',
    target: override('kustomize'),
    slot: KUSTOMIZE,
    text: 'kustomize:\n  images:\n    - ghcr.io/acme/api:1.0.0 # c\n    - other:1\n',
    blank: 'kustomize:\n  images: [other:1]\n',
    foreign: PARTS,
  },
  {
    editor: 'Kustomize images, with a name of the base',
    target: override('kustomize'),
    slot: RENAMED,
    text: 'kustomize:\n  images:\n  - web=ghcr.io/acme/api:1.0.0\n',
    blank: '---\n',
    foreign: PLUGIN,
  },
  {
    editor: 'plugin variables',
    target: override('plugin'),
    slot: PLUGIN,
    text: 'plugin:\n  env:\n  - {name: TAG, value: 1.0.0}\n  - name: NAME\n    value: ghcr.io/acme/api\n  - name: SPEC # c\n    value: ghcr.io/acme/api:1.0.0\n',
    blank: 'plugin:\n  env:\n',
    foreign: SPEC,
  },
];

const CREATE = { createMissing: true };
const DIGEST = `sha256:${'9f2c'.repeat(16)}`;

function change({ slot }: EditorRow, tag: string, digest?: string): ImageChange {
  return { slot, image: parseImageReference('ghcr.io/acme/api'), from: undefined, to: { tag, digest } };
}

function edit(row: EditorRow, text: string | undefined, changes: readonly ImageChange[]): string {
  return editFile(row.target, text, changes, CREATE);
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof LynceusError) return error.code;
    throw error;
  }
  return 'no error';
}

describe.each(EDITORS)('the editor of $editor', (row) => {
  const { target, slot, text, blank } = row;

  it('says which paths it may be at, none of them absolute', () => {
    const paths = candidatePaths(target);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => path.startsWith('/') || path.includes('//'))).toEqual([]);
  });

  it('reads what a file says', () => {
    const reading = readImage(target, text, slot, CREATE);
    // The keys that a values file was read from are for the rules of permissions.
    const { keys: _keys, ...rest } = reading.kind === 'present' ? reading : { keys: [], ...reading };
    expect(rest).toEqual({
      kind: 'present',
      image: { name: 'ghcr.io/acme/api', tag: '1.0.0', digest: undefined },
    });
  });

  it('says that a file does not contain the image', () => {
    expect(readImage(target, blank, slot, CREATE)).toMatchObject({ kind: 'absent', mayCreate: true });
  });

  it('changes nothing but the versions, as many lines as there were', () => {
    const after = edit(row, text, [change(row, '1.4.2')]);
    expect(after).toBe(text.replaceAll('1.0.0', '1.4.2'));
  });

  it('returns the same string when the file says it already', () => {
    expect(edit(row, text, [change(row, '1.0.0')])).toBe(text);
    expect(edit(row, text, [])).toBe(text);
  });

  it.each([
    ['a tag', '1.4.2', undefined],
    ['a tag like a number', '1.20', undefined],
    ['a tag and a digest', 'latest', DIGEST],
  ])('reads back %s that it wrote, into a full file and a blank one', (_, tag, digest) => {
    const wanted = change(row, tag, digest);
    for (const before of [text, blank]) {
      const after = edit(row, before, [wanted]);
      const reading = readImage(target, after, slot, CREATE);
      expect(reading).toMatchObject({ kind: 'present', image: { tag, digest } });
      expect(reading.kind === 'present' && isAtVersion(reading.image, wanted, 'removed')).toBe(true);
      expect(edit(row, after, [wanted])).toBe(after);
    }
  });

  it('goes back to a version without digest and leaves no trace of it', () => {
    const pinned = edit(row, text, [change(row, '1.4.2', DIGEST)]);
    const after = edit(row, pinned, [change(row, '1.4.3')]);
    expect(after).not.toContain('sha256');
    expect(readImage(target, after, slot, CREATE)).toMatchObject({
      image: { tag: '1.4.3', digest: undefined },
    });
  });

  it('is deterministic, and does not mind a change that is named twice', () => {
    const wanted = change(row, '1.4.2');
    expect(edit(row, blank, [wanted, wanted])).toBe(edit(row, blank, [wanted]));
    expect(edit(row, text, [wanted, wanted])).toBe(edit(row, text, [wanted]));
  });

  it('keeps CRLF line ends and a byte order mark', () => {
    for (const before of [text, blank]) {
      const windows = `\uFEFF${before.replaceAll('\n', '\r\n')}`;
      const after = edit(row, windows, [change(row, '1.4.2')]);
      expect(after).toBe(`\uFEFF${edit(row, before, [change(row, '1.4.2')]).replaceAll('\n', '\r\n')}`);
    }
  });

  it('keeps a file without a final line end so', () => {
    for (const before of [text, blank]) {
      const after = edit(row, before.trimEnd(), [change(row, '1.4.2')]);
      expect(after).toBe(edit(row, before, [change(row, '1.4.2')]).trimEnd());
    }
  });

  it('makes all changes or none', () => {
    const changes = [change(row, '1.4.2'), change(row, '1.4.3')];
    expect(codeOf(() => edit(row, text, changes))).toBe('conflicting-changes');
    expect(codeOf(() => edit(row, blank, changes))).toBe('conflicting-changes');
  });

  it('refuses what it cannot understand', () => {
    expect(codeOf(() => readImage(target, text, row.foreign, CREATE))).toBe('target-unsupported');
    expect(codeOf(() => edit(row, text, [{ ...change(row, '1'), slot: row.foreign }]))).toBe(
      'target-unsupported',
    );
    expect(codeOf(() => edit(row, `${text}---\n${text}`, [change(row, '1')]))).toBe('target-ambiguous');
    expect(codeOf(() => edit(row, '- a\n', [change(row, '1')]))).toBe('target-unsupported');
    expect(codeOf(() => edit(row, '{', [change(row, '1')]))).toBe('target-unsupported');
    expect(codeOf(() => edit(row, text, [change(row, '')]))).toBe('edit-unsafe');
  });

  it('creates a missing file only where that makes sense', () => {
    const reading = readImage(target, undefined, slot, CREATE);
    const mayCreate = target.kind !== 'kustomization';
    expect(reading).toMatchObject({ kind: 'absent', mayCreate });
    const wanted = change(row, '1.4.2');
    if (!mayCreate) expect(codeOf(() => edit(row, undefined, [wanted]))).toBe('target-missing');
    else expect(edit(row, undefined, [wanted])).toBe(edit(row, '', [wanted]));
  });
});

describe('two readings', () => {
  it('are the same when they agree to the letter', () => {
    const reading = { name: 'acme/api', tag: '1', digest: undefined };
    expect(samePresence(reading, { ...reading })).toBe(true);
    expect(samePresence(reading, { ...reading, name: 'docker.io/acme/api' })).toBe(false);
    expect(samePresence(reading, { ...reading, tag: '2' })).toBe(false);
    expect(samePresence(reading, { ...reading, digest: DIGEST })).toBe(false);
    expect(samePresence(undefined, undefined)).toBe(true);
  });
});
