import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type MarkdownOptions } from 'vitepress';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A copy of the pages, below the packages of the generator: the imports of a page are looked for from where it lies. */
const PAGES = fileURLToPath(new URL('pages', import.meta.url));

function copyPages(): void {
  rmSync(PAGES, { recursive: true, force: true });
  const isPage = (name: string): boolean => name.endsWith('.md') && name !== 'template.md';
  for (const folder of ['.', 'docs', 'docs/decisions', 'manifests/chart']) {
    for (const name of readdirSync(join(ROOT, folder)).filter(isPage))
      cpSync(join(ROOT, folder, name), join(PAGES, folder, name));
  }
}

copyPages();

/** Where files that are no pages can be looked at: `https://github.com/OWNER/REPOSITORY/blob/main`. Without it they are no links. */
const SOURCES = process.env['DOCS_SOURCES_URL'];

/** The pages in the order of README.md, which is the first of them: one list of pages is kept, not two. */
function sidebar() {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const list = readme.slice(readme.indexOf('## Documentation'));
  const groups = [...list.matchAll(/^- ([^:\n]+): ((?:[^\n]|\n {2})+)/gm)];
  return groups.map(([, text = '', body = '']) => ({
    text,
    collapsed: false,
    items: [...body.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].flatMap(([, title = '', path = '']) =>
      path.endsWith('.md') ? [{ text: titleOf(title), link: `/${path.replace(/\.md$/, '')}` }] : [],
    ),
  }));
}

function titleOf(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Braces in the text are templates of people, none of the generator; and what is no page is shown in the sources. */
const asWritten: NonNullable<MarkdownOptions['config']> = (md) => {
  const render = md.render.bind(md);
  md.render = (text, env) => `<div v-pre>${render(text, env)}</div>`;
  md.core.ruler.push('files', ({ tokens, env }) => {
    const page = (env as { readonly path: string }).path;
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? (token.attrGet('href') ?? '') : '';
      const path = href.split('#', 1)[0] ?? '';
      if (path === '' || /^[a-z]+:/.test(path) || path.endsWith('.md')) continue;
      const file = join(ROOT, relative(PAGES, dirname(page)), path);
      if (!existsSync(file))
        throw new Error(`${relative(PAGES, page)} has a link to ${path}, which is not there`);
      const place = relative(ROOT, file) + (statSync(file).isDirectory() ? '/' : '');
      if (SOURCES === undefined) token.attrs = [['title', place]];
      else token.attrSet('href', `${SOURCES}/${place}`);
    }
  });
};

export default defineConfig({
  title: 'Lynceus',
  description: 'Keeps the image versions of Argo CD Applications up to date in Git',
  srcDir: '.vitepress/pages',
  rewrites: { 'README.md': 'index.md' },
  outDir: '../dist/docs',
  cleanUrls: true,
  // One theme for each of the system's two, and nothing is loaded from elsewhere.
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: sidebar(),
    nav: [
      { text: 'Installation', link: '/docs/install' },
      { text: 'Annotations', link: '/docs/annotations' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
  },
  markdown: { config: asWritten, languageAlias: { conf: 'ini', promql: 'sql' } },
});
