import { describe, expect, test } from 'vitest';
import { parseWriteMethod, type CredentialsOwner } from '../../src/argocd/write-method.ts';

const REPOCREDS = { method: 'git', credentials: { kind: 'repocreds' } };

const OWNER: CredentialsOwner = {
  namespace: 'team',
  mayNameSecretsIn: (namespace) => namespace === 'team' || namespace === 'shared',
};

function secret(name: string): object {
  return { method: 'git', credentials: { kind: 'secret', namespace: 'team', name } };
}

describe('parseWriteMethod', () => {
  test.each([
    ['argocd', { method: 'application' }],
    ['git', REPOCREDS],
    ['git:repocreds', REPOCREDS],
    ['git:secret:team/git-creds', secret('git-creds')],
    ['git:secret:git-creds', secret('git-creds')],
    ['git:secret:git.creds', secret('git.creds')],
    [
      'git:secret:shared/creds',
      { method: 'git', credentials: { kind: 'secret', namespace: 'shared', name: 'creds' } },
    ],
  ])('reads %j', (text, expected) => {
    expect(parseWriteMethod(text, OWNER)).toEqual(expected);
  });

  test('hands the project on, for the credentials that are for it alone', () => {
    expect(parseWriteMethod('git', { ...OWNER, project: 'team' })).toEqual({
      method: 'git',
      credentials: { kind: 'repocreds', project: 'team' },
    });
  });

  test.each([
    ['git:', 'expected argocd, git'],
    [':git', 'expected argocd, git'],
    ['GIT', 'expected argocd, git'],
    ['argocd:repocreds', 'expected argocd, git'],
    ['gitx', 'expected argocd, git'],
    ['git:env:TOKEN', 'expected argocd, git'],
    ['git:repocreds:x', 'expected argocd, git'],
    ['pull-request', 'found "pull-request"'],
    ['git:secret:', 'expected a secret'],
    ['git:secret:/creds', 'expected a secret'],
    ['git:secret:team/', 'expected a secret'],
    ['git:secret:a/b/c', 'expected a secret'],
    ['git:secret:team/../../nodes', 'expected a secret'],
    ['git:secret:..', 'expected a secret'],
    ['git:secret:Team/creds', 'expected a secret'],
    ['git:secret:other/creds', 'in the namespace of the Application, team, found one in other'],
  ])('refuses %j', (text, line) => {
    expect(() => parseWriteMethod(text, OWNER)).toThrow(
      expect.objectContaining({
        code: 'annotation-invalid',
        message: expect.stringContaining(line) as string,
      }) as Error,
    );
  });
});
