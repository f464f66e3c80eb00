import { expect, it } from 'vitest';
import type { ImagePolicy } from '../../../src/core/policy.ts';
import type { ImageBasis, RollbackResult } from '../../../src/core/report.ts';
import { aCycle, anImage, aViewer, SHA, updated } from './reports.ts';

const OTHER_SHA = 'f'.repeat(40);
const REMOTE = 'https://git.example/deploy.git';

function basisOf(verify: ImagePolicy['verify']): { readonly basis: ImageBasis } {
  return { basis: { project: 'default', policy: { verify } } as unknown as ImageBasis };
}

const VERIFY = { checks: ['health'], onFailure: 'notify' } as const;

it.each<[string, Parameters<typeof updated>[0], object]>([
  ['a commit that nothing verifies', {}, { commit: { sha: SHA, branch: 'main' } }],
  [
    'a commit that is to be verified',
    basisOf(VERIFY),
    { commit: { sha: SHA, branch: 'main' }, awaitsVerification: true },
  ],
  [
    'a commit on a branch of its own',
    { branch: 'lynceus/shop' },
    { commit: { sha: SHA, branch: 'lynceus/shop', isProposed: true } },
  ],
])('says of %s where it is, and whether more is to come', (_what, parts, expected) => {
  const [seen] = aViewer().see(aCycle([updated(parts)]));
  const { commit, awaitsVerification, failedCommit } = seen?.notice ?? {};
  const { url: _url, remote, ...others } = commit ?? {};

  expect(remote).toBe(REMOTE);
  expect({
    commit: others,
    ...(awaitsVerification === undefined ? {} : { awaitsVerification }),
    ...(failedCommit === undefined ? {} : { failedCommit }),
  }).toEqual(expected);
});

it.each<
  [
    RollbackResult['outcome'],
    Partial<RollbackResult>,
    readonly [string, boolean | undefined],
    string | undefined,
  ]
>([
  ['written', { commit: OTHER_SHA, branch: 'main' }, [OTHER_SHA, undefined], SHA],
  ['proposed', { commit: OTHER_SHA, branch: 'lynceus/rollback' }, [OTHER_SHA, true], SHA],
  ['failed', {}, [SHA, undefined], undefined],
])('says which commit a rollback that is %s is of', (outcome, parts, [sha, isProposed], failed) => {
  const rollback: RollbackResult = {
    application: { namespace: 'argocd', name: 'shop' },
    check: 'slo',
    detail: '',
    failedCommit: SHA,
    outcome,
    code: 'check-failed',
    reason: 'slo failed',
    images: [{ alias: 'api', image: 'ghcr.io/acme/api', from: '1.2.4', to: '1.2.3' }],
    ...parts,
  };
  const [seen] = aViewer().see(aCycle([anImage()], { rollbacks: [rollback] }));

  expect(seen?.notice.commit).toMatchObject({ sha, remote: REMOTE });
  expect(seen?.notice.commit?.isProposed).toBe(isProposed);
  expect(seen?.notice.failedCommit?.sha).toBe(failed);
});
