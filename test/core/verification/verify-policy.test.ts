import { describe, expect, test } from 'vitest';
import {
  joinVerificationRequests,
  type VerificationRequest,
} from '../../../src/core/verification/verify-policy.ts';

describe('joinVerificationRequests', () => {
  test.each<{
    readonly name: string;
    readonly requests: readonly VerificationRequest[];
    readonly joined: ReturnType<typeof joinVerificationRequests>;
  }>([
    { name: 'nothing asks', requests: [], joined: undefined },
    { name: 'only that it is', requests: [{}], joined: { checks: ['health'], onFailure: 'notify' } },
    {
      name: 'an action alone has the default check',
      requests: [{ onFailure: 'rollback' }],
      joined: { checks: ['health'], onFailure: 'rollback' },
    },
    {
      name: 'checks are added, each once',
      requests: [{ checks: ['slo', 'health'] }, { checks: ['smoke', 'slo'] }],
      joined: { checks: ['health', 'slo', 'smoke'], onFailure: 'notify' },
    },
    {
      name: 'nothing makes it weaker',
      requests: [
        { checks: ['slo'], onFailure: 'rollback' },
        { checks: [], onFailure: 'notify' },
      ],
      joined: { checks: ['health', 'slo'], onFailure: 'rollback' },
    },
    {
      name: 'a stronger action counts',
      requests: [{ onFailure: 'notify' }, { onFailure: 'hold' }],
      joined: { checks: ['health'], onFailure: 'hold' },
    },
  ])('$name', ({ requests, joined }) => {
    expect(joinVerificationRequests(requests)).toEqual(joined);
    const turned = joinVerificationRequests(requests.toReversed());
    expect(turned?.onFailure).toBe(joined?.onFailure);
    expect(new Set(turned?.checks)).toEqual(new Set(joined?.checks));
  });
});
