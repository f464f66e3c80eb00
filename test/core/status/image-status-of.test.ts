import { describe, expect, test } from 'vitest';
import { imageStatusOf, tenantStatusOf } from '../../../src/core/status/image-status-of.ts';
import { imageStatusId, uniqueImageIds } from '../../../src/core/status/image-id.ts';
import type { ImageStatus } from '../../../src/core/status/image-status.ts';
import type { ImagePolicy } from '../../../src/core/policy.ts';
import type { Reason } from '../../../src/core/reasons/reason.ts';
import type { ImageResult } from '../../../src/core/report.ts';
import { parseGitRemote } from '../../../src/core/git/remote.ts';
import { LynceusError } from '../../../src/errors.ts';
import { aResult, becauseOf } from './results.ts';

function statusOf(result: ImageResult, before?: ImageStatus, at = 2_000): ImageStatus {
  return imageStatusOf(result, {
    id: imageStatusId(result),
    at,
    before,
    commitPageOf: ({ label }, sha) => `https://${label}/commit/${sha}`,
  });
}

const CANDIDATE = { tag: '1.2.0', digest: undefined };
const ERROR = new LynceusError('registry-unreachable', 'no answer', { hint: 'is it up?' });

describe('ids', () => {
  // prettier-ignore
  test.each([
    [{}, 'argocd/shop/api'],
    [{ alias: '' }, 'argocd/shop/ghcr.io%2Facme%2Fapi'],
    [{ alias: '', image: 'ghcr.io/acme/api:1.0' }, 'argocd/shop/ghcr.io%2Facme%2Fapi'],
    [{ alias: '', image: 'nginx' }, 'argocd/shop/nginx'],
    [{ alias: 'a/b' }, 'argocd/shop/a%2Fb'],
    [{ application: { namespace: '', name: 'shop' } }, '-/shop/api'],
    [{ alias: '<b>"%' }, 'argocd/shop/%3Cb%3E%22%25'],
  ])('of %j', (changes, id) => {
    expect(imageStatusId(aResult(changes))).toBe(id);
  });

  test('are unique where names are not', () => {
    const same = [aResult(), aResult(), aResult({ alias: 'web' })];
    expect(uniqueImageIds(same).map(([id]) => id)).toEqual([
      'argocd/shop/api',
      'argocd/shop/api~2',
      'argocd/shop/web',
    ]);
  });
});

describe('who or what holds an image', () => {
  const commit = { author: 'Ana', sha: 'a1b2c3d' };
  const rolledBack = { from: '1.2.0', to: '1.1.0', isOlder: true, until: 'newer-version' } as const;
  const release = 'lynceus release argocd/shop api';

  // prettier-ignore
  test.each<[name: string, reason: Reason, hold: unknown]>([
    ['a person', { code: 'rolled-back', facts: { ...rolledBack, changedBy: { kind: 'commit', commit } } }, { author: 'Ana', commit: 'a1b2c3d', release }],
    ['one of several', { code: 'rolled-back', facts: { ...rolledBack, changedBy: { kind: 'one-of', count: 3, latest: commit, since: undefined } } }, { author: 'Ana', commit: 'a1b2c3d', release }],
    ['a check', { code: 'rolled-back', facts: { ...rolledBack, changedBy: { kind: 'check', check: 'errors', commit } } }, { check: 'errors', commit: 'a1b2c3d', release }],
    ['somebody', { code: 'rolled-back', facts: { ...rolledBack, changedBy: { kind: 'unknown', since: undefined } } }, { release }],
    ['a comment', { code: 'pinned', facts: { by: 'comment', text: 'fair', candidate: CANDIDATE } }, { release }],
    ['an annotation', { code: 'pinned', facts: { by: 'annotation', text: 'fair', candidate: CANDIDATE } }, undefined],
    ['a rollback in Argo CD', { code: 'rolled-back-in-argo-cd', facts: { candidate: CANDIDATE, present: '1.1.0', runs: '1.0.0', revision: 'a1b2c3d', deployedAt: 1 } }, { commit: 'a1b2c3d' }],
    ['a failed check', { code: 'verification-failed', facts: { candidate: CANDIDATE, failure: { outcome: 'failed', version: '1.1.0', check: 'errors', detail: '', at: 1 } } }, { check: 'errors', release }],
    ['a closed request', { code: 'proposal-closed', facts: { url: 'https://x', version: '1.2.0', closedBy: 'Ana' } }, { author: 'Ana' }],
    ['a pause', { code: 'paused', facts: { candidate: CANDIDATE, pause: { by: 'command', pause: { by: 'Ana', reason: '', since: 1 } } } }, { author: 'Ana', release: 'lynceus resume' }],
    ['an approval', { code: 'awaiting-approval', facts: { candidate: CANDIDATE, upstreams: ['argocd/dev/api'], command: 'lynceus promote argocd/shop api 1.2.0' } }, { release: 'lynceus promote argocd/shop api 1.2.0' }],
  ])('%s', (_, reason, hold) => {
    expect(statusOf(becauseOf(reason, { outcome: 'held' })).hold).toEqual(hold);
  });

  test('a time', () => {
    expect(statusOf(aResult({ outcome: 'held', heldUntil: 5 })).hold).toEqual({ until: 5 });
    expect(statusOf(aResult()).hold).toBeUndefined();
  });
});

describe('since', () => {
  const before = statusOf(aResult(), undefined, 1_000);

  test.each<[name: string, changes: Partial<ImageResult>, since: number]>([
    ['it stays', {}, 1_000],
    ['only the sentence is another', { reason: 'anew' }, 1_000],
    ['the outcome changes', { outcome: 'failed' }, 2_000],
    ['the code changes', { code: 'no-tags' }, 2_000],
    ['the candidate changes', { candidate: CANDIDATE }, 2_000],
    ['its digest changes', { candidate: { tag: '1.1.0', digest: 'sha256:1' } }, 2_000],
    ['there is none any more', { candidate: undefined }, 2_000],
  ])('%s', (_, changes, since) => {
    expect(statusOf(aResult(changes), before)).toMatchObject({ since, checkedAt: 2_000 });
  });
});

describe('facts', () => {
  test('an error is its code and sentence, and what is not there is left out', () => {
    const reason: Reason = { code: 'registry-unreachable', facts: { kind: 'error', error: ERROR } };
    expect(statusOf(becauseOf(reason, { outcome: 'failed' })).facts).toEqual({
      kind: 'error',
      error: { code: 'registry-unreachable', message: 'no answer (is it up?)' },
    });
  });

  test('no name of a Secret is in them', () => {
    const secret = { namespace: 'argocd', name: 'signing-key', field: 'key' };
    const reason: Reason = {
      code: 'signature-missing',
      facts: { candidate: CANDIDATE, asked: { kind: 'secret', secret }, flaws: [] },
    };
    const { facts, policy } = statusOf(
      becauseOf(reason, {
        outcome: 'held',
        policy: { verification: { secret }, pullSecret: { kind: 'pull-secret' } as never },
      }),
    );
    expect(facts).toEqual({ candidate: { tag: '1.2.0' }, asked: { kind: 'secret' }, flaws: [] });
    expect(JSON.stringify(policy)).not.toContain('signing-key');
  });

  test('long lists and texts are cut, and say so', () => {
    const rejected = Array.from(
      { length: 70 },
      (_, at) => ({ kind: 'gone', tag: `1.0.${at}${'x'.repeat(10_000)}` }) as const,
    );
    const { facts } = statusOf(becauseOf({ code: 'no-matching-platform', facts: { rejected } }));
    expect(facts).toMatchObject({ rejectedMore: 20 });
    expect(JSON.stringify(facts).length).toBeLessThan(60_000);
    expect(JSON.stringify(facts)).toContain('…');
  });
});

test('the people of an Application read another reason where they must', () => {
  const internal = new LynceusError('registry-unreachable', 'http://10.0.0.5:5000 refused', {
    forTenants: { code: 'address-refused', message: 'it cannot be reached' },
  });
  const reason: Reason = { code: 'registry-unreachable', facts: { kind: 'error', error: internal } };
  const result = becauseOf(reason, {
    outcome: 'failed',
    forTenants: { code: 'address-refused', message: 'it cannot be reached' },
  });
  const status = statusOf(result);
  expect(status.reason).toContain('10.0.0.5');
  const shown = tenantStatusOf(status, result);
  expect(shown).toMatchObject({ code: 'address-refused', reason: 'it cannot be reached', facts: {} });
  expect(JSON.stringify(shown)).not.toContain('10.0.0.5');
  expect(tenantStatusOf(statusOf(aResult()), aResult())).toBeUndefined();
});

test('policies are written as people write them', () => {
  const policy: Partial<ImagePolicy> = {
    filter: { allow: '^v', pattern: 'v*', ignore: ['*-rc*'] },
    platforms: [{ os: 'linux', architecture: 'arm64' }],
    minimumAge: 3_600_000,
    windows: {
      configured: [{ kind: 'deny', schedule: '0 0 24 12 *', duration: 259_200_000, timeZone: 'UTC' }],
      annotated: [
        { kind: 'allow', schedule: '0 9 * * 1-5', duration: 28_800_000, timeZone: 'Europe/Berlin' },
      ],
    },
    verify: { checks: ['health', 'errors'], onFailure: 'rollback' },
    promotion: {
      from: [{ namespace: undefined, application: 'dev', alias: undefined, text: 'dev' }],
      when: 'healthy',
      after: 1_800_000,
      by: 'tag',
      approval: 'pull-request',
      key: 'k',
    },
    paused: { by: 'configuration' },
    hold: 'fair',
  };
  expect(statusOf(becauseOf({ code: 'no-tags', facts: {} }, { policy })).policy).toEqual({
    strategy: 'semver',
    constraint: '^1',
    allowTags: 'v* regexp:^v',
    ignoreTags: ['*-rc*'],
    platforms: ['linux/arm64'],
    minimumAge: '1h',
    windows: ['deny 0 0 24 12 * 72h', 'allow 0 9 * * 1-5 8h Europe/Berlin'],
    signatures: [],
    verify: ['health', 'errors'],
    promoteFrom: ['dev'],
    promoteWhen: 'healthy for 30m, approved by pull-request',
    paused: 'by the configuration',
    hold: 'fair',
  });
});

test('a place in Git has no login in it, and the page of its commit', () => {
  const place = {
    git: {
      remote: parseGitRemote('https://bot@git.example/acme/deploy.git'),
      base: 'main',
      push: undefined,
      credentials: { kind: 'repocreds' },
    },
    file: { kind: 'helm-values', path: 'values.yaml' },
  } as const;
  const { git } = statusOf(aResult({ place, path: 'values.yaml', commit: 'abc1234' }));
  expect(git).toEqual({
    remote: 'git.example/acme/deploy',
    branch: 'main',
    path: 'values.yaml',
    commit: 'abc1234',
    commitUrl: 'https://git.example/acme/deploy/commit/abc1234',
  });
});

test('hostile text in every field stays text, and is bounded', () => {
  const hostile = `<img src=x onerror=alert(1)>\u001B[31m\r\n\u202E<!channel>@everyone${'A'.repeat(10_000)}`;
  const result = aResult({
    application: { namespace: hostile, name: hostile },
    alias: hostile,
    image: hostile,
    reason: hostile,
    current: { name: hostile, tag: hostile, digest: hostile },
    candidate: { tag: hostile, digest: hostile },
    path: hostile,
    warnings: [{ code: 'override-wins' as never, message: hostile }],
    problems: [
      {
        application: { namespace: '', name: '' },
        alias: '',
        code: 'annotation-invalid',
        key: hostile,
        value: hostile,
        message: hostile,
      },
    ],
  });
  const status = statusOf(result);
  const json = JSON.stringify(status);
  const again = JSON.parse(json) as ImageStatus;
  expect(again).toEqual(status);
  expect(again.candidate?.tag).toContain('<img src=x onerror=alert(1)>\u001B[31m\r\n');
  expect(again.candidate?.tag?.length).toBeLessThanOrEqual(1_000);
  expect(again.reason.length).toBeLessThanOrEqual(4_000);
  expect(/\p{Cc}/u.test(json)).toBe(false);
});
