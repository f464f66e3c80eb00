import { describe, expect, test } from 'vitest';
import { parseCredentialSpec } from '../../../src/core/credential-spec.ts';
import type { Fence } from '../../../src/core/permissions/fence.ts';
import { fencedCredentials, judgeLogin, loginRules } from '../../../src/core/permissions/judge-login.ts';
import type { PermissionRule } from '../../../src/core/permissions/permission-rule.ts';
import { aPlace, aTracked } from '../../helpers/policies.ts';
import { aRule } from './a-rule.ts';

function aFence(enforced: boolean, rules: readonly Partial<PermissionRule>[] = []): Fence {
  return {
    rules: rules.map(aRule),
    enforced,
    projects: { kind: 'none' },
    argocdNamespace: 'argocd',
  };
}

const IN_ARGOCD = 'pullsecret:argocd/ghcr';
const APP = 'github-app:argocd/app';

describe('a login that an annotation names', () => {
  // prettier-ignore
  test.each<[login: string | undefined, enforced: boolean, rules: readonly Partial<PermissionRule>[], isAllowed: boolean]>([
    [undefined, true, [], true],
    ['pullsecret:shop/ghcr', true, [], true],
    ['secret:argocd/ghcr#login', true, [], true],
    ['env:GHCR', true, [], true],
    [IN_ARGOCD, false, [], true],
    [IN_ARGOCD, true, [], false],
    [IN_ARGOCD, true, [{ logins: [IN_ARGOCD] }], true],
    [IN_ARGOCD, true, [{ logins: ['pullsecret:argocd/*'], registries: ['ghcr.io/acme/**'] }], true],
    [IN_ARGOCD, true, [{ logins: ['pullsecret:argocd/g'] }], false],
    [IN_ARGOCD, true, [{ logins: ['pullsecret:argocd/*'], registries: ['quay.io/**'] }], false],
    [IN_ARGOCD, true, [{ logins: ['pullsecret:argocd/*'], registries: ['ghcr.io'] }], false],
    [IN_ARGOCD, true, [{ logins: [IN_ARGOCD], projects: ['other'] }], false],
    [IN_ARGOCD, true, [{ logins: [IN_ARGOCD], applications: ['shop-*'] }], false],
    [IN_ARGOCD, true, [{ registries: ['ghcr.io/acme/**'] }], false],
    [APP, false, [], false],
    [APP, true, [], false],
    ['github-app:shop/app', false, [], false],
    [APP, false, [{ logins: ['github-app:argocd/app'] }], true],
    [APP, true, [{ logins: ['pullsecret:argocd/*'] }], false],
  ])('%s, enforced %s, with the rules %j: %s', (login, enforced, rules, isAllowed) => {
    const pullSecret = login === undefined ? undefined : parseCredentialSpec(login);
    const error = judgeLogin(aTracked({ image: 'ghcr.io/acme/api', pullSecret }), aFence(enforced, rules));

    expect(error?.code).toBe(isAllowed ? undefined : 'permission-denied');
  });

  test('is refused with the rule that would allow it', () => {
    const tracked = aTracked({ image: 'ghcr.io/acme/api', pullSecret: parseCredentialSpec(IN_ARGOCD) });
    const error = judgeLogin(tracked, aFence(true));

    expect(error?.message).toBe('may not name the login pullsecret:argocd/ghcr for ghcr.io/acme/api');
    expect(error?.hint).toBe(
      'an administrator may allow it with a rule of permissions.rules: {projects: [default], namespaces: [argocd], applications: [shop], registries: [ghcr.io/acme/api], logins: [pullsecret:argocd/ghcr]}',
    );
    const rule = { registries: ['ghcr.io/acme/api'], logins: [IN_ARGOCD], applications: ['shop'] };
    expect(judgeLogin(tracked, aFence(true, [rule]))).toBeUndefined();
  });
});

describe('a Secret for Git that an annotation names', () => {
  const named = (namespace: string) => ({ kind: 'secret', namespace, name: 'git' }) as const;

  // prettier-ignore
  test.each<[namespace: string, enforced: boolean, rules: readonly Partial<PermissionRule>[], onlyWhereNamed: boolean]>([
    ['argocd', false, [], false],
    ['argocd', true, [], true],
    ['shop', true, [], false],
    ['argocd', true, [{ logins: ['git:secret:argocd/git'] }], false],
    ['argocd', true, [{ logins: ['git:secret:argocd/*'], namespaces: ['other'] }], true],
    ['argocd', true, [{ logins: ['secret:argocd/git'] }], true],
  ])('in %s, enforced %s, with the rules %j', (namespace, enforced, rules, onlyWhereNamed) => {
    const credentials = fencedCredentials(named(namespace), aTracked(), aFence(enforced, rules));

    expect(credentials).toEqual({ ...named(namespace), ...(onlyWhereNamed && { onlyWhereNamed }) });
  });

  test('is not needed for what Argo CD knows itself', () => {
    const credentials = { kind: 'repocreds', project: 'team' } as const;

    expect(fencedCredentials(credentials, aTracked(), aFence(true))).toBe(credentials);
  });
});

test('the rules that an image needs for its logins are those by which it is served', () => {
  const tracked = aTracked({
    image: 'ghcr.io/acme/api',
    pullSecret: parseCredentialSpec(APP),
    place: aPlace({ isOwnSource: true, credentials: { kind: 'secret', namespace: 'argocd', name: 'git' } }),
  });
  const rules = loginRules(tracked, aFence(true));

  expect(rules.map(({ logins }) => logins)).toEqual([[APP], ['git:secret:argocd/git']]);
  expect(judgeLogin(tracked, aFence(true, rules))).toBeUndefined();
  expect(loginRules(tracked, aFence(true, rules))).toEqual([]);
  expect(loginRules(aTracked(), aFence(true))).toEqual([]);
});
