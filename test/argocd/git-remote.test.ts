import { describe, expect, test } from 'vitest';
import { parseGitRemote, sameRemote } from '../../src/argocd/git-remote.ts';

describe('parseGitRemote', () => {
  test.each([
    ['https://git.example/acme/deploy.git', 'https://git.example/acme/deploy.git'],
    ['http://git.example:8080/acme/deploy', 'http://git.example:8080/acme/deploy'],
    ['https://acme@dev.azure.com/acme/p/_git/deploy', 'https://dev.azure.com/acme/p/_git/deploy'],
    ['https://ghp_0123456789@github.com/acme/x.git', 'https://github.com/acme/x.git'],
    ['git@git.example:acme/deploy.git', 'git@git.example:acme/deploy.git'],
    ['ssh://git@git.example:2222/acme/deploy.git', 'ssh://git@git.example:2222/acme/deploy.git'],
    ['https://git.example/a@b/deploy.git', 'https://git.example/a@b/deploy.git'],
    ['file:///srv/git/deploy.git', 'file:///srv/git/deploy.git'],
    ['/srv/git/deploy.git', '/srv/git/deploy.git'],
  ])('reads %j', (text, expected) => {
    expect(parseGitRemote(text)).toBe(expected);
  });

  test.each([
    [''],
    ['--upload-pack=id'],
    ['ext::sh -c id'],
    ['ext::id'],
    ['fd::17'],
    ['javascript://x'],
    ['oci://ghcr.io/acme/chart'],
    ['https://git.example/a b'],
    ['https://git.example/a\nb'],
    ['https://'],
  ])('refuses %j', (text) => {
    expect(() => parseGitRemote(text)).toThrow(
      expect.objectContaining({ code: 'annotation-invalid' }) as Error,
    );
  });

  test.each([['https://git.example/our shop/deploy.git'], ['/srv/our shop.git']])(
    'says how to write a space: %j',
    (text) => {
      expect(() => parseGitRemote(text)).toThrow(
        expect.objectContaining({ hint: expect.stringContaining('%20') as string }) as Error,
      );
    },
  );

  test.each([
    ['https://bot:hunter2@git.example/acme/deploy.git'],
    ['https://:hunter2@git.example/acme/deploy.git'],
    ['ssh://git:hunter2@git.example/acme/deploy.git'],
    ['https://bot:hun/ter2@git.example/acme/deploy.git'],
    ['oci://bot:hunter2@git.example/acme'],
  ])('refuses a password without repeating it: %j', (text) => {
    expect(() => parseGitRemote(text)).toThrow(
      expect.objectContaining({ line: expect.not.stringMatching(/hunter2|ter2/) as string }) as Error,
    );
  });

  test.each([
    ['https://git.example/a.git', 'https://git.example/a', true],
    ['https://git.example/a/', 'https://git.example/a.git', true],
    ['https://me@git.example/a', 'https://git.example/a', true],
    ['https://git.example/a', 'https://git.example/b', false],
    ['https://git.example/a', 'git@git.example:a', false],
  ])('%j and %j are one remote: %j', (a, b, same) => {
    expect(sameRemote(a, b)).toBe(same);
  });
});
