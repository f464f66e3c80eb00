import { describe, expect, test } from 'vitest';
import { commitPage } from '../../../src/core/git/commit-page.ts';
import { parseGitRemote } from '../../../src/core/git/remote.ts';
import type { HostKindName } from '../../../src/core/pull-requests/host-kinds.ts';

const SHA = '1f3870be274f6c49b3e31a0c6728957f1f3870be';

describe('the page of a commit', () => {
  // prettier-ignore
  test.each<[remote: string, kind: HostKindName | undefined, page: string | undefined]>([
    ['https://github.com/acme/deploy.git', 'github', `https://github.com/acme/deploy/commit/${SHA}`],
    ['git@github.com:acme/deploy.git', 'github', `https://github.com/acme/deploy/commit/${SHA}`],
    ['ssh://git@ssh.github.com:443/acme/deploy', 'github', `https://github.com/acme/deploy/commit/${SHA}`],
    ['https://acme.ghe.com/a/b', 'github', `https://acme.ghe.com/a/b/commit/${SHA}`],
    ['https://gitlab.com/acme/team/deploy', 'gitlab', `https://gitlab.com/acme/team/deploy/-/commit/${SHA}`],
    ['http://gitlab.example:8080/acme/deploy', 'gitlab', `http://gitlab.example:8080/acme/deploy/-/commit/${SHA}`],
    ['ssh://git@gitlab.example:2222/acme/deploy', 'gitlab', `https://gitlab.example/acme/deploy/-/commit/${SHA}`],
    ['https://codeberg.org/acme/deploy', 'forgejo', `https://codeberg.org/acme/deploy/commit/${SHA}`],
    ['https://git.example/acme/our%20deploy', 'gitea', `https://git.example/acme/our%20deploy/commit/${SHA}`],
    ['https://git.example/acme/a%2Fb%3Cb%3E', 'gitea', `https://git.example/acme/a%2Fb%3Cb%3E/commit/${SHA}`],
    ['git@bitbucket.org:acme/deploy.git', 'bitbucket-cloud', `https://bitbucket.org/acme/deploy/commits/${SHA}`],
    ['https://bb.example/scm/PLAT/deploy.git', 'bitbucket-data-center', `https://bb.example/projects/PLAT/repos/deploy/commits/${SHA}`],
    ['ssh://git@bb.example:7999/PLAT/deploy.git', 'bitbucket-data-center', `https://bb.example/projects/PLAT/repos/deploy/commits/${SHA}`],
    ['https://example.org/bb/scm/~ana/deploy', 'bitbucket-data-center', `https://example.org/bb/users/ana/repos/deploy/commits/${SHA}`],
    ['https://bb.example/deploy', 'bitbucket-data-center', undefined],
    ['https://dev.azure.com/acme/shop/_git/deploy', 'azure-devops', `https://dev.azure.com/acme/shop/_git/deploy/commit/${SHA}`],
    ['https://dev.azure.com/acme/_git/deploy', 'azure-devops', `https://dev.azure.com/acme/deploy/_git/deploy/commit/${SHA}`],
    ['git@ssh.dev.azure.com:v3/acme/shop/deploy', 'azure-devops', `https://dev.azure.com/acme/shop/_git/deploy/commit/${SHA}`],
    ['https://acme.visualstudio.com/DefaultCollection/shop/_git/deploy', 'azure-devops', `https://dev.azure.com/acme/shop/_git/deploy/commit/${SHA}`],
    ['https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/deploy', undefined, `https://eu-west-1.console.aws.amazon.com/codesuite/codecommit/repositories/deploy/commit/${SHA}?region=eu-west-1`],
    ['https://git.example/acme/deploy', undefined, undefined],
    ['/srv/git/deploy.git', 'github', undefined],
  ])('%s (%s)', (remote, kind, page) => {
    expect(commitPage(parseGitRemote(remote), SHA, kind)).toBe(page);
  });

  test.each(['', 'HEAD', 'main', '../../x', `${SHA}?x`, '1.2.3', '<b>'])('%j is no hash', (text) => {
    expect(commitPage(parseGitRemote('https://github.com/acme/deploy'), text, 'github')).toBeUndefined();
  });
});
