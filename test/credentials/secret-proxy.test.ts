import { expect, test } from 'vitest';
import { checkSecretProxy } from '../../src/credentials/secret-proxy.ts';
import { caught, refusal } from '../helpers/thrown.ts';

const isNamedProxy = ({ host }: URL): boolean => host === 'proxy.corp:3128';

function check(namespace: string, proxy: string | undefined) {
  const fields: Readonly<Record<string, string>> = proxy === undefined ? {} : { proxy };
  const secret = { namespace, name: 'git', fields, labels: {}, annotations: {}, type: 'Opaque' };
  checkSecretProxy(secret, { argocdNamespace: 'argocd', isNamedProxy });
}

test.each([
  ['argocd', 'http://anywhere.example:1'],
  ['team', undefined],
  ['team', ' '],
  ['team', 'http://proxy.corp:3128'],
  ['team', 'http://user:pass@PROXY.corp:3128/'],
  ['team', 'proxy.corp:3128'],
])('a Secret in %s may name the proxy %j', (namespace, proxy) => {
  expect(refusal(() => check(namespace, proxy))).toBeUndefined();
});

test.each([
  ['http://10.0.0.1:22', 'network.exceptions: ["10.0.0.1:22"]'],
  ['http://user:s3cret@proxy.corp:3129', 'network.exceptions: ["proxy.corp:3129"]'],
  ['socks5h://evil.example:1080', 'network.exceptions: ["evil.example:1080"]'],
  ['http://[', 'leave the field proxy out'],
])('a Secret of a tenant may not name the proxy %s', (proxy, hint) => {
  const error = caught(() => check('team', proxy));
  expect(error).toMatchObject({ code: 'address-refused', hint: expect.stringContaining(hint) as string });
  expect(error.line).not.toContain('s3cret');
});
