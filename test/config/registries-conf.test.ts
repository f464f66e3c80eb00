import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { RegistryEndpoint } from '../../src/settings/registry.ts';
import { CONF_NAMES } from '../../src/config/registries-conf.ts';
import { SETTINGS } from '../../src/settings/settings.ts';
import { faultsOf, load } from './given.ts';

const PLAIN: RegistryEndpoint = {
  name: 'A',
  apiUrl: 'https://a.example',
  prefix: 'a.example',
  credentials: undefined,
  credentialsExpire: undefined,
  tagSortMode: 'unsorted',
  api: 'auto',
  defaultNamespace: '',
  insecure: false,
  limit: 20,
  concurrency: undefined,
  isDefault: false,
  caFile: undefined,
  caData: undefined,
  clientCertFile: undefined,
  clientKeyFile: undefined,
  proxy: { kind: 'environment' },
  mirror: undefined,
  loginToMirror: false,
  connectTimeout: undefined,
  timeout: undefined,
};

const HEAD = 'registries:\n- name: A\n  api_url: https://a.example\n  prefix: a.example\n';

// prettier-ignore
const ROWS: readonly (readonly [string, Partial<RegistryEndpoint>])[] = [
  ['', {}],
  ['ping: yes', {}],
  ['credentials: env:LOGIN', { credentials: { kind: 'env', variable: 'LOGIN' } }],
  ['credentials: ext:/scripts/login.sh', { credentials: { kind: 'ext', path: '/scripts/login.sh' } }],
  ['credentials: secret:argocd/hub#login', { credentials: { kind: 'secret', namespace: 'argocd', name: 'hub', field: 'login' } }],
  ['credentials: pullsecret:argocd/hub', { credentials: { kind: 'pullsecret', namespace: 'argocd', name: 'hub' } }],
  ['credentials: ""', {}],
  ['credentials:', {}],
  ['credentials: ~', {}],
  ['credsexpire: 5h', { credentialsExpire: 18_000_000 }],
  ['credsexpire: 0', {}],
  ['credsexpire: 1.5h', { credentialsExpire: 5_400_000 }],
  ['tagsortmode: Latest-First', { tagSortMode: 'latest-first' }],
  ['tagsortmode: latest-last', { tagSortMode: 'latest-last' }],
  ['tagsortmode: none', {}],
  ['tagsortmode: ""', {}],
  ['api: Harbor', { api: 'harbor' }],
  ['api: distribution', { api: 'distribution' }],
  ['api: ""', {}],
  ['defaultns: library', { defaultNamespace: 'library' }],
  ['insecure: true', { insecure: true }],
  ['insecure: yes', { insecure: true }],
  ['insecure: On', { insecure: true }],
  ['insecure: no', {}],
  ['insecure:', {}],
  ['limit: 5', { limit: 5 }],
  ['limit: 0', {}],
  ['concurrency: 3', { concurrency: 3 }],
  ['default: true', { isDefault: true }],
  ['immutable_tags: yes', { immutableTags: true }],
  ['immutable_tags: no', { immutableTags: false }],
  ['ca_file: /ca.pem', { caFile: '/ca.pem' }],
  ['ca_data: |\n    -----BEGIN CERTIFICATE-----\n    MII\n', { caData: '-----BEGIN CERTIFICATE-----\nMII' }],
  ['{ client_cert_file: /a.pem, client_key_file: /a.key }', { clientCertFile: '/a.pem', clientKeyFile: '/a.key' }],
  ['proxy: http://proxy.example:3128/', { proxy: { kind: 'url', url: 'http://proxy.example:3128', credentials: undefined } }],
  ['{ proxy: "https://proxy.example", proxy_credentials: "env:PROXY" }', { proxy: { kind: 'url', url: 'https://proxy.example', credentials: { kind: 'env', variable: 'PROXY' } } }],
  ['{ proxy: "http://proxy.example", proxy_credentials: "file:/a b" }', { proxy: { kind: 'url', url: 'http://proxy.example', credentials: { kind: 'file', path: '/a b' } } }],
  ['proxy: none', { proxy: { kind: 'none' } }],
  ['proxy: ""', {}],
  ['mirror: https://mirror.example/docker-hub/', { mirror: 'https://mirror.example/docker-hub' }],
  ['{ mirror: "https://mirror.example:8443", login_to_mirror: yes }', { mirror: 'https://mirror.example:8443', loginToMirror: true }],
  ['connect_timeout: 5s', { connectTimeout: 5_000 }],
  ['timeout: 5m', { timeout: 300_000 }],
  ['page_size: 100', { pageSize: 100 }],
  ['page_size: 10000', { pageSize: 10_000 }],
  ['page_size: none', { pageSize: 'none' }],
  ['page_size: ""', {}],
  ['token_servers: [http://auth.example:5001]', { tokenServers: ['http://auth.example:5001'] }],
  ['token_servers: [ "HTTP://Auth.example/", "http://[::1]:80", http://10.0.0.7:8080 ]', { tokenServers: ['http://auth.example', 'http://[::1]', 'http://10.0.0.7:8080'] }],
  ['token_servers:', {}],
];

function registriesOf(registriesText: string): readonly RegistryEndpoint[] {
  return load({ registriesText }).registries;
}

describe('registries.conf', () => {
  test.each(ROWS)('%j', (line, expected) => {
    const keys = line.startsWith('{') ? line.slice(1, -1).replaceAll(', ', '\n  ').trim() : line;
    expect(registriesOf(`${HEAD}  ${keys}\n`)).toEqual([{ ...PLAIN, ...expected }]);
  });

  test.each([...CONF_NAMES])('reads %s, which lynceus.yaml has as %s', (conf, key) => {
    const faults = faultsOf({ registriesText: `registries: [{ ${conf}: [] }]` });
    expect(faults.join('\n')).toMatch(new RegExp(`^registries\\[0\\]\\.${conf}: expected `, 'm'));
    expect(faults.join('\n')).not.toContain('is no known key');
    expect(SETTINGS.map(({ path }) => path)).toContain(`registries[].${key}`);
  });

  test('names a role for Amazon ECR', () => {
    const arn = 'arn:aws-us-gov:iam::123456789012:role/teams/pull';
    const host = '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com';
    const entry = `{ name: A, api_url: "https://${host}", prefix: ${host}/acme, aws_role_arn: "${arn}", aws_external_id: "x:1" }`;

    expect(registriesOf(`registries: [${entry}]\n`)).toMatchObject([
      { awsRoleArn: arn, awsExternalId: 'x:1' },
    ]);
  });

  test('keeps text that looks like a number, and drops slashes at the end', () => {
    const [registry] = registriesOf(
      'registries: [{ name: 0123, api_url: "https://a.example//", prefix: a.example/team/ }]',
    );
    expect(registry).toMatchObject({ name: '0123', apiUrl: 'https://a.example', prefix: 'a.example/team' });
  });

  test('lets the default registry do without a prefix', () => {
    expect(registriesOf('registries: [{ name: A, api_url: "https://a.example", default: true }]')).toEqual([
      { ...PLAIN, prefix: '', isDefault: true },
    ]);
  });

  test.each(['', '# nothing\n', 'registries:\n', 'registries: []\n'])('of %j names none', (text) => {
    expect(registriesOf(text)).toEqual([]);
  });

  test('understands anchors and merge keys, as Go does', () => {
    const text = `registries:
- &a { name: A, api_url: https://a.example, prefix: a.example, limit: 7 }
- { <<: *a, name: B, prefix: b.example }
`;
    expect(registriesOf(text).map(({ name, limit }) => [name, limit])).toEqual([
      ['A', 7],
      ['B', 7],
    ]);
  });

  test('comes before the registries of lynceus.yaml', () => {
    const fileText =
      'registries: [{ name: B, apiUrl: "https://b.example", prefix: b.example, credentialsExpire: 1h, default: true }]';
    expect(load({ fileText, registriesText: HEAD }).registries).toEqual([
      PLAIN,
      {
        ...PLAIN,
        name: 'B',
        apiUrl: 'https://b.example',
        prefix: 'b.example',
        credentialsExpire: 3_600_000,
        isDefault: true,
      },
    ]);
  });

  test('that we ship can be used, also with every example in it', () => {
    const text = readFileSync(new URL('../../config/registries.conf', import.meta.url), 'utf8');
    expect(registriesOf(text).map(({ prefix }) => prefix)).toEqual(['docker.io', 'ghcr.io', 'quay.io']);
    const examples = text.replaceAll(/^( {2,})# (?=credentials:|- name:| {2}\w)/gm, '$1');
    expect(registriesOf(examples).map(({ credentials }) => credentials?.kind)).toEqual([
      'secret',
      'env',
      'pullsecret',
      undefined,
      'ext',
    ]);
  });
});
