import { describe, expect, test } from 'vitest';
import { selectorOf } from '../../src/app/select-applications.ts';
import { load } from '../config/given.ts';

const SHOP = { team: 'shop', tier: 'web' };

function takes(selector: string, labels: Readonly<Record<string, string>>): boolean {
  const selects = selectorOf(load({ flags: { matchApplicationLabel: [selector] } }).applications);
  return selects({ name: 'a', namespace: 'argocd', labels });
}

describe('Applications by their labels', () => {
  // prettier-ignore
  test.each<[string, boolean, boolean]>([
    ['team=shop', true, false],
    ['team==shop,tier=web', true, false],
    ['team=shop,tier!=web', false, false],
    ['tier!=test', true, true],
    ['tier in (api, web)', true, false],
    ['tier notin (api, web)', false, true],
    ['tier', true, false],
    ['!tier', false, true],
    ['!tier,team=shop', false, false],
  ])('%s', (selector, shop, bare) => {
    expect([takes(selector, SHOP), takes(selector, {})]).toEqual([shop, bare]);
  });
});
