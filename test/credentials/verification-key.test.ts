import { describe, expect, test } from 'vitest';
import type { KubeSecret } from '../../src/credentials/kube-secrets.ts';
import { readVerificationKey } from '../../src/credentials/verification-key.ts';
import { LynceusError } from '../../src/errors.ts';
import { errorOf } from '../helpers/thrown.ts';

const KEY = { namespace: 'shop', name: 'cosign', field: 'cosign.pub' };
const TEXT = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n';

type Found = Partial<KubeSecret> | LynceusError | undefined;

function read(found: Found, key = KEY): Promise<string> {
  const readSecret = () => {
    if (found instanceof LynceusError) return Promise.reject(found);
    if (found === undefined) return Promise.resolve(undefined);
    return Promise.resolve({
      fields: { 'cosign.pub': TEXT },
      type: 'Opaque',
      labels: {},
      annotations: {},
      ...found,
    });
  };
  return readVerificationKey(key, { readSecret, argocdNamespace: 'argocd' }, new AbortController().signal);
}

describe('readVerificationKey', () => {
  test.each<[string, Partial<KubeSecret>]>([
    ['a Secret of any kind', {}],
    ['one without a type', { type: '' }],
    ['one with other fields', { fields: { 'cosign.pub': TEXT, 'cosign.key': 'private' } }],
  ])('reads the field of %s', async (_, found) => {
    expect(await read(found)).toBe(TEXT);
  });

  test.each<[string, Found, string, RegExp]>([
    [
      'no such Secret',
      undefined,
      'credentials-missing',
      /no Secret shop\/cosign.*kubectl create secret generic -n shop cosign --from-file=cosign\.pub=cosign\.pub/,
    ],
    ['no such field', { fields: { other: TEXT } }, 'credentials-missing', /no field cosign\.pub/],
    ['an empty field', { fields: { 'cosign.pub': ' \n' } }, 'credentials-missing', /no field cosign\.pub/],
    [
      "Argo CD's own by its label",
      { labels: { 'argocd.argoproj.io/secret-type': 'repository' } },
      'credentials-denied',
      /Argo CD's own/,
    ],
    [
      'a token',
      { type: 'kubernetes.io/service-account-token' },
      'credentials-denied',
      /token of a service account/,
    ],
    ['a TLS key', { type: 'kubernetes.io/tls' }, 'credentials-denied', /private key for TLS/],
    ['a release of Helm', { type: 'helm.sh/release.v1' }, 'credentials-denied', /release of Helm/],
    ['no right to read it', new LynceusError('kube-denied', 'no rule'), 'kube-denied', /no rule/],
  ])('%s', async (_, found, code, message) => {
    const error = await errorOf(read(found));
    expect([error.code, error.line]).toEqual([code, expect.stringMatching(message)]);
    expect(error.line).not.toContain('AAAA');
  });

  test('a name is no part of a line for a shell', async () => {
    const error = await errorOf(read(undefined, { ...KEY, name: 'x; rm -rf ~' }));
    expect(error.hint).not.toContain('rm');
  });

  test("Argo CD's own by its name", async () => {
    const error = await errorOf(read({}, { ...KEY, namespace: 'argocd', name: 'argocd-secret' }));
    expect(error.code).toBe('credentials-denied');
  });

  test('without a cluster there is no Secret', async () => {
    const options = { readSecret: undefined, argocdNamespace: 'argocd' };
    const error = await errorOf(readVerificationKey(KEY, options, new AbortController().signal));
    expect([error.code, error.line]).toEqual(['credentials-missing', expect.stringMatching(/no cluster/)]);
  });
});
