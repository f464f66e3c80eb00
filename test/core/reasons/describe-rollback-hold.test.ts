import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { describeRollbackHold } from '../../../src/core/reasons/describe-rollback-hold.ts';
import {
  isPassing,
  type RollbackHold,
  type RollbackHoldCode,
} from '../../../src/core/reasons/rollback-hold.ts';
import { LynceusError } from '../../../src/errors.ts';

const ERROR = new LynceusError('kube-unreachable', 'no route to host');
const AT = Date.UTC(2026, 4, 1, 12);

/** Each with a part of its sentence. A code that is missing here does not compile. */
const HOLDS: {
  readonly [Code in RollbackHoldCode]: readonly [Extract<RollbackHold, { code: Code }>['facts'], string];
} = {
  'environment-at-fault': [{ check: 'slo\n', kind: 'unanswered' }, 'the check slo gets no answers'],
  'rollback-limit': [{ limit: 10 }, 'more than 10 Applications would be rolled back'],
  'outside-window': [{ opensAt: AT }, 'waits until 2026-05-01T12:00:00Z'],
  'not-written': [{ why: 'the push was refused' }, 'is tried again: the push was refused'],
  'pause-unknown': [{ error: ERROR }, 'no route to host'],
  'rollbacks-paused': [{ what: 'rollbacks' }, 'until somebody runs lynceus resume'],
  'observation-too-short': [{ until: AT }, 'asked again at 2026-05-01T12:00:00Z'],
  'clock-set-back': [{ by: 60_000 }, 'set back by 1m0s'],
  'no-version-before': [{}, 'no version before'],
  'version-before-rolled-back': [{ version: '1.4.1' }, '1.4.1, was taken back as well'],
  'restored-version': [{}, 'nothing is rolled back twice'],
  'changed-meanwhile': [{ now: '1.5.0' }, 'the file has 1.5.0 by now'],
  'held-by-person': [{ text: 'we look' }, 'a person holds the image: "we look"'],
  'proposal-closed': [{ url: 'https://git.example/1' }, 'https://git.example/1, which'],
  'not-in-git': [{}, 'no history to go back to'],
  'no-record': [{}, 'does not tell what was there before'],
};

const page = readFileSync(new URL('../../../docs/rollbacks-and-holds.md', import.meta.url), 'utf8');

test.each(Object.entries(HOLDS))('has a sentence and a row for %s', (code, [facts, part]) => {
  expect(describeRollbackHold({ code, facts } as RollbackHold)).toContain(part);
  const [final = '', passing = ''] = page.split('It is tried again by itself when');
  expect(isPassing({ code: code as RollbackHoldCode }) ? passing : final).toContain(`\`${code}\``);
});
