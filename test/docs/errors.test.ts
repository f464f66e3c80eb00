import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ReasonCode } from '../../src/core/reasons/reason.ts';
import type { WarningCode } from '../../src/core/reasons/warning.ts';
import type { ImageOutcome } from '../../src/core/report.ts';
import { ERROR_CODES } from '../../src/errors.ts';
import { OUTCOME_MESSAGES } from '../../src/reporters/cycle-log.ts';

const read = (path: string): string => readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8');

/** Cells of the rows whose first cell is one word in back quotes. */
function rowsOf(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/^\| `([\w-]+)` \| (.*) \|$/gm)].map(([, word = '', rest = '']) => [
    word,
    ...rest.split(' | '),
  ]);
}

describe('docs/errors.md', () => {
  const rows = rowsOf(read('errors.md'));

  test('explains each code once, and no others', () => {
    expect(rows).toHaveLength(Object.keys(ERROR_CODES).length);
    expect(new Set(rows.map(([code]) => code))).toEqual(new Set(Object.keys(ERROR_CODES)));
  });

  test('says rightly whether trying again may help', () => {
    const said = Object.fromEntries(rows.map(([code, again]) => [code, again]));
    const true_ = Object.fromEntries(
      Object.entries(ERROR_CODES).map(([code, { retryable }]) => [code, retryable ? 'yes' : 'no']),
    );
    expect(said).toEqual(true_);
  });

  test('says of each what it means and what to do', () => {
    for (const row of rows) {
      expect(row, row[0]).toHaveLength(4);
      expect(row[2], row[0]).toMatch(/^[A-Z].*\.$/);
      expect(row[3], row[0]).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('docs/logs.md', () => {
  const [page = '', warnings = ''] = read('logs.md').split('## Warnings');
  const rows = rowsOf(page);

  test('explains each warning', () => {
    // A code that is missing here, or is none any more, does not compile.
    const codes: Record<WarningCode, true> = {
      overridden: true,
      'file-unread': true,
      'hold-without-effect': true,
      'hold-misspelt': true,
      'may-be-undone': true,
      'newer-turned-away': true,
      'rolled-back-upstream': true,
      'rolled-back-in-argo-cd': true,
      'upstream-unknown': true,
    };
    expect(rowsOf(warnings).map(([code]) => code)).toEqual(Object.keys(codes));
  });

  test('explains each outcome with its message', () => {
    const outcomes = rows.filter(([, message = '']) => /^`image .*`$/.test(message));
    const said = Object.fromEntries(
      outcomes.map(([outcome, message = '']) => [outcome, message.replaceAll('`', '')]),
    );
    expect(said).toEqual(OUTCOME_MESSAGES satisfies Record<ImageOutcome, string>);
  });

  test('explains each code that is no error', () => {
    // A code that is missing here, or is none any more, does not compile.
    const codes: Record<ReasonCode, true> = {
      'newer-version': true,
      'digest-moved': true,
      'first-write': true,
      'check-failed': true,
      rewritten: true,
      'up-to-date': true,
      'already-proposed': true,
      'no-tags': true,
      'no-matching-tag': true,
      'no-matching-platform': true,
      'other-image': true,
      'no-newest-build': true,
      'not-live': true,
      'not-due': true,
      paused: true,
      pinned: true,
      'rolled-back': true,
      'rolled-back-in-argo-cd': true,
      downgrade: true,
      'proposal-closed': true,
      'too-young': true,
      'age-unknown': true,
      'verification-failed': true,
      'signature-missing': true,
      'signature-invalid': true,
      'gate-unavailable': true,
      'promotion-waiting': true,
      'awaiting-approval': true,
      'outside-window': true,
    };
    const said = rows
      .map(([word = '']) => word)
      .filter((word) => word.includes('-') || Object.hasOwn(codes, word));
    expect(new Set(said)).toEqual(new Set(Object.keys(codes)));
  });
});
