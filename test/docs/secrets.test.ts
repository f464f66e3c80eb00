import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createArgocdRepositories } from '../../src/credentials/argocd-repositories.ts';
import { withBounds } from '../../src/credentials/bound-logins.ts';
import { createGitLogins } from '../../src/credentials/git-logins.ts';
import { createKubeSecrets } from '../../src/credentials/kube-secrets.ts';
import { createRegistryLogins } from '../../src/credentials/registry-logins.ts';
import { parseCredentialSpec } from '../../src/core/credential-spec.ts';
import type { GitCredentialSpec } from '../../src/core/policy.ts';
import { SECRETS, type KubeObject } from '../../src/kube/kube-client.ts';
import { load } from '../config/given.ts';
import { aSecret } from '../credentials/a-secret.ts';
import { NO_APP_TOKENS } from '../credentials/no-app-tokens.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { connect, FOREVER, startServer } from '../kube/stand-in.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';

const PAGE = readFileSync(new URL('../../docs/secrets.md', import.meta.url), 'utf8');

const EXAMPLES = [...PAGE.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text);

interface WrittenSecret {
  readonly kind?: string;
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly stringData: Record<string, string>;
}

function secrets(): readonly KubeObject[] {
  return EXAMPLES.map((text) => parse(text) as WrittenSecret)
    .filter(({ kind }) => kind === 'Secret')
    .map(({ metadata: { namespace, name, ...said }, stringData }) =>
      aSecret(namespace, name, stringData, said),
    );
}

async function setUp() {
  const server = await startServer();
  for (const secret of secrets()) server.objects.put(SECRETS, secret);
  const clock = createVirtualClock();
  const kube = await connect(server);
  const { read } = createKubeSecrets({ kube, clock });
  const repositories = createArgocdRepositories({ kube, clock, argocdNamespace: 'argocd' });
  const git = createGitLogins({
    appTokens: NO_APP_TOKENS,
    remotes: [],
    env: {},
    secrets: { read, repositories },
  });
  const endpointOf = () => undefined;
  const registries = createRegistryLogins({
    endpointOf,
    dockerConfigFile: undefined,
    env: {},
    clock,
    readSecret: read,
    appTokens: NO_APP_TOKENS,
  });
  return {
    git,
    registries: withBounds(registries, { readSecret: read, argocdNamespace: 'argocd', endpointOf }),
  };
}

describe('docs/secrets.md', () => {
  test('has Secrets that work as it says', async () => {
    const { git, registries } = await setUp();
    const image = { registry: 'ghcr.io', path: 'acme/api' };
    const loginFor = (remote: string, credentials: GitCredentialSpec) =>
      git.find(
        { remote: parseGitRemote(remote), base: '', push: undefined, isOwnSource: true, credentials },
        FOREVER,
      );

    expect(secrets()).toHaveLength(4);
    for (const spec of ['pullsecret:shop/ghcr', 'secret:shop/registry#login']) {
      expect(PAGE).toContain(spec.replace(/^pullsecret.*/, 'name: ghcr'));
      expect(await registries.find(image, parseCredentialSpec(spec), FOREVER)).toMatchObject({
        username: 'robot',
        password: 'example',
      });
    }
    expect(await loginFor('https://github.com/acme/deploy', { kind: 'repocreds' })).toMatchObject({
      password: 'example-token',
    });
    expect(
      await loginFor('git@github.com:acme/deploy', { kind: 'secret', namespace: 'shop', name: 'git-login' }),
    ).toMatchObject({ kind: 'ssh-key' });
  });

  test('has configuration that works', () => {
    const configuration = EXAMPLES.filter((text) => !text.includes('kind: Secret'));

    expect(configuration.map((fileText) => load({ fileText }).secrets)).toEqual([
      { allowedNamespaces: ['shared-logins'] },
    ]);
  });
});
