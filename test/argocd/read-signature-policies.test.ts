import { describe, expect, test } from 'vitest';
import { findOwners } from '../../src/argocd/policy-owners.ts';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import { signaturePoliciesOf, type ConfiguredPolicy } from '../../src/core/gates/configured-policy.ts';
import { prefixed } from '../helpers/annotations.ts';
import { aConfiguredPolicy } from '../helpers/signature-policies.ts';
import { anApplication, CONTEXT, readWeb } from './an-application.ts';
import { anUpdater } from './an-updater.ts';

const POLICIES: readonly ConfiguredPolicy[] = [
  aConfiguredPolicy({ name: 'all' }),
  aConfiguredPolicy({ name: 'acme', images: ['acme/*'] }),
  aConfiguredPolicy({ name: 'ghcr', images: ['ghcr.io/**'] }),
  aConfiguredPolicy({ name: 'shop', applications: ['shop'], namespaces: ['argocd'] }),
  aConfiguredPolicy({ name: 'other', applications: ['other'] }),
  aConfiguredPolicy({ name: 'strict', onlyByName: true }),
  aConfiguredPolicy({ name: 'stricter', onlyByName: true, images: ['nobody/none'] }),
];
const ALWAYS = ['all', 'acme', 'shop'];

describe('which policies of signatures an image is held to', () => {
  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['those that are for it', {}, ALWAYS],
    ['one that is named, too', { 'web.signature-policy': 'strict' }, [...ALWAYS, 'strict']],
    ['one that is named for the Application', { 'signature-policy': 'stricter' }, [...ALWAYS, 'stricter']],
    ['one that is for others', { 'web.signature-policy': 'ghcr' }, ['all', 'acme', 'ghcr', 'shop']],
    ['several', { 'web.signature-policy': ' stricter , strict,, ' }, [...ALWAYS, 'strict', 'stricter']],
    ['one that is for it anyway: none is taken away', { 'web.signature-policy': 'acme' }, ALWAYS],
    [
      'none is taken away by a blank one',
      { 'signature-policy': 'strict', 'web.signature-policy': '' },
      [...ALWAYS, 'strict'],
    ],
  ])('%s', (_, annotations, expected) => {
    const { images, problems } = readWeb(annotations, {}, { signaturePolicies: POLICIES });
    expect(problems).toEqual([]);
    expect(images[0]?.policy.signaturePolicies?.map(({ name }) => name)).toEqual(expected);
  });

  test.each<[string, string, readonly ConfiguredPolicy[], RegExp]>([
    [
      'a name that no policy has',
      'strickt',
      POLICIES,
      /expected names of policies in gates\.signatures .* found "strickt" \(did you mean strict\?\)/,
    ],
    ['another name beside a right one', 'strict,x', POLICIES, /found "x"/],
    ['a name where there is none', 'strict', [], /there is no policy "strict": the configuration has none/],
    ['a word that would turn them off', 'none', POLICIES, /found "none"/],
  ])('%s is a problem, and the image is left alone', (_, text, signaturePolicies, message) => {
    const { images, problems } = readWeb({ 'web.signature-policy': text }, {}, { signaturePolicies });
    expect(images).toEqual([]);
    expect(problems).toMatchObject([{ key: expect.stringContaining('web.signature-policy'), value: text }]);
    expect(problems[0]?.message).toMatch(message);
  });

  test('a misspelt name for one image leaves the others to be updated', () => {
    const annotations = { 'image-list': 'web=acme/web:1.x,api=acme/api:1.x', 'web.signature-policy': 'x' };
    const { images } = readWeb(annotations, {}, { signaturePolicies: POLICIES });
    expect(images.map(({ alias }) => alias)).toEqual(['api']);
  });

  test('without policies nothing is asked for', () => {
    const [image] = readWeb({}).images;
    expect(image?.policy).not.toHaveProperty('signaturePolicies');
    expect(image && signaturePoliciesOf(image.policy)).toEqual([]);
  });

  test('an ImageUpdater names some on itself, and its key is one more', () => {
    const updater = anUpdater(
      {
        applicationRefs: [
          {
            namePattern: 'shop',
            writeBackConfig: { method: 'git' },
            images: [{ alias: 'web', imageName: 'acme/web:1.x' }],
          },
        ],
        imagesVerification: { cosignKey: { secretName: 'cosign', key: 'cosign.pub' } },
      },
      { annotations: prefixed({ 'signature-policy': 'strict' }) },
    );
    const context = { ...CONTEXT, signaturePolicies: POLICIES };
    const application = anApplication({});
    const { owners } = findOwners(
      { readings: [{ kind: 'updater', updater }], unreadable: [] },
      context,
    )(application);
    const [image] = readPolicies(application, context, owners).images;
    expect(image && signaturePoliciesOf(image.policy)).toMatchObject([
      {
        keys: [{ kind: 'secret', secret: { namespace: 'argocd', name: 'cosign', field: 'cosign.pub' } }],
        requireSignature: true,
      },
      ...[...ALWAYS, 'strict'].map((name) => ({ name })),
    ]);
  });
});
