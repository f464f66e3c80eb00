import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseConstraint } from '../../src/core/strategies/constraint.ts';
import { parseVersion } from '../../src/core/strategies/version.ts';
import { DIFFERENCES } from '../fixtures/core/semver-constraints.ts';

const PAGE = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
const [, SECTION = ''] = /^### Version constraints\n([^]*?)\n### /m.exec(PAGE) ?? [];

/** What stands in back quotes in the first cell of each row. */
const NAMED = SECTION.split('\n').flatMap((line) => {
  const [, first = ''] = line.replaceAll('\\|', '\u0000').split('|');
  return [...first.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text.replaceAll('\u0000', '|'));
});

describe('docs/compatibility.md', () => {
  test('names each constraint that is read otherwise, and no other', () => {
    const different = new Set(DIFFERENCES.map(([constraint]) => constraint));
    // Parts of such a constraint, which stand beside it.
    const named = NAMED.filter((text) => !['||', '!=1.2'].includes(text));

    expect([...new Set(named)].toSorted()).toEqual([...different].toSorted());
  });

  test.each([
    ['^*', '9.0.0', true],
    ['<=*', '9.0.0', true],
    ['1.2 - *', '9.0.0', true],
    ['1.2 - *', '1.1.9', false],
    ['!=1.2-rc1', '1.2.5', false],
    ['!=1.2-rc1', '1.3.0', true],
    ['!=1.2.0-rc1', '1.2.0', true],
    ['!=1.2.0-rc1', '1.2.0-rc1', false],
    ['1||2 - 3', '1.9.0', true],
    ['1||2 - 3', '3.9.0', true],
    ['1||2 - 3', '4.0.0', false],
  ])('%s on %s: %s, as the table says', (constraint, tag, accepted) => {
    const version = parseVersion(tag);
    expect(version && parseConstraint(constraint)(version)).toBe(accepted);
  });
});
