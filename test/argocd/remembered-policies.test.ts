import { describe, expect, test } from 'vitest';
import type { Application } from '../../src/argocd/application.ts';
import { findOwners, type PolicyOwner } from '../../src/argocd/policy-owners.ts';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import { rememberedPolicies } from '../../src/argocd/remembered-policies.ts';
import { anApplication, CONTEXT } from './an-application.ts';
import { anUpdater } from './an-updater.ts';

const ANNOTATIONS: readonly PolicyOwner[] = [{ by: 'annotations' }];
const SPEC = {
  applicationRefs: [{ namePattern: 'shop*', images: [{ alias: 'web', imageName: 'acme/web:1.x' }] }],
};

function ownersOf(application: Application, updater: ReturnType<typeof anUpdater>): readonly PolicyOwner[] {
  return findOwners({ readings: [{ kind: 'updater', updater }], unreadable: [] }, CONTEXT)(application)
    .owners;
}

describe('what was read of an Application', () => {
  const good = () => anApplication({ 'image-list': 'web=acme/web:1.x' });

  test('is what reading gives', () => {
    const application = good();
    const reading = readPolicies(application, CONTEXT, ANNOTATIONS);

    expect(rememberedPolicies(application, CONTEXT, ANNOTATIONS)).toEqual(reading);
    expect(rememberedPolicies(application, CONTEXT, ANNOTATIONS)).toEqual(reading);
  });

  test('is not read again, whoever lists the same owners', () => {
    const application = good();
    const first = rememberedPolicies(application, CONTEXT, ANNOTATIONS);

    expect(rememberedPolicies(application, CONTEXT, [{ by: 'annotations' }])).toBe(first);
  });

  test('is not read again for the same resource, and is for another version of it', () => {
    const application = anApplication({});
    const updater = anUpdater(SPEC);
    const first = rememberedPolicies(application, CONTEXT, ownersOf(application, updater));
    expect(first.images).toHaveLength(1);

    expect(rememberedPolicies(application, CONTEXT, ownersOf(application, updater))).toBe(first);
    const next = anUpdater({
      applicationRefs: [{ namePattern: 'shop*', images: [{ alias: 'web', imageName: 'acme/web:2.x' }] }],
    });
    const second = rememberedPolicies(application, CONTEXT, ownersOf(application, next));
    expect(second.images.map(({ policy }) => policy)).not.toEqual(first.images.map(({ policy }) => policy));
  });

  test.each<[string, (known: Application) => Parameters<typeof rememberedPolicies>]>([
    ['another object', (known) => [{ ...known }, CONTEXT, ANNOTATIONS]],
    ['another context', (known) => [known, { ...CONTEXT, defaultMethod: 'argocd' }, ANNOTATIONS]],
    ['nobody who counts', (known) => [known, CONTEXT, []]],
    ['a resource in place of annotations', (known) => [known, CONTEXT, ownersOf(known, anUpdater(SPEC))]],
  ])('is read again for %s', (_, changed) => {
    const application = good();
    const first = rememberedPolicies(application, CONTEXT, ANNOTATIONS);
    const input = changed(application);

    const second = rememberedPolicies(...input);
    expect(second).not.toBe(first);
    expect(second).toEqual(readPolicies(...input));
  });

  test('is read again each time while it has a problem', () => {
    const application = anApplication({ 'image-list': 'web=acme/web:1.x', 'web.update-strategy': 'none' });
    const first = rememberedPolicies(application, CONTEXT, ANNOTATIONS);
    expect(first.problems).toHaveLength(1);

    const second = rememberedPolicies(application, CONTEXT, ANNOTATIONS);
    expect(second).toEqual(first);
    expect(second).not.toBe(first);
  });
});
