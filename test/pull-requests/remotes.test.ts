import { describe, expect, test } from 'vitest';
import { parseGitRemote } from '../../src/core/git/remote.ts';
import { LynceusError } from '../../src/errors.ts';
import { azurePlaceOf, requireAzurePlace } from '../../src/pull-requests/hosts/azure-place.ts';
import { webPlaceOf } from '../../src/core/git/web-place.ts';
import type { HostKindName } from '../../src/core/pull-requests/host-kinds.ts';
import { HOST_KINDS, knownKind } from '../../src/pull-requests/kinds.ts';

describe('a host that everybody knows', () => {
  test.each<[string, HostKindName | undefined]>([
    ['https://github.com/acme/deploy', 'github'],
    ['git@gitlab.com:acme/deploy.git', 'gitlab'],
    ['https://codeberg.org/acme/deploy', 'gitea'],
    ['git@gitea.com:acme/deploy.git', 'gitea'],
    ['https://bitbucket.org/acme/deploy.git', 'bitbucket-cloud'],
    ['ssh://git@altssh.bitbucket.org:443/acme/deploy.git', 'bitbucket-cloud'],
    ['https://dev.azure.com/acme/Shop/_git/deploy', 'azure-devops'],
    ['https://acme@dev.azure.com/acme/Shop/_git/deploy', 'azure-devops'],
    ['git@ssh.dev.azure.com:v3/acme/Shop/deploy', 'azure-devops'],
    ['https://acme.visualstudio.com/Shop/_git/deploy', 'azure-devops'],
    ['acme@vs-ssh.visualstudio.com:v3/acme/Shop/deploy', 'azure-devops'],
    ['ssh://git@ssh.github.com:443/acme/deploy.git', 'github'],
    ['ssh://git@altssh.gitlab.com:443/acme/deploy.git', 'gitlab'],
    ['ssh://git@altssh.bitbucket.org/acme/deploy.git', 'bitbucket-cloud'],
    ['https://GitHub.com./acme/deploy', 'github'],
    ['ssh://git@ssh.github.com.:443/acme/deploy.git', 'github'],
    ['https://acme.visualstudio.com./Shop/_git/deploy', 'azure-devops'],
    ['ssh://git@ssh.github.com.evil.example:443/acme/deploy', undefined],
    ['ssh://git@ssh.git.acme.example:443/acme/deploy.git', undefined],
    ['https://acme.ghe.com/shop/deploy', 'github'],
    ['git@octocorp.ghe.com:shop/deploy.git', 'github'],
    ['https://ghe.com/shop/deploy', undefined],
    ['https://a.acme.ghe.com/shop/deploy', undefined],
    ['https://acme.ghe.com.evil.example/shop/deploy', undefined],
    ['https://a.b.visualstudio.com/Shop/_git/deploy', undefined],
    ['https://visualstudio.com/Shop/_git/deploy', undefined],
    ['https://evilbitbucket.org/acme/deploy', undefined],
    ['https://github.com.evil.example/acme/deploy', undefined],
    ['https://git.acme.example/acme/deploy', undefined],
  ])('%s is %s', (remote, kind) => {
    expect(knownKind(parseGitRemote(remote).host)).toBe(kind);
  });
});

describe('the API of a remote', () => {
  test.each<[HostKindName, string, string]>([
    ['github', 'git@github.com:acme/deploy.git', 'https://api.github.com'],
    ['github', 'ssh://git@ssh.github.com:443/acme/deploy.git', 'https://api.github.com'],
    ['github', 'https://github.com./acme/deploy.git', 'https://api.github.com'],
    ['github', 'ssh://git@git.acme.example:443/acme/deploy.git', 'https://git.acme.example/api/v3'],
    ['github', 'https://acme.ghe.com/shop/deploy.git', 'https://api.acme.ghe.com'],
    ['github', 'git@octo-corp.ghe.com:shop/deploy.git', 'https://api.octo-corp.ghe.com'],
    ['github', 'ssh://git@acme.ghe.com:443/shop/deploy.git', 'https://api.acme.ghe.com'],
    ['github', 'https://evilghe.com/shop/deploy.git', 'https://evilghe.com/api/v3'],
    ['github', 'http://git.acme.example/shop/deploy.git', 'http://git.acme.example/api/v3'],
    ['gitlab', 'ssh://git@altssh.gitlab.com:443/acme/deploy.git', 'https://gitlab.com/api/v4'],
    ['gitlab', 'https://git.acme.example.:8443/acme/deploy.git', 'https://git.acme.example:8443/api/v4'],
    ['gitea', 'https://codeberg.org/acme/deploy.git', 'https://codeberg.org/api/v1'],
    [
      'gitea',
      'http://git.acme.example:3000/code/acme/deploy.git',
      'http://git.acme.example:3000/code/api/v1',
    ],
    ['forgejo', 'ssh://git@git.acme.example:2222/acme/deploy.git', 'https://git.acme.example/api/v1'],
    ['bitbucket-cloud', 'https://bitbucket.org/acme/deploy.git', 'https://api.bitbucket.org/2.0'],
    ['bitbucket-cloud', 'git@bitbucket.org:acme/deploy.git', 'https://api.bitbucket.org/2.0'],
    [
      'bitbucket-cloud',
      'ssh://git@altssh.bitbucket.org:443/acme/deploy.git',
      'https://api.bitbucket.org/2.0',
    ],
    [
      'bitbucket-data-center',
      'https://git.acme.example/scm/ACME/deploy.git',
      'https://git.acme.example/rest/api/1.0',
    ],
    [
      'bitbucket-data-center',
      'https://acme.example:8443/bitbucket/scm/~jane/deploy.git',
      'https://acme.example:8443/bitbucket/rest/api/1.0',
    ],
    [
      'bitbucket-data-center',
      'ssh://git@git.acme.example:7999/acme/deploy.git',
      'https://git.acme.example/rest/api/1.0',
    ],
    ['azure-devops', 'https://dev.azure.com/acme/Shop/_git/deploy', 'https://dev.azure.com/acme'],
    ['azure-devops', 'git@ssh.dev.azure.com:v3/acme/Shop/deploy', 'https://dev.azure.com/acme'],
    ['azure-devops', 'acme@vs-ssh.visualstudio.com:v3/acme/Shop/deploy', 'https://dev.azure.com/acme'],
    ['azure-devops', 'https://acme.visualstudio.com/Shop/_git/deploy', 'https://acme.visualstudio.com'],
    ['azure-devops', 'https://tfs.acme.example/tfs/All/Shop/_git/deploy', 'https://tfs.acme.example/tfs/All'],
    [
      'azure-devops',
      'ssh://tfs.acme.example:22/tfs/All/Shop/_git/deploy',
      'https://tfs.acme.example/tfs/All',
    ],
  ])('%s: %s is at %s', (kind, remote, expected) => {
    expect(HOST_KINDS[kind].apiUrlOf(webPlaceOf(parseGitRemote(remote)))).toBe(expected);
  });
});

describe('a repository of Azure DevOps', () => {
  test.each([
    ['dev.azure.com', 'acme/Shop/_git/deploy', ['/acme', 'Shop', 'deploy']],
    ['dev.azure.com', 'acme/Our%20Shop/_git/Our%20files', ['/acme', 'Our Shop', 'Our files']],
    ['dev.azure.com', 'acme/_git/deploy', ['/acme', 'deploy', 'deploy']],
    ['dev.azure.com', 'acme/Shop/_git/_optimized/deploy', ['/acme', 'Shop', 'deploy']],
    ['dev.azure.com', 'acme/Shop/_git/_full/deploy', ['/acme', 'Shop', 'deploy']],
    ['ssh.dev.azure.com', 'v3/acme/Our%20Shop/deploy', ['/acme', 'Our Shop', 'deploy']],
    ['acme.visualstudio.com', 'Shop/_git/deploy', ['', 'Shop', 'deploy']],
    ['acme.visualstudio.com', '_git/deploy', ['', 'deploy', 'deploy']],
    ['acme.visualstudio.com', 'DefaultCollection/Shop/_git/deploy', ['', 'Shop', 'deploy']],
    ['acme.visualstudio.com', 'DefaultCollection/_git/deploy', ['', 'deploy', 'deploy']],
    [
      'tfs.acme.example',
      'tfs/DefaultCollection/Shop/_git/deploy',
      ['/tfs/DefaultCollection', 'Shop', 'deploy'],
    ],
  ])('%s/%s', (host, path, [collection, project, repository]) => {
    expect(azurePlaceOf(host, path)).toEqual({ collection, project, repository });
  });

  test.each(['acme/Shop/deploy', 'acme/Shop/_git', 'v3/acme/deploy', ''])('"%s" is none', (path) => {
    expect(() => requireAzurePlace({ host: 'dev.azure.com', path }, 'it')).toThrow(LynceusError);
  });
});
