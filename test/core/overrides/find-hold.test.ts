import { describe, expect, test } from 'vitest';
import { findHold, type HoldSource, type ProposedUpdate } from '../../../src/core/overrides/find-hold.ts';
import { describeReason } from '../../../src/core/reasons/describe-reason.ts';
import { indexHistory } from '../../../src/core/overrides/record-index.ts';
import type { TagOrder } from '../../../src/core/policy.ts';
import { LynceusError } from '../../../src/errors.ts';
import { aTracked, type TrackedParts } from '../../helpers/policies.ts';
import { FILE, history } from './commits.ts';

interface Row {
  readonly when: string;
  readonly policy?: TrackedParts;
  readonly says?: string;
  readonly candidate?: string;
  readonly evidence?: readonly HoldSource[];
  readonly code: string | undefined;
  readonly reason?: string;
}

const REVERTED: HoldSource = {
  kind: 'history',
  path: FILE,
  history: indexHistory(history('update 1.4.1 -> 1.4.2', 'Ada: x')),
};

function proposal({ policy, says = '1.4.1', candidate = '1.4.2' }: Row): ProposedUpdate {
  const present = { name: undefined, tag: says, digest: undefined };
  return {
    tracked: aTracked(policy),
    written: present,
    present,
    candidate: { tag: candidate, digest: undefined },
  };
}

function ordered(by: TagOrder['by'], expression: string): TrackedParts {
  return { strategy: { kind: 'semver', constraint: '', order: { by, expression } } };
}

const LIVE = { target: { method: 'application', at: 'spec.source', format: 'helm' } } as const;

const ROWS: readonly Row[] = [
  { when: 'nobody minds', code: undefined },
  {
    when: 'an annotation holds it',
    policy: { hold: '' },
    code: 'pinned',
    reason: 'pinned by the annotation hold; 1.4.2 is not written',
  },
  {
    when: 'an annotation says why',
    policy: { hold: 'fair\nin Rome' },
    code: 'pinned',
    reason: 'pinned by the annotation hold: "fair\\u{a}in Rome"; 1.4.2 is not written',
  },
  {
    when: 'a comment holds it',
    evidence: [{ kind: 'comment', text: 'until the audit' }],
    code: 'pinned',
    reason: 'pinned by a comment beside the value: "until the audit"; 1.4.2 is not written',
  },
  {
    when: 'an annotation pauses it',
    policy: { paused: { by: 'annotation', reason: '' } },
    code: 'paused',
    reason: 'paused by the annotation pause; 1.4.2 is not written until it is removed',
  },
  {
    when: 'an annotation says why it is paused',
    policy: { paused: { by: 'annotation', reason: 'on call\nis Ada' } },
    code: 'paused',
    reason: 'paused by the annotation pause: "on call\\u{a}is Ada"; 1.4.2 is not written until it is removed',
  },
  {
    when: 'the configuration pauses everything',
    policy: { paused: { by: 'configuration' } },
    code: 'paused',
    reason: 'paused by the configuration (paused); 1.4.2 is not written until it says otherwise',
  },
  {
    when: 'somebody paused everything, whose name nobody kept',
    policy: { paused: { by: 'command', pause: { by: '', reason: '', since: undefined } } },
    code: 'paused',
    reason: 'everything is paused; 1.4.2 is not written until somebody runs lynceus resume',
  },
  {
    when: 'somebody paused everything in the year 300000',
    policy: { paused: { by: 'command', pause: { by: 'Ada\n', reason: '', since: 9_404_294_400_000_000 } } },
    code: 'paused',
    reason: 'everything is paused by Ada; 1.4.2 is not written until somebody runs lynceus resume',
  },
  {
    when: 'it is not known whether it is paused',
    policy: { paused: { by: 'unknown', error: new LynceusError('kube-unreachable', 'no answer') } },
    code: 'gate-unavailable',
    reason: 'it is not known whether updates are paused, and 1.4.2 waits, so nothing is written: no answer',
  },
  {
    when: 'a pause is told before a pin',
    policy: { paused: { by: 'configuration' }, hold: '' },
    code: 'paused',
  },
  { when: 'it was rolled back', evidence: [REVERTED], code: 'rolled-back' },
  { when: 'a pin is told first', evidence: [{ kind: 'comment', text: '' }, REVERTED], code: 'pinned' },
  {
    when: 'rollbacks do not count',
    policy: { rollback: 'never-hold' },
    evidence: [REVERTED],
    code: undefined,
  },
  {
    when: 'rollbacks do not count, and a check took it back',
    policy: { rollback: 'never-hold' },
    evidence: [
      {
        kind: 'history',
        path: FILE,
        history: indexHistory(history('update 1.4.1 -> 1.4.2', 'rollback 1.4.2 -> 1.4.1 by slo-errors')),
      },
    ],
    code: 'rolled-back',
  },
  { when: 'there is no Git', policy: LIVE as unknown as TrackedParts, evidence: [REVERTED], code: undefined },
  {
    when: 'it is lower',
    candidate: '1.4.0',
    code: 'downgrade',
    reason:
      '1.4.0 is lower than 1.4.1, which is in force; a lower version is only written with allow-downgrade',
  },
  { when: 'a pre-release is lower', says: '1.4.1', candidate: '1.4.1-rc.2', code: 'downgrade' },
  { when: 'only its spelling differs', candidate: 'v1.4.1', code: undefined },
  { when: 'lower is allowed', candidate: '1.4.0', policy: { allowDowngrade: true }, code: undefined },
  { when: 'what is there is no version', says: 'latest', candidate: '1.4.0', code: undefined },
  { when: 'what is there is a template', says: '{{ .Values.tag }}', candidate: '1.4.0', code: undefined },
  {
    when: 'names: lower',
    policy: { strategy: { kind: 'alphabetical' } },
    says: '20260302',
    candidate: '20260301',
    code: 'downgrade',
  },
  {
    when: 'names: higher, though a lower version',
    policy: { strategy: { kind: 'alphabetical' } },
    says: 'v10',
    candidate: 'v9',
    code: undefined,
  },
  {
    when: 'names: what is there is a word',
    policy: { strategy: { kind: 'alphabetical' } },
    says: 'main-debug',
    candidate: '20260301',
    code: undefined,
  },
  {
    when: 'by number: lower, though later by name',
    policy: ordered('numeric', '^build-([0-9]+)$'),
    says: 'build-226',
    candidate: 'build-26',
    code: 'downgrade',
  },
  {
    when: 'by number: higher, though neither is a version',
    policy: ordered('numeric', '^build-([0-9]+)$'),
    says: 'build-26',
    candidate: 'build-226',
    code: undefined,
  },
  {
    when: 'by four numbers: lower in the last',
    policy: ordered('calver', '^([0-9.]+)$'),
    says: '1.2.3.10',
    candidate: '1.2.3.9',
    code: 'downgrade',
  },
  {
    when: 'by the part alone: the rest of the tag does not count',
    policy: ordered('semver', '^[a-z]+-v?([0-9.]+)$'),
    says: 'rel-1.2.0',
    candidate: 'main-1.2',
    code: undefined,
  },
  {
    when: 'by the part: what is there has none',
    policy: ordered('numeric', '^build-([0-9]+)$'),
    says: '1.4.2',
    candidate: 'build-1',
    code: undefined,
  },
  {
    when: 'builds have no order',
    policy: { strategy: { kind: 'newest-build' } },
    says: '2.0.0',
    candidate: '1.9.9',
    code: undefined,
  },
  {
    when: 'a person named the tag',
    policy: { strategy: { kind: 'digest', tag: '1.4' } },
    says: '1.5',
    candidate: '1.4',
    code: undefined,
  },
];

describe('holdFor', () => {
  test.each(ROWS)('$when', (row) => {
    const found = findHold(proposal(row), row.evidence ?? []);
    expect(found?.code).toBe(row.code);
    if (row.reason !== undefined) expect(found && describeReason(found)).toBe(row.reason);
  });
});
