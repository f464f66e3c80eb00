import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { branchNameData } from '../../src/core/git/branch-template.ts';
import { commitMessageData, DEFAULT_COMMIT_TEMPLATE } from '../../src/core/plan/commit-message.ts';
import { FUNCTION_NAMES } from '../../src/core/plan/template/functions.ts';
import { isTemplateList, isTemplateRecord, type TemplateValue } from '../../src/core/plan/template/values.ts';
import { aChange } from '../core/plan/planned-changes.ts';

const PAGE = readFileSync(new URL('../../docs/templates.md', import.meta.url), 'utf8');

function section(heading: string): string {
  const start = PAGE.indexOf(`\n## ${heading}\n`);
  expect(start).toBeGreaterThan(0);
  const end = PAGE.indexOf('\n## ', start + 1);
  return PAGE.slice(start, end < 0 ? undefined : end);
}

function namesOnPage(heading: string): readonly (string | undefined)[] {
  return [...section(heading).matchAll(/^\| `(\.[^`]+)` \|/gm)].map(([, name]) => name);
}

/** `.AppName`, `.AppChanges`, `.AppChanges[].Image`, ...; the changes of an Application are told once. */
function namesOf(value: TemplateValue, prefix = ''): readonly string[] {
  if (isTemplateList(value)) return namesOf(value[0], `${prefix}[]`);
  if (!isTemplateRecord(value)) return [];
  return Object.entries(value).flatMap(([name, one]) => {
    const path = `${prefix}.${name}`;
    return path === '.Applications[].Changes' ? [path] : [path, ...namesOf(one, path)];
  });
}

describe('docs/templates.md', () => {
  test('has every name of a commit message template, and no other', () => {
    expect(namesOnPage('Commit messages')).toEqual(namesOf(commitMessageData([aChange()])));
  });

  test('has every name of a branch template, and no other', () => {
    expect(namesOnPage('Branch names')).toEqual(namesOf(branchNameData([aChange()], undefined)));
  });

  test('has every function, and no other', () => {
    const [, line = ''] = /^- Functions: (.*)\.$/m.exec(section('The language')) ?? [];
    expect([...line.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual([...FUNCTION_NAMES]);
  });

  test('shows the default template as it is', () => {
    expect(PAGE).toContain(`\`\`\`\n${DEFAULT_COMMIT_TEMPLATE}\`\`\`\n`);
  });
});
