import { describe, expect, test } from 'vitest';
import type { PromotionPolicy } from '../../src/core/promotion/promotion-policy.ts';
import { PREFIX } from '../helpers/annotations.ts';
import { policyOf, readWeb } from './an-application.ts';

const DEV = { namespace: 'argocd', application: 'dev', alias: undefined, text: 'argocd/dev' };
const PLAIN: PromotionPolicy = {
  from: [DEV],
  when: 'healthy',
  after: 0,
  by: 'tag',
  approval: 'none',
  key: `${PREFIX}web.promote-from`,
};

type Annotations = Readonly<Record<string, string>>;

describe('what an image is promoted from', () => {
  test.each<[Annotations, Partial<PromotionPolicy> | undefined]>([
    [{}, undefined],
    [{ 'web.promote-from': 'argocd/dev' }, {}],
    [{ 'promote-from': ' argocd/dev ' }, { key: `${PREFIX}promote-from` }],
    [{ 'promote-from': 'argocd/dev', 'web.promote-from': '' }, undefined],
    [{ 'web.promote-from': 'dev' }, { from: [{ ...DEV, namespace: undefined, text: 'dev' }] }],
    [{ 'web.promote-from': 'argocd/dev/a/b' }, { from: [{ ...DEV, alias: 'a/b', text: 'argocd/dev/a/b' }] }],
    [{ 'web.promote-from': 'argocd/dev, argocd/dev' }, {}],
    [
      { 'web.promote-from': 'argocd/dev, argocd/qa' },
      { from: [DEV, { ...DEV, application: 'qa', text: 'argocd/qa' }] },
    ],
    [{ 'web.promote-from': 'argocd/dev', 'web.promote-when': 'Verified' }, { when: 'verified' }],
    [{ 'web.promote-from': 'argocd/dev', 'promote-after': '1h30m' }, { after: 5_400_000 }],
    [{ 'web.promote-from': 'argocd/dev', 'promote-after': '1h', 'web.promote-after': '0' }, {}],
    [{ 'web.promote-from': 'argocd/dev', 'web.promote-by': 'digest' }, { by: 'digest' }],
    [{ 'web.promote-from': 'argocd/dev', 'web.promote-approval': 'command' }, { approval: 'command' }],
    [
      { 'web.promote-from': 'argocd/dev', 'web.promote-approval': 'pull-request', 'pull-request': 'github' },
      { approval: 'pull-request' },
    ],
    [
      { 'image-list': 'web=acme/web:main', 'update-strategy': 'digest', 'web.promote-from': 'argocd/dev' },
      { by: 'digest' },
    ],
    // What is set for all images may be for the others.
    [{ 'promote-after': '2h' }, undefined],
  ])('%j', (annotations, expected) => {
    const { promotion } = policyOf(readWeb(annotations)).policy;
    expect(promotion).toEqual(expected === undefined ? undefined : { ...PLAIN, ...expected });
  });

  test.each<[Annotations, string | undefined]>([
    [{ 'web.promote-from': 'argocd/dev' }, 'whether a version is healthy is told by the cluster'],
    [
      { 'web.promote-from': 'argocd/dev', 'promote-when': 'synced' },
      'whether a version is synced is told by',
    ],
    [{ 'web.promote-from': 'argocd/dev', 'promote-when': 'written' }, undefined],
    [{}, undefined],
  ])('of files only what is written is known: %j', (annotations, expected) => {
    const { problems } = readWeb(annotations, {}, { canWriteApplications: false });
    if (expected === undefined) expect(problems).toEqual([]);
    else expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining(expected)]);
  });
});
