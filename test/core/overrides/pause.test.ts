import { expect, test } from 'vitest';
import { commonPause, type PauseFacts } from '../../../src/core/overrides/pause.ts';
import { LynceusError } from '../../../src/errors.ts';

const ADA = { by: 'Ada', reason: '', since: 1 };
const GONE = new LynceusError('kube-unreachable', 'no answer');

test.each<readonly [when: string, facts: PauseFacts, by: string | undefined]>([
  ['nobody paused', { configured: false, kept: {} }, undefined],
  ['the configuration says so', { configured: true, kept: {} }, 'configuration'],
  ['a person did', { configured: false, kept: { everything: ADA } }, 'command'],
  ['both did', { configured: true, kept: { everything: ADA } }, 'configuration'],
  ['only rollbacks are', { configured: false, kept: { rollbacks: ADA } }, undefined],
  ['it cannot be read', { configured: false, kept: GONE }, 'unknown'],
  ['the configuration says so, whatever else', { configured: true, kept: GONE }, 'configuration'],
])('everything is paused or not when %s', (_when, facts, by) => {
  expect(commonPause(facts)?.by).toBe(by);
});
