import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Every page that people read, from the top of the project. */
function pages(): readonly string[] {
  const beside = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const below = ['docs', 'manifests'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.md') && !path.includes('.vitepress'))
      .map((path) => join(folder, path)),
  );
  return [...beside, ...below].toSorted();
}

/** The text without what is code, where brackets mean something else. */
function proseOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
    .replaceAll(/^(`{3,})[\s\S]*?^\1/gm, '')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ' '));
}

function linksOf(page: string): readonly string[] {
  return [...proseOf(page).matchAll(/\]\(([^()\s]+)\)/g)].map(([, link = '']) => link);
}

/** The names by which GitHub and the site know the headings of a page. */
function anchorsOf(page: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const headings = readFileSync(join(ROOT, page), 'utf8')
    .replaceAll(/^(`{3,})[\s\S]*?^\1/gm, '')
    .matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    [...headings].map(([, text = '']) => {
      const slug = text
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-');
      const before = seen.get(slug) ?? 0;
      seen.set(slug, before + 1);
      return before === 0 ? slug : `${slug}-${before}`;
    }),
  );
}

/** What is wrong with a link of a page; `undefined` for one that leads somewhere. */
function faultOf(page: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#', 2);
  if (/^[a-z]+:/.test(path)) return undefined;
  const target = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path));
  if (!existsSync(join(ROOT, target))) return `${page}: ${link} is not there`;
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  return anchorsOf(target).has(anchor) ? undefined : `${page}: ${link}: ${target} has no such heading`;
}

describe('the pages', () => {
  test('have no link that leads nowhere', () => {
    const all = pages().flatMap((page) => linksOf(page).map((link) => [page, link] as const));
    expect(all.length).toBeGreaterThan(200);
    expect(all.flatMap(([page, link]) => faultOf(page, link) ?? [])).toEqual([]);
  });

  test.each(['nowhere.md', 'git.md#nothing', '#nothing'])('a link to %s would be found', (link) => {
    expect(faultOf('docs/annotations.md', link)).toContain(link);
  });

  test('of docs are all reached from README.md', () => {
    const linked = new Set(linksOf('README.md').map((link) => link.split('#', 1)[0]));
    const own = pages().filter((page) => /^docs\/[^/]+\.md$/.test(page));
    expect(own.filter((page) => !linked.has(page))).toEqual([]);
  });
});
