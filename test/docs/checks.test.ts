import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { specsOf } from '../../src/config/check-specs.ts';
import { CHECK_PLACEHOLDERS } from '../../src/core/verification/check-template.ts';
import { parseComparison } from '../../src/core/verification/comparison.ts';
import { CHECK } from '../../src/settings/check.ts';
import { load } from '../config/given.ts';

const PAGE = readFileSync(new URL('../../docs/checks.md', import.meta.url), 'utf8');
const EXAMPLES = [...PAGE.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text = '']) => text);

/** A list of checks stands for what it is in the whole file. */
function loaded(example: string) {
  const content: unknown = parse(example);
  const file = Array.isArray(content)
    ? stringify({ verification: { checks: content as unknown[] } })
    : example;
  return specsOf(load({ fileText: file }));
}

describe('docs/checks.md', () => {
  it('has examples of each kind, which work', () => {
    const specs = EXAMPLES.flatMap(loaded);
    expect(new Set(specs.map(({ ask }) => ask.kind))).toEqual(new Set(['prometheus', 'http', 'analysis']));
    expect(specs.length).toBeGreaterThanOrEqual(6);
  });

  it('has each placeholder, and no other', () => {
    const [, table = ''] = /## Placeholders\n([^]*?)\n## /.exec(PAGE) ?? [];
    const named = [...table.matchAll(/^\| `\{\{(\w+)\}\}` \|/gm)].map(([, name]) => name);
    expect(new Set(named)).toEqual(new Set(CHECK_PLACEHOLDERS));
  });

  it('has comparisons that can be read', () => {
    const [, table = ''] = /## What a value must be\n([^]*?)\n## /.exec(PAGE) ?? [];
    const texts = [...table.matchAll(/^\| (`.*?`(?:, `.*?`)*) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(.*?)`/g)].map(([, text = '']) => text.replaceAll('\\|', '|')),
    );
    expect(texts.length).toBeGreaterThanOrEqual(6);
    for (const text of texts) expect(() => parseComparison(text), text).not.toThrow();
  });

  it('names each key of a check', () => {
    const rows = [CHECK, CHECK.prometheus.rows, CHECK.http.rows, CHECK.analysis.rows];
    for (const key of rows.flatMap((row) => Object.keys(row)))
      expect(PAGE, key).toMatch(new RegExp(`\\b${key}\\b`));
  });
});
