import { describe, expect, test } from 'vitest';
import { parseImageReference } from '../../src/core/image/reference.ts';
import type { FileTarget, ImageSlot } from '../../src/core/policy.ts';
import { editFile, readImage } from '../../src/edits/index.ts';
import { caught } from '../helpers/thrown.ts';

const VALUES: FileTarget = { kind: 'helm-values', path: 'values.yaml' };
const TAG: ImageSlot = {
  kind: 'helm-parts',
  tag: { path: 'image.tag', explicit: true },
  name: { path: 'none.such', explicit: false },
};
const inherited = { parameters: [], images: [], env: [] };
const ENC = 'ENC[AES256_GCM,data:p673w==,iv:YY=,tag:UQ==,type:str]';
const MAC = `sops:\n  age: []\n  lastmodified: "2026-11-21T09:14:02Z"\n  mac: ${ENC}\n  version: 3.11.0\n`;
const MAC_OF_ENCRYPTED = `${MAC}  mac_only_encrypted: true\n`;
const PLAIN = 'image:\n  tag: 1.0.0\n';

interface Row {
  readonly target: FileTarget;
  readonly slot: ImageSlot;
  readonly text: string;
}

const FILES: Readonly<Record<string, Row>> = {
  'a values file': { target: VALUES, slot: TAG, text: `password: ${ENC}\n${PLAIN}` },
  'a kustomization': {
    target: { kind: 'kustomization', directory: 'apps' },
    slot: { kind: 'kustomize', name: 'acme/api', renamed: false },
    text: 'images:\n- name: acme/api\n  newTag: 1.0.0\n',
  },
  'an override file': {
    target: { kind: 'override', path: '.argocd-source-shop.yaml', format: 'helm', inherited },
    slot: TAG,
    text: 'helm:\n  parameters:\n  - name: image.tag\n    value: 1.0.0\n    forcestring: true\n',
  },
  'a file with markers': {
    target: { kind: 'markers', path: 'pod.yaml' },
    slot: { kind: 'markers', names: ['shop/api'] },
    text: 'image: acme/api:1.0.0 # {"$lynceus": "shop/api"}\n',
  },
};

function written({ target, slot, text }: Row, createMissing = false): string {
  const image = parseImageReference('acme/api');
  const to = { tag: '1.1.0', digest: undefined };
  return editFile(target, text, [{ slot, image, from: undefined, to }], { createMissing });
}

function refusal(row: Row): { readonly code: string; readonly message: string } {
  const error = caught(() => readImage(row.target, row.text, row.slot, { createMissing: false }));
  expect(caught(() => written(row)).message).toBe(error.message);
  return error;
}

describe.each(Object.entries(FILES))('%s under SOPS', (_kind, row) => {
  test('is refused by name where its MAC covers plain values', () => {
    const { code, message } = refusal({ ...row, text: row.text + MAC });
    expect(code).toBe('target-unsupported');
    expect(message).toMatch(/is encrypted with SOPS, and its MAC covers the plain values/);
  });

  test('is written where only encrypted values are under its MAC', () => {
    const after = written({ ...row, text: row.text + MAC_OF_ENCRYPTED });
    expect(after).toBe((row.text + MAC_OF_ENCRYPTED).replace('1.0.0', '1.1.0'));
  });
});

describe('the metadata of SOPS', () => {
  test.each([
    ['as JSON', `{"image": {"tag": "1"}, "sops": {"mac": "${ENC}", "version": "3.9.0"}}`],
    ['of an old version', `${PLAIN}sops:\n  mac: ${ENC}\n  lastmodified: '2019-01-01T00:00:00Z'\n`],
    ['that says no', `${PLAIN}${MAC}  mac_only_encrypted: false\n`],
    ['in the first document of a stream', `${PLAIN}${MAC}---\n${MAC_OF_ENCRYPTED}`],
  ])('%s', (_what, text) => {
    const target: FileTarget = text.includes('---') ? { kind: 'markers', path: 'a.yaml' } : VALUES;
    const slot: ImageSlot = text.includes('---') ? { kind: 'markers', names: ['shop/api'] } : TAG;
    expect(refusal({ target, slot, text }).message).toMatch(/^(?:values|a)\.yaml is encrypted with SOPS/);
  });

  test.each([
    ['a key of the chart', 'sops:\n  enabled: true\n  version: 3.9.0\n'],
    ['a value', 'sops: mac\n'],
    ['a key further in', `secrets:\n  sops: {mac: "${ENC}", version: 1}\n`],
  ])('is not %s', (_what, text) => {
    expect(written({ target: VALUES, slot: TAG, text: PLAIN + text })).toBe(
      (PLAIN + text).replace('1.0.0', '1.1.0'),
    );
  });

  test('lets no key be added', () => {
    const row: Row = { target: VALUES, slot: TAG, text: `a: ${ENC}\n${MAC_OF_ENCRYPTED}` };
    const reading = readImage(row.target, row.text, row.slot, { createMissing: true });
    expect(reading).toMatchObject({
      kind: 'absent',
      mayCreate: false,
      detail: expect.stringContaining('nothing is added to a file that is encrypted with SOPS') as string,
    });
    expect(caught(() => written(row, true)).code).toBe('key-missing');
  });
});

test.each([
  ['$ANSIBLE_VAULT;1.1;AES256\n6638643965323633646262656665313333\n', 'ansible-vault'],
  ['\ufeff$ANSIBLE_VAULT;1.2;AES256;dev\n3061\n', 'ansible-vault'],
  ['-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n', 'age'],
  ['age-encryption.org/v1\n-> X25519 abc\n', 'age'],
  ['\n-----BEGIN PGP MESSAGE-----\n\nhQIM\n', 'OpenPGP'],
  ['\u0000GITCRYPT\u0000\u0001\u0002', 'git-crypt'],
])('a file that is encrypted as a whole is named: %j', (text, by) => {
  for (const { target, slot } of Object.values(FILES)) {
    const { code, message } = refusal({ target, slot, text });
    expect([code, message]).toEqual([
      'target-unsupported',
      expect.stringMatching(new RegExp(`is encrypted with ${by}$`)),
    ]);
  }
});

test.each([
  [`image:\n  tag: ${ENC}\n`, 'an encrypted value'],
  [`image:\n  tag: '${ENC}'\n${MAC_OF_ENCRYPTED}`, 'an encrypted value'],
  ['image:\n  tag: ENC[PKCS7,MIIBeQYJKoZIhvcNAQ]\n', 'an encrypted value'],
  ['image:\n  tag: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    6638\n', 'an encrypted value'],
  ['image:\n  tag: ref+vault://secret/shop#/tag\n', 'a reference to a secret'],
  ['image:\n  tag: secretref+awsssm://shop/tag\n', 'a reference to a secret'],
  ['image:\n  tag: <path:secret/data/shop#tag>\n', 'a reference to a secret'],
])('a value that is protected is left alone: %j', (text, found) => {
  const { code, message } = refusal({ target: VALUES, slot: TAG, text });
  expect(code).toBe('key-unsupported');
  expect(message).toContain(`expected a single value at image.tag, found ${found}`);
  expect(message).not.toMatch(/AES256|PKCS7|MII|secret\//);
});

test.each(['ENC', 'ref', 'enc-1.0', '1.0.0-path'])('the tag %s is no protected value', (tag) => {
  expect(written({ target: VALUES, slot: TAG, text: `image:\n  tag: ${tag}\n` })).toBe(
    'image:\n  tag: 1.1.0\n',
  );
});
