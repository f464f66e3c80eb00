import { describe, expect, test } from 'vitest';
import { describeReason } from '../../../src/core/reasons/describe-reason.ts';
import { describeWarning } from '../../../src/core/reasons/describe-warning.ts';
import type { FailureFacts, ReasonCode, ReasonOf, Rejection } from '../../../src/core/reasons/reason.ts';
import { LynceusError } from '../../../src/errors.ts';

const CHOSEN = { tag: '1.4.2', digest: undefined };
const PRESENT = { name: undefined, tag: '1.4.1', digest: undefined };
const CHOICE = { chosen: CHOSEN, strategy: { kind: 'semver', constraint: '^1' }, considered: 3 } as const;
const BEST = '1.4.2 is the highest version of the 3 tags considered that satisfies ^1';
const ADA = { kind: 'commit', commit: { author: 'Ada', sha: '0123456789' } } as const;

const JUDGED = { tag: '1.4.2', digest: `sha256:${'0123456789abcdef'.repeat(4)}` };
const KEY = { namespace: 'shop', name: 'cosign', field: 'cosign.pub' };

/** Of each code one reason, and its sentence. */
const REASONS: { readonly [Code in ReasonCode]: readonly [ReasonOf<Code>['facts'], string] } = {
  'newer-version': [{ ...CHOICE, present: PRESENT }, `${BEST}; the target has 1.4.1`],
  'digest-moved': [
    { ...CHOICE, present: { ...PRESENT, tag: undefined } },
    `${BEST}; the target has no version`,
  ],
  'first-write': [CHOICE, `${BEST}; the target does not name the image yet`],
  'check-failed': [
    {
      check: 'slo-errors',
      detail: '0.3 is not < 0.01',
      commit: '0123456789',
      from: '1.4.2',
      to: '1.4.1',
    },
    'the check slo-errors failed for 1.4.2 (0.3 is not < 0.01), which is taken back to 1.4.1',
  ],
  rewritten: [
    { ...CHOICE, present: { ...PRESENT, tag: '1.4.2', fault: 'incomplete' }, fault: 'incomplete' },
    `${BEST}; the target has it, but lacks another key, parameter or variable of the image`,
  ],
  'up-to-date': [CHOICE, `${BEST}, and the target has it`],
  'already-proposed': [{ on: 'branch', branch: 'updates' }, 'branch updates already has it'],
  'no-tags': [{}, 'the registry lists no tags for this image'],
  'no-matching-tag': [
    { strategy: { kind: 'semver', constraint: '' }, listed: 5, considered: 2 },
    'none of the 2 tags considered (of 5) is a version that satisfies *',
  ],
  'no-matching-platform': [
    { rejected: [{ kind: 'no-image', tag: 'a' }] },
    'no candidate is an image for the required platforms: a is not a container image',
  ],
  'other-image': [
    { name: 'docker.io/library/redis', isRunning: true },
    'the target has another image there, "docker.io/library/redis", which the Application runs; name the keys of this image with annotations, or write it all the same with force-update',
  ],
  'no-newest-build': [
    { time: Date.parse('2026-11-02T12:00:00Z'), tags: ['a', 'b', 'c', 'd'] },
    'the newest build is not known: a, b, c and 1 more were all built 2026-11-02T12:00:00Z; narrow them with allow-tags, or choose by semver or newest-pushed',
  ],
  'not-live': [
    { detail: 'no entry' },
    'the target does not contain the image and the Application does not run it: no entry; the annotation force-update writes it all the same',
  ],
  'not-due': [{ waited: 61_500, interval: 3_600_000 }, 'evaluated 1m1s ago; its interval is 1h0m0s'],
  pinned: [
    { by: 'annotation', text: 'fair', candidate: CHOSEN },
    'pinned by the annotation hold: "fair"; 1.4.2 is not written',
  ],
  paused: [
    {
      candidate: { tag: '1.4.2', digest: undefined },
      pause: {
        by: 'command',
        pause: { by: 'Ada', reason: 'freeze', since: Date.parse('2026-11-02T12:00:00Z') },
      },
    },
    'everything is paused by Ada since 2026-11-02T12:00:00Z: "freeze"; 1.4.2 is not written until somebody runs lynceus resume',
  ],
  'rolled-back': [
    { from: '1.4.2', to: '1.4.1', isOlder: true, changedBy: ADA, until: 'newer-version' },
    'rolled back from 1.4.2 to 1.4.1 by Ada in 0123456; 1.4.2 and older are not written again',
  ],
  'rolled-back-in-argo-cd': [
    {
      candidate: CHOSEN,
      present: '1.4.1',
      runs: '1.4.0',
      revision: '0123456789'.repeat(4),
      deployedAt: Date.parse('2026-11-02T12:00:00Z'),
    },
    'rolled back in Argo CD, which runs 1.4.0 (commit 0123456, deployed 2026-11-02T12:00:00Z) while Git says 1.4.1; 1.4.2 is not written until Argo CD follows Git again',
  ],
  downgrade: [
    { candidate: '1.4.0', present: '1.4.1' },
    '1.4.0 is lower than 1.4.1, which is in force; a lower version is only written with allow-downgrade',
  ],
  'proposal-closed': [
    { url: 'https://git.example/1', version: '1.4.2', closedBy: undefined },
    'pull request https://git.example/1 with 1.4.2 was closed without merging; another version is proposed again',
  ],
  'too-young': [
    {
      candidate: JUDGED,
      asked: 86_400_000,
      age: 10_800_500,
      since: Date.parse('2026-11-02T09:00:00Z'),
      until: Date.parse('2026-11-03T09:00:00Z'),
      clock: 'registry',
    },
    '1.4.2 (sha256:0123456789ab…) is 3h0m0s old (pushed 2026-11-02T09:00:00Z according to the registry), and 24h0m0s are asked; it is not written before 2026-11-03T09:00:00Z',
  ],
  'age-unknown': [
    { candidate: JUDGED, asked: 86_400_000 },
    '1.4.2 (sha256:0123456789ab…) must be 24h0m0s old, and its age is not known, because nothing could be remembered of its tags: allow the cache more bytes (cache.bytes); nothing is written',
  ],
  'verification-failed': [
    {
      candidate: { tag: '1.4.3', digest: undefined },
      failure: {
        outcome: 'failed',
        version: '1.4.2',
        check: 'slo-errors',
        detail: '0.2 is not < 0.01',
        at: 0,
      },
    },
    '1.4.2 failed its check slo-errors (0.2 is not < 0.01); 1.4.3 is not written until somebody releases the image or takes the version back',
  ],
  'signature-missing': [
    { candidate: JUDGED, asked: { kind: 'secret', secret: KEY }, flaws: [] },
    '1.4.2 (sha256:0123456789ab…) has no signature for the key in cosign.pub of the Secret shop/cosign; it is not written',
  ],
  'signature-invalid': [
    {
      candidate: JUDGED,
      asked: { kind: 'secret', secret: KEY },
      flaws: [{ kind: 'other-key' }, { kind: 'keyless' }],
    },
    'no signature of 1.4.2 (sha256:0123456789ab…) is valid for the key in cosign.pub of the Secret shop/cosign: one was made with another key, or was changed since; one is keyless: it has a certificate in place of a key; it is not written',
  ],
  'gate-unavailable': [
    {
      gate: 'signature',
      candidate: JUDGED,
      error: new LynceusError('registry-failed', 'the registry answered 500'),
    },
    'the signatures of 1.4.2 (sha256:0123456789ab…) could not be checked, so nothing is written: the registry answered 500',
  ],
  'promotion-waiting': [
    { kind: 'nothing', upstreams: ['argocd/dev/api'] },
    'argocd/dev/api has no version that could be promoted',
  ],
  'awaiting-approval': [
    { candidate: CHOSEN, upstreams: ['argocd/dev/api'], command: 'lynceus promote argocd/prod api 1.4.2' },
    '1.4.2 waits for somebody to promote it: lynceus promote argocd/prod api 1.4.2',
  ],
  'outside-window': [
    {
      candidate: CHOSEN,
      from: { kind: 'annotation' },
      window: { kind: 'allow', schedule: '0 9 * * 1-5', duration: 8 * 3_600_000, timeZone: 'Europe/Berlin' },
      opensAt: Date.parse('2026-11-30T08:00:00Z'),
    },
    '1.4.2 waits for an update window: it is outside of allow 0 9 * * 1-5 8h0m0s Europe/Berlin, a window of the annotation update-windows; it may be written from 2026-11-30T08:00:00Z (Mon 09:00 in Europe/Berlin)',
  ],
};

const APPLICATION = { namespace: 'argocd', name: 'shop' };
const PROBLEM = {
  application: APPLICATION,
  alias: undefined,
  code: 'annotation-invalid',
  key: 'a',
  value: '',
  message: 'a: wrong',
} as const;
const ERROR = new LynceusError('registry-failed', 'the registry answered 500', { hint: 'try later' });

test('a fault of what is written is told', () => {
  const facts = { ...CHOICE, present: { ...PRESENT, tag: '1.4.2' }, fault: 'misread' } as const;
  expect(describeReason({ code: 'rewritten', facts })).toBe(
    `${BEST}; the target has it, but without quotes, so that it is read as another value`,
  );
});

describe('describeReason', () => {
  test.each(Object.entries(REASONS))('has a sentence for %s', (code, [facts, sentence]) => {
    expect(describeReason({ code, facts } as ReasonOf<ReasonCode>)).toBe(sentence);
  });

  test('names the Application where its spec has the version already', () => {
    expect(describeReason({ code: 'up-to-date', facts: { on: 'application' } })).toBe(
      'the Application already has it',
    );
  });

  test('leaves the target out where there is none', () => {
    expect(describeReason({ code: 'first-write', facts: CHOICE }, { hasTarget: false })).toBe(BEST);
  });

  test.each<[FailureFacts, string]>([
    [{ kind: 'error', error: ERROR }, 'the registry answered 500 (try later)'],
    [
      { kind: 'tag-unreadable', tag: '1.2', error: ERROR },
      'the metadata of tag 1.2, which may be the one to choose, could not be read: the registry answered 500 (try later)',
    ],
    [
      { kind: 'history-unreadable', error: ERROR },
      'the history of the branch, which may have a rollback, could not be read: the registry answered 500 (try later)',
    ],
    [
      { kind: 'image-missing', detail: 'values.yaml has no key image.tag' },
      'values.yaml has no key image.tag',
    ],
    [{ kind: 'problems', problems: [PROBLEM, { ...PROBLEM, message: 'b: wrong' }] }, 'a: wrong; b: wrong'],
    [{ kind: 'unwritten' }, 'the cycle ended before the change was written'],
    [
      {
        kind: 'conflicting-versions',
        claims: [
          { application: APPLICATION, alias: 'api', value: '1.1.0' },
          { application: { namespace: '', name: 'web' }, alias: '', value: '2.0.0' },
        ],
      },
      'several images want different versions at the same place, so none is written: argocd/shop (api) wants 1.1.0, web wants 2.0.0',
    ],
    [
      { kind: 'owned-place', owner: { application: APPLICATION, alias: 'api', value: '1.1.0' } },
      'the place is in the own source of argocd/shop (api), which wants 1.1.0, so this is not written: name another key or file',
    ],
    [
      { kind: 'owned-branch', branch: 'updates', owner: APPLICATION },
      '"updates" belongs to argocd/shop, whose own source it is: name another branch in git-branch',
    ],
    [
      {
        kind: 'shared-push-branch',
        branch: 'updates',
        difference: { kind: 'transports', transports: ['https', 'ssh'] },
      },
      '"updates" is to be pushed over https and ssh, so nothing is: give each its own branch in git-branch',
    ],
    [
      { kind: 'shared-push-branch', branch: 'updates', difference: { kind: 'pull-request' } },
      '"updates" is to be pushed with and without a pull request, so nothing is: give each its own branch in git-branch',
    ],
  ])('says of a failure what failed: %o', (facts, sentence) => {
    expect(describeReason({ code: 'registry-failed', facts })).toBe(sentence);
  });

  test.each([
    [{ kind: 'newest-build' }, 0, 'none of 5 tags passes allow-tags and ignore-tags'],
    [{ kind: 'alphabetical' }, 2, 'none of the 2 tags considered (of 5) can be chosen'],
    [{ kind: 'digest', tag: 'main' }, 2, 'the tag main is not among the 2 tags considered (of 5)'],
  ] as const)('says what no tag matches: %o', (strategy, considered, sentence) => {
    expect(describeReason({ code: 'no-matching-tag', facts: { strategy, listed: 5, considered } })).toBe(
      sentence,
    );
  });

  test.each([
    [{ kind: 'newest-build' }, 2, '1.4.2 is the newest build of the 2 tags considered'],
    [{ kind: 'alphabetical' }, 1, '1.4.2 is the last by name of the one tag considered'],
    [{ kind: 'digest', tag: '1.4.2' }, 1, '1.4.2 is what the tag 1.4.2 points at'],
  ] as const)('says by which strategy a version was chosen: %o', (strategy, considered, sentence) => {
    const facts = { chosen: CHOSEN, strategy, considered };
    expect(describeReason({ code: 'up-to-date', facts })).toBe(`${sentence}, and the target has it`);
  });

  test('names three rejected tags, and counts the rest', () => {
    const rejected: readonly Rejection[] = [
      { kind: 'gone', tag: 'a' },
      {
        kind: 'other-platforms',
        tag: 'b',
        platforms: [{ os: 'linux', architecture: 'arm64' }, undefined, undefined],
      },
      { kind: 'no-build-times' },
      { kind: 'no-push-times' },
    ];
    expect(describeReason({ code: 'no-matching-platform', facts: { rejected } })).toBe(
      'no candidate is an image for the required platforms: a is listed but does not exist; b offers linux/arm64, an unnamed platform; no image has a build time and 1 more',
    );
  });

  test.each<[Rejection, string]>([
    [{ kind: 'no-image', tag: 'a', type: 'application/vnd.cncf.helm.config.v1+json' }, 'a is a Helm chart'],
    [{ kind: 'no-image', tag: 'a', type: 'application/vnd.in-toto+json' }, 'a is an attestation'],
    [{ kind: 'no-image', tag: 'a', type: 'application/vnd.cyclonedx+json' }, 'a is a bill of materials'],
    [
      { kind: 'no-image', tag: 'a', type: 'application/vnd.dev.cosign.simplesigning.v1+json' },
      'a is a signature',
    ],
    [
      { kind: 'no-image', tag: 'a', type: `x\n${'y'.repeat(90)}` },
      `a is an artifact of the type "x\\u{a}${'y'.repeat(78)}…"`,
    ],
  ])('names what is no image: %o', (one, words) => {
    const facts = { ...CHOICE, rejected: [one] };
    expect(describeReason({ code: 'up-to-date', facts })).toBe(
      `${BEST} (passed over: ${words}, not a container image), and the target has it`,
    );
  });

  test('names what cannot be used, and bounds what strangers wrote', () => {
    const os = 'x'.repeat(1000);
    const rejected: readonly Rejection[] = [
      { kind: 'unusable', tag: 'a', error: new LynceusError('registry-response-invalid', 'acme:a is odd') },
      {
        kind: 'other-platforms',
        tag: 'b',
        platforms: Array.from({ length: 50 }, (_, index) => ({ os, architecture: `${index}\n` })),
      },
    ];
    expect(describeReason({ code: 'first-write', facts: { ...CHOICE, rejected } })).toBe(
      `${BEST} (passed over: a cannot be used: acme:a is odd; b offers ${'x'.repeat(200)}…, and 40 more); the target does not name the image yet`,
    );
  });

  test.each([
    ['https://git.example/2', 'pull request https://git.example/2 proposes it'],
    [undefined, 'pull request proposes it'],
  ])('names the pull request that proposes it: %s', (url, sentence) => {
    expect(describeReason({ code: 'already-proposed', facts: { on: 'pull-request', url } })).toBe(sentence);
  });

  test('a pattern is named, where no tag passes', () => {
    const facts = { strategy: { kind: 'newest-build' }, listed: 5, considered: 0, pattern: 'dev-*' } as const;
    expect(describeReason({ code: 'no-matching-tag', facts })).toBe(
      'none of 5 tags passes the pattern dev-*, allow-tags and ignore-tags',
    );
  });

  test.each(['numeric', 'semver', 'calver'] as const)('an order by %s is named', (by) => {
    const strategy = { kind: 'semver', constraint: '', order: { by, expression: '^b-([0-9]+)$' } } as const;
    expect(describeReason({ code: 'up-to-date', facts: { ...CHOICE, strategy } })).toBe(
      `1.4.2 is the highest version (order ${by}) of the 3 tags considered that satisfies *, and the target has it`,
    );
    expect(describeReason({ code: 'no-matching-tag', facts: { strategy, listed: 5, considered: 2 } })).toBe(
      `none of the 2 tags considered (of 5) holds a version (order ${by}) that satisfies *`,
    );
  });
});

describe('a warning of a rollback in Argo CD', () => {
  const facts = {
    candidate: CHOSEN,
    present: '1.4.1',
    runs: '1.4.0',
    revision: 'abcdef0123'.repeat(4),
    deployedAt: undefined,
  };

  test.each<[Partial<ReasonOf<'rolled-back-in-argo-cd'>['facts']>, string]>([
    [
      {},
      'runs 1.4.0 (commit abcdef0) while Git says 1.4.1: sync it to go on, or write 1.4.0 to Git to keep what runs',
    ],
    [
      { runs: undefined, present: undefined },
      'runs no version (commit abcdef0) while Git says nothing: sync it to go on, or revert the commit in Git to keep what runs',
    ],
    [
      { runs: undefined, error: new LynceusError('revision-unknown', 'there is none') },
      'runs a version that cannot be read (commit abcdef0) while Git says 1.4.1: sync it to go on, or revert the commit in Git to keep what runs',
    ],
  ])('%j', (changes, text) => {
    expect(describeWarning({ code: 'rolled-back-in-argo-cd', facts: { ...facts, ...changes } })).toBe(
      `the Application was rolled back in Argo CD, which ${text}`,
    );
  });
});
