import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckSecret } from '../../src/credentials/check-secret.ts';
import type { KubeSecret } from '../../src/credentials/kube-secrets.ts';
import { removeFolder } from '../helpers/remove-folder.ts';
import { errorOf } from '../helpers/thrown.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-secret-'));
const SIGNAL = new AbortController().signal;
const SECRETS: Readonly<Record<string, KubeSecret>> = {
  'argocd/status': {
    fields: { token: 'a token\n', lines: 'hunter2\nb' },
    type: 'Opaque',
    labels: {},
    annotations: {},
  },
};

beforeAll(() => {
  writeFileSync(join(folder, 'token'), 'of a file\r\n');
  writeFileSync(join(folder, 'empty'), '\n');
});

afterAll(() => removeFolder(folder));

async function read(place: string, hasCluster = true): Promise<string> {
  const readSecret = async ({ namespace, name }: { namespace: string; name: string }) =>
    await Promise.resolve(SECRETS[`${namespace}/${name}`]);
  const options = {
    env: { TOKEN: 'of the environment', EMPTY: '' },
    readSecret: hasCluster ? readSecret : undefined,
  };
  return await readCheckSecret(place, options, SIGNAL);
}

describe('the secret of a check', () => {
  it.each([
    ['env:TOKEN', 'of the environment'],
    [`file:${folder}/token`, 'of a file'],
    ['secret:argocd/status#token', 'a token'],
  ])('is at %s', async (place, secret) => {
    expect(await read(place)).toBe(secret);
  });

  it.each([
    ['env:GONE', 'credentials-missing', 'the environment variable GONE is not set'],
    ['env:EMPTY', 'credentials-missing', 'the environment variable EMPTY is not set'],
    [`file:${folder}/gone`, 'credentials-failed', 'cannot be read (ENOENT)'],
    [`file:${folder}/empty`, 'credentials-failed', 'is empty or holds a line break'],
    ['secret:argocd/gone#token', 'credentials-missing', 'there is no Secret argocd/gone'],
    ['secret:argocd/status#gone', 'credentials-missing', 'the Secret argocd/status has no field gone'],
    [
      'secret:argocd/status#lines',
      'credentials-failed',
      'field lines of the Secret argocd/status is empty or holds a line break',
    ],
    [
      'pullsecret:argocd/status',
      'credentials-missing',
      'expected env:NAME, file:/path or secret:NAMESPACE/NAME#FIELD',
    ],
  ])('is not at %s', async (place, code, message) => {
    const error = await errorOf(read(place));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.line).not.toContain('hunter2');
  });

  it('cannot be in a Secret without a cluster', async () => {
    expect((await errorOf(read('secret:argocd/status#token', false))).line).toBe(
      'there is no cluster to read the Secret argocd/status from (use env: or file: instead)',
    );
    expect(await read('env:TOKEN', false)).toBe('of the environment');
  });
});
