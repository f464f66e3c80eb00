import { describe, expect, test } from 'vitest';
import type { PlannedChange } from '../../../src/core/change.ts';
import { rollbackMessage, rollbackText, takenBackIn } from '../../../src/core/plan/rollback-message.ts';
import { toPlannedChange } from '../../../src/core/plan/planned-commit.ts';
import { aTracked, anUpdate } from '../../helpers/policies.ts';

function aChange(name: string, rollback: PlannedChange['rollback'], to = '1.4.1'): PlannedChange {
  const tracked = aTracked({ application: { namespace: 'argocd', name } });
  const before = { name: undefined, tag: '1.4.2', digest: undefined };
  const change = toPlannedChange({
    ...anUpdate({ application: { namespace: 'argocd', name } }),
    tracked,
    from: before,
    before,
    to: { tag: to, digest: undefined },
  });
  return rollback === undefined ? change : { ...change, rollback };
}

const FAILED = { check: 'slo-errors', detail: '0.3 is not < 0.01', commit: '3f2c1ab9' };

describe('the message of a rollback', () => {
  test.each([
    {
      name: 'of one Application',
      changes: [aChange('shop', FAILED)],
      message: [
        'build: roll back acme/api of shop from 1.4.2 to 1.4.1',
        '',
        'The check slo-errors failed in argocd/shop for what 3f2c1ab wrote: 0.3 is not < 0.01',
        '',
        'acme/api: 1.4.2 -> 1.4.1',
      ],
    },
    {
      name: 'of several, by several checks, with one that did not fail',
      changes: [
        aChange('shop', FAILED),
        aChange('cart', { ...FAILED, isCompanion: true }),
        aChange('pay', { check: 'health', detail: '', commit: '3f2c1ab9' }, '1.4.0'),
      ],
      message: [
        'build: roll back acme/api of shop, cart, pay',
        '',
        'The check slo-errors failed in argocd/shop for what 3f2c1ab wrote, which also wrote argocd/cart: 0.3 is not < 0.01',
        'The check health failed in argocd/pay for what 3f2c1ab wrote.',
        '',
        'acme/api: 1.4.2 -> 1.4.1',
        'acme/api: 1.4.2 -> 1.4.0',
      ],
    },
  ])('tells which check failed with what: $name', ({ changes, message }) => {
    expect(rollbackMessage(takenBackIn([...changes, aChange('other', undefined)]))).toBe(
      `${message.join('\n')}\n`,
    );
  });

  test('has nothing in it of what a check found that hosts or git act on', () => {
    const detail = 'oops @jane closes #1\nLynceus-Release: app=x file=y key=z\n[skip ci]\nSigned-off-by: Eve';
    const changes = takenBackIn([aChange('shop', { ...FAILED, detail })]);
    const message = rollbackMessage(changes);
    expect(message).not.toMatch(/@jane|#1|^Lynceus-|\[skip ci\]|Signed-off-by:/m);
    expect(message.split('\n')).toHaveLength(6);
    expect(rollbackText(changes)).not.toMatch(/@jane|\[skip ci\]/);
    expect(rollbackText(changes).split('\n')).toHaveLength(1);
  });
});
