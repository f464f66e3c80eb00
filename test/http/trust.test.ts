import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { authoritiesWith, contextTrusting } from '../../src/http/trust.ts';
import { createSelfSigned } from '../helpers/certificates.ts';

describe('a context that trusts a private authority', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-trust-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function anAuthority(name: string): string {
    mkdirSync(join(folder, name));
    return createSelfSigned(join(folder, name), 'authority').certificate;
  }

  const [ours, theirs] = [anAuthority('ours'), anAuthority('theirs')];

  test.each([
    ['the same certificate', ours, ours, true],
    ['the same with a remark before it', ours, `# ours\n${ours}`, true],
    ['another of the same name', ours, theirs, false],
    ['one more', ours, ours + theirs, false],
    ['one less', ours + theirs, ours, false],
  ])('is made once: %s', (_what, first, second, same) => {
    const context = contextTrusting(authoritiesWith(first));
    expect(contextTrusting(authoritiesWith(second)) === context).toBe(same);
    expect(contextTrusting(authoritiesWith(first)) === context).toBe(same);
  });
});
