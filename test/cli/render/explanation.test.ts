import { describe, expect, test } from 'vitest';
import { renderExplanation } from '../../../src/cli/render/explanation.ts';
import { PLAIN } from '../../../src/cli/render/style.ts';
import { visibleWidth } from '../../../src/cli/render/text.ts';
import { explainOutput } from '../../../src/cli/render/status-contract.ts';
import { explainResult, SHOWN_TAGS } from '../../../src/core/status/explain-result.ts';
import type { ImageExplanation } from '../../../src/core/status/image-explanation.ts';
import { aListing, aTracked, LINUX_AMD64, someFacts } from '../../helpers/policies.ts';
import { imageResult } from '../run-in-process.ts';

const HOSTILE = [
  '1.0.0\u001B[2J',
  '2.0.0\n✗ failed  fake',
  '\u202Eevil',
  `9.9.9-${'x'.repeat(10_000)}`,
  '<script>',
  '@everyone',
];

/** Of an image that follows `^1`. */
function explained(tags: readonly string[], most = SHOWN_TAGS): ImageExplanation {
  const tracked = aTracked({ strategy: { kind: 'semver', constraint: '^1' } });
  const { image, policy, observed, destination } = tracked;
  const input = {
    image,
    policy,
    observed,
    slot: destination.slot,
    presence: { kind: 'present', image: { name: undefined, tag: '1.0.1', digest: undefined } } as const,
    listing: aListing(tags),
    platformDefaults: LINUX_AMD64,
    now: 0,
  };
  const facts = new Map(tags.map((tag) => [tag, { kind: 'known', facts: someFacts(tag) } as const]));
  const reason = { code: 'no-tags', facts: {} } as const;
  const result = imageResult({ basis: { project: 'default', reason, policy } });
  return explainResult(result, { input, facts }, { most });
}

describe('renderExplanation', () => {
  test.each([20, 40, 60, 100, Number.POSITIVE_INFINITY])(
    'hostile tags steer no terminal of %i columns, and fit it',
    (width) => {
      const text = renderExplanation(explained([...HOSTILE, '1.2.0']), PLAIN, width);
      expect(text).not.toMatch(/[^\P{Cc}\n]|[\u202A-\u202E\u2066-\u2069]/u);
      expect(text).not.toMatch(/^✗ failed {2}fake/m);
      expect(text.replaceAll(/\s/g, '')).toContain('1.2.0chosen');
      if (width >= 40)
        for (const line of text.split('\n')) expect(visibleWidth(line)).toBeLessThanOrEqual(width);
    },
  );

  test('of 100,000 tags the newest are shown, the chosen one and the one in force, and the rest is counted', () => {
    const tags = Array.from(
      { length: 100_000 },
      (_, index) => `${index % 2 === 0 ? 1 : 2}.${index % 300}.${index}`,
    );
    const explanation = explained([...tags, '1.0.1']);
    explainOutput.parse(explanation);
    expect(explanation.tags).toHaveLength(SHOWN_TAGS + 2);
    expect(explanation.tags.slice(-2)).toMatchObject([{ code: 'chosen' }, { tag: '1.0.1', inForce: true }]);
    expect(explanation.counts).toMatchObject({
      listed: 100_001,
      codes: { 'outside-constraint': 50_000, chosen: 1 },
    });
    const text = renderExplanation(explanation, PLAIN, 80);
    expect(text.replaceAll('\n', ' ')).toContain(
      'and 99949 further tags: 49950 outside-constraint, 49998 lower, 1 older (--all shows them)',
    );
    expect(text.length).toBeLessThan(10_000);
  });

  test('all of them where all are wanted', () => {
    const tags = Array.from({ length: 300 }, (_, index) => `1.0.${index}`);
    const text = renderExplanation(explained(tags, Number.POSITIVE_INFINITY), PLAIN);
    for (const tag of tags) expect(text).toContain(`\n${tag} `);
    expect(text).not.toContain('further');
  });
});
