import { describe, expect, test } from 'vitest';
import { readApplication } from '../../src/argocd/parse-application.ts';
import { readImage } from '../../src/edits/index.ts';
import { policyOf, readWeb } from './an-application.ts';

/** Every marker that a value can carry, one on each line. */
const MARKERS = [
  'shop/web',
  'argocd/shop/web',
  'team/shop/web',
  'team/web',
  'argocd/web',
  'shop/shop/web',
  'other/shop/web',
  'shop/a_b',
  'shop/WEB',
  'web/web',
] as const;

/** The markers that an Application may claim. */
function claimedBy(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { alias = 'web', argocdNamespace = 'argocd' } = {},
): readonly string[] {
  const reading = readWeb(
    { 'image-list': `${alias}=acme/web:1.x`, 'write-back-target': 'markers:all.yaml' },
    { namespace, name },
    { argocdNamespace },
  );
  const { slot, target } = policyOf(reading).destination;
  if (target.method !== 'git') expect.unreachable();
  return MARKERS.filter((owner) => {
    const text = `image: acme/web:1.0.0 # {"$lynceus": "${owner}"}\n`;
    return readImage(target.file, text, slot, { createMissing: false }).kind === 'present';
  });
}

describe('a marker belongs to the Application that it names', () => {
  test.each<readonly [namespace: string, name: string, alias: string, claimed: readonly string[]]>([
    ['argocd', 'shop', 'web', ['shop/web', 'argocd/shop/web']],
    ['', 'shop', 'web', ['shop/web', 'argocd/shop/web']],
    ['team', 'shop', 'web', ['team/shop/web']],
    ['shop', 'shop', 'web', ['shop/shop/web']],
    ['shop', 'web', 'web', []],
    ['team', 'web', 'web', []],
    ['other', 'shop', 'web', ['other/shop/web']],
    ['argocd', 'web', 'web', ['web/web']],
    ['argocd', 'team', 'web', ['team/web']],
    ['argocd', 'shop', 'a/b', ['shop/a_b']],
    ['team', 'shop', 'a/b', []],
    ['argocd', 'shop', 'WEB', ['shop/WEB']],
  ])('%s %s, alias %s', (namespace, name, alias, claimed) => {
    expect(claimedBy({ namespace, name }, { alias })).toEqual(claimed);
  });

  test('with its short name only in the namespace of Argo CD', () => {
    const there = { argocdNamespace: 'team' };

    expect(claimedBy({ namespace: 'team', name: 'shop' }, there)).toEqual(['shop/web', 'team/shop/web']);
    expect(claimedBy({ namespace: 'argocd', name: 'shop' }, there)).toEqual(['argocd/shop/web']);
  });

  test.each(['team/shop', '../shop', 'shop/web', 'SHOP'])('%j is no name of an Application', (name) => {
    const manifest = { kind: 'Application', metadata: { name }, spec: { source: {} } };

    expect(readApplication(manifest, 'apps.yaml').kind).toBe('problem');
    expect(readApplication({ ...manifest, metadata: { name: 'shop' } }, 'apps.yaml').kind).toBe(
      'application',
    );
  });
});
