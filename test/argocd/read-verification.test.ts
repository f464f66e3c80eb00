import { describe, expect, test } from 'vitest';
import type { PolicyContext } from '../../src/argocd/read-policies.ts';
import type { VerificationRule } from '../../src/core/verification/verification-rule.ts';
import { policyOf, readWeb } from './an-application.ts';

const ALL = { projects: [], namespaces: [], applications: [], images: [] };

function withRules(...rules: readonly Partial<VerificationRule>[]): Partial<PolicyContext> {
  return {
    verification: { checks: ['slo-errors', 'smoke'], rules: rules.map((rule) => ({ ...ALL, ...rule })) },
  };
}

describe('how writes of an image are verified', () => {
  test.each<{
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly rules?: readonly Partial<VerificationRule>[];
    readonly verify: object | undefined;
  }>([
    { name: 'nothing asks for it', verify: undefined },
    {
      name: 'an annotation alone',
      annotations: { verify: 'health' },
      verify: { checks: ['health'], onFailure: 'notify' },
    },
    {
      name: 'names in any form of a list, each once',
      annotations: { 'web.verify': ' smoke ,, health,smoke' },
      verify: { checks: ['health', 'smoke'], onFailure: 'notify' },
    },
    {
      name: 'an action alone',
      annotations: { 'web.on-failure': 'Rollback' },
      verify: { checks: ['health'], onFailure: 'rollback' },
    },
    {
      name: "the image's own goes before the Application's",
      annotations: { verify: 'smoke', 'web.verify': 'slo-errors', 'on-failure': 'hold' },
      verify: { checks: ['health', 'slo-errors'], onFailure: 'hold' },
    },
    {
      name: 'a rule',
      rules: [{ checks: ['smoke'], onFailure: 'hold', images: ['acme/*'] }],
      verify: { checks: ['health', 'smoke'], onFailure: 'hold' },
    },
    { name: 'a rule for another image', rules: [{ images: ['ghcr.io/*/*'] }], verify: undefined },
    { name: 'a rule for another Application', rules: [{ applications: ['other'] }], verify: undefined },
    {
      name: 'an annotation adds a check to those of the configuration, and takes none away',
      annotations: { 'web.verify': 'health' },
      rules: [{ checks: ['slo-errors'] }],
      verify: { checks: ['health', 'slo-errors'], onFailure: 'notify' },
    },
    {
      name: 'an annotation cannot make the action weaker',
      annotations: { 'web.on-failure': 'notify' },
      rules: [{ onFailure: 'rollback' }],
      verify: { checks: ['health'], onFailure: 'rollback' },
    },
    {
      name: 'an annotation can make it stronger',
      annotations: { 'web.on-failure': 'rollback' },
      rules: [{ onFailure: 'hold' }],
      verify: { checks: ['health'], onFailure: 'rollback' },
    },
    {
      name: 'several rules',
      rules: [
        { checks: ['smoke'], onFailure: 'rollback' },
        { checks: ['slo-errors'], onFailure: 'notify' },
      ],
      verify: { checks: ['health', 'smoke', 'slo-errors'], onFailure: 'rollback' },
    },
    {
      name: 'a rule says nothing of what is not in Git',
      annotations: { 'write-back-method': 'argocd' },
      rules: [{ onFailure: 'rollback' }],
      verify: undefined,
    },
  ])('$name', ({ annotations = {}, rules = [], verify }) => {
    expect(policyOf(readWeb(annotations, {}, withRules(...rules))).policy.verify).toEqual(verify);
  });

  test.each([
    ['a name that is near another', { 'web.verify': 'slo-error' }, 'did you mean slo-errors?'],
    [
      'any other name',
      { verify: 'health,uptime' },
      'expected names of checks (health, slo-errors, smoke), found "uptime"',
    ],
    ['no name', { 'web.verify': ' , ' }, 'expected names of checks, found nothing'],
    ['nothing', { verify: '' }, 'expected names of checks, found nothing'],
    ['an action that is near another', { 'on-failure': 'roll-bak' }, 'did you mean rollback?'],
    ['any other action', { 'web.on-failure': 'explode' }, 'expected notify, hold, rollback, found "explode"'],
    [
      'no Git',
      { 'write-back-method': 'argocd', verify: 'health' },
      'only what is written to Git can be verified',
    ],
    [
      'no Git, with an action alone',
      { 'web.write-back-method': 'argocd', 'web.on-failure': 'rollback' },
      'only what is written to Git can be verified',
    ],
  ])('%s is a problem', (_, annotations, part) => {
    const { images, problems } = readWeb(annotations, {}, withRules({}));
    expect(images).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.key).toMatch(/verify|on-failure/);
    expect(problems[0]?.message).toContain(part);
  });
});
