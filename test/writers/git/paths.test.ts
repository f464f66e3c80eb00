import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolvePath, type KnownDirectory, type KnownTree } from '../../../src/writers/git/paths.ts';
import type { TreeEntry } from '../../../src/writers/git/parse.ts';

/** What stands at each path: a file, or a link and what it says. Folders are what lies between. */
type World = ReadonlyMap<string, { readonly link: string | undefined }>;

const FILE = '100644';
const LINK = '120000';
const FOLDER = '40000';

function known(world: World): KnownTree {
  const directories = new Map<string, Map<string, TreeEntry>>([['', new Map()]]);
  const links = new Map<string, string>();
  for (const [path, { link }] of world) {
    const parts = path.split('/');
    for (const [depth, part] of parts.entries()) {
      const directory = parts.slice(0, depth).join('/');
      const isLast = depth === parts.length - 1;
      const mode = isLast ? (link === undefined ? FILE : LINK) : FOLDER;
      const entries = directories.get(directory) ?? new Map<string, TreeEntry>();
      directories.set(directory, entries.set(part, { mode, sha: path }));
    }
    if (link !== undefined) links.set(path, link);
  }
  return { directories, links };
}

const name = fc.constantFrom('a', 'b', 'c');
const route = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const target = fc
  .array(fc.constantFrom('a', 'b', 'c', '.', '..', ''), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'));
const world = fc
  .array(fc.tuple(route, fc.option(target, { nil: undefined })), { maxLength: 8 })
  .map((entries) => entries.filter(([path]) => !entries.some(([other]) => other.startsWith(`${path}/`))))
  .map((entries): World => new Map(entries.map(([path, link]) => [path, { link }])));

describe('for any tree with links and any path', () => {
  it('a path leads to a real file, to nothing inside, or is refused', () => {
    fc.assert(
      fc.property(world, target, (tree, path) => {
        const found = resolvePath(path, known(tree));
        const leadsTo = tree.get(found.kind === 'needs' ? '' : found.path);
        const parts = found.kind === 'needs' ? [] : found.path.split('/');
        expect(found.kind).not.toBe('needs');
        expect(found.kind === 'file' ? leadsTo?.link : undefined).toBeUndefined();
        expect(found.kind === 'file' && leadsTo === undefined).toBe(false);
        expect(found.kind === 'missing' && leadsTo !== undefined).toBe(false);
        expect(found.kind !== 'refused' && parts.some((part) => ['', '.', '..'].includes(part))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('asking step by step leads to the same as knowing everything', () => {
    fc.assert(
      fc.property(world, target, (tree, path) => {
        const all = known(tree);
        const directories = new Map<string, KnownDirectory>();
        const links = new Map<string, string | undefined>();
        let found = resolvePath(path, { directories, links });
        while (found.kind === 'needs') {
          for (const one of found.directories) directories.set(one, all.directories.get(one) ?? 'absent');
          for (const one of found.links) links.set(one, all.links.get(one));
          found = resolvePath(path, { directories, links });
        }
        expect(JSON.stringify(found)).toBe(JSON.stringify(resolvePath(path, all)));
      }),
      { numRuns: 1000 },
    );
  });
});

it('does not take a folder for missing that the tree names and the clone has not', () => {
  const directories = new Map<string, KnownDirectory>([
    ['', new Map([['a', { mode: FOLDER, sha: 'x' }]])],
    ['a', 'absent'],
  ]);
  expect(() => resolvePath('a/values.yaml', { directories, links: new Map() })).toThrow(
    expect.objectContaining({ code: 'git-failed' }),
  );
});
