import { readFileSync } from 'node:fs';

/** A line that a page shows; `…` in it stands for any text. */
export interface PageLine {
  readonly line: string;
  readonly fits: RegExp;
}

/** The first cells of the table below a heading of `docs/errors.md`. */
export function linesBelow(heading: string): readonly PageLine[] {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split(`\n${heading}\n`);
  const [table = ''] = section.split('\n#');
  return [...table.matchAll(/^\| `([^`]+)` \| .+ \|$/gm)].map(([, line = '']) => ({
    line,
    fits: new RegExp(`^${line.split('…').map(escapeText).join('.+')}$`),
  }));
}

function escapeText(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
