import { describe, expect, test } from 'vitest';
import type { Application } from '../../src/argocd/application.ts';
import { policyOf, readWeb } from './an-application.ts';

/** What names a Secret of the namespace `shared`. */
const NAMING = [
  { 'web.pull-secret': 'pullsecret:shared/ghcr' },
  { 'pull-secret': 'secret:shared/ghcr#login' },
  { 'write-back-method': 'git:secret:shared/git' },
] as const;

describe.each(NAMING)('an Application with %j', (annotations) => {
  test.each([[['shared']], [['other', 'shared']], [['*']]])('may name it when %j are allowed', (allowed) => {
    expect(readWeb(annotations, {}, { allowedSecretNamespaces: allowed }).problems).toEqual([]);
  });

  test.each([[[]], [['share']], [['shared2']], [['other']]])('may not when %j are allowed', (allowed) => {
    expect(readWeb(annotations, {}, { allowedSecretNamespaces: allowed }).problems).toMatchObject([
      {
        code: 'annotation-invalid',
        message: expect.stringMatching(/found one in shared .*secrets\.allowedNamespaces/) as string,
      },
    ]);
  });

  test('may when it is its own namespace, whatever is allowed', () => {
    const own: Partial<Application> = { namespace: 'shared' };
    expect(readWeb(annotations, own, { allowedSecretNamespaces: ['other'] }).problems).toEqual([]);
  });
});

test('the project goes along with git:repocreds, because Argo CD has logins for it alone', () => {
  const credentialsOf = (changes: Partial<Application>) => {
    const {
      destination: { target },
    } = policyOf(readWeb({ 'write-back-method': 'git' }, changes));
    return target.method === 'git' ? target.place.credentials : undefined;
  };
  expect(credentialsOf({ project: 'team' })).toEqual({ kind: 'repocreds', project: 'team' });
  expect(credentialsOf({})).toEqual({ kind: 'repocreds' });
});
