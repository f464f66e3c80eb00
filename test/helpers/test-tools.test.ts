import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { helmPath, kubectlPath, node24Path } from './render-tools.ts';
import { ensureGitVersion, explainMissing, findMissing, REQUIREMENTS } from './requirements.ts';
import { summaryLine } from './summary-reporter.ts';

function firstLine(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' }).split('\n')[0] ?? '';
}

describe('programs that only tests run', () => {
  test('are there and are the right ones', () => {
    expect(firstLine(helmPath(), 'version', '--short')).toMatch(/^v3\./);
    expect(firstLine(kubectlPath(), 'version', '--client')).toMatch(/^Client Version: v1\./);
  });

  test.runIf(process.platform === 'linux' && process.arch === 'x64')('and so is Node.js 24', () => {
    expect(firstLine(node24Path(), '--version')).toMatch(/^v24\./);
  });
});

describe('requirements', () => {
  test('what no folder holds as an executable file is missing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'requirements-'));
    try {
      writeFileSync(join(folder, 'git'), '', { mode: 0o755 });
      writeFileSync(join(folder, 'gpg'), '', { mode: 0o644 });
      const there = REQUIREMENTS.filter((one) => !findMissing([folder]).includes(one));
      expect(there.map(({ program }) => program)).toEqual(['git']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a person is told what is missing and how to get it, each package once', () => {
    expect(explainMissing(REQUIREMENTS.slice(0, 3))).toBe(
      'the tests need programs that are not here: git, git-http-backend, docker-registry. On Debian or Ubuntu: sudo apt-get install git docker-registry',
    );
  });

  test.each(['git version 2.34.0', 'git version 2.39.5 (Apple Git-154)', 'git version 3.0.rc1'])(
    '%s will do',
    (text) => {
      expect(() => ensureGitVersion(text)).not.toThrow();
    },
  );

  test.each(['git version 2.33.8', 'git version 1.99', 'nonsense'])('%s will not', (text) => {
    expect(() => ensureGitVersion(text)).toThrow(`the tests need git 2.34 or later; found: ${text}`);
  });
});

test.each([
  [{ passed: 3, failed: 0, skipped: 0 }, '3 passed, 0 failed'],
  [{ passed: 3, failed: 2, skipped: 1 }, '3 passed, 2 failed, 1 skipped'],
])('the last line of a run of %o', (counts, line) => {
  expect(summaryLine(counts)).toBe(line);
});
