import { describe, expect, test } from 'vitest';
import { findOwners } from '../../src/argocd/policy-owners.ts';
import type { Application } from '../../src/argocd/application.ts';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import type { TrackedImage } from '../../src/core/policy.ts';
import { prefixed } from '../helpers/annotations.ts';
import { anApplication, CONTEXT, HELM } from './an-application.ts';
import { anUpdater } from './an-updater.ts';
import { UPDATER_ROWS, type UpdaterRow } from './updater-rows.ts';

/** The images of an Application by a resource, without the resource. */
function byResource({
  image = {},
  ref = {},
  spec = {},
  extensions = {},
  application = {},
}: UpdaterRow): readonly unknown[] {
  const updater = anUpdater(
    {
      ...spec,
      applicationRefs: [
        { namePattern: 'shop', images: [{ alias: 'web', imageName: 'acme/web:1.x', ...image }], ...ref },
      ],
    },
    { annotations: prefixed(extensions) },
  );
  const target = anApplication({}, application);
  const owners = findOwners({ readings: [{ kind: 'updater', updater }], unreadable: [] }, CONTEXT)(target);
  const reading = readPolicies(target, CONTEXT, owners.owners);
  expect(reading.problems).toEqual([]);
  expect(reading.images.map(({ updater: id }) => id)).toEqual([{ namespace: 'argocd', name: 'images' }]);
  return reading.images.map(withoutUpdater);
}

function withoutUpdater(tracked: TrackedImage): unknown {
  return Object.fromEntries(Object.entries(tracked).filter(([member]) => member !== 'updater'));
}

function byAnnotations({ annotations, application = {} }: UpdaterRow): readonly unknown[] {
  const reading = readPolicies(
    anApplication({ 'image-list': 'web=acme/web:1.x', ...annotations }, application),
    CONTEXT,
  );
  expect(reading.problems).toEqual([]);
  return reading.images;
}

describe('a resource and annotations', () => {
  test.each(UPDATER_ROWS)('mean the same: $name', (row) => {
    expect(byResource(row)).toEqual(byAnnotations(row));
  });

  test('there are at least 120 rows', () => {
    expect(UPDATER_ROWS.length).toBeGreaterThanOrEqual(120);
  });

  test('the annotations of the Application do not count, but for a hold and a pause', () => {
    const updater = anUpdater({
      applicationRefs: [{ namePattern: '*', images: [{ alias: 'web', imageName: 'acme/web:1.x' }] }],
    });
    const held = anApplication({
      'image-list': 'web=acme/other',
      'web.allow-tags': 'regexp:^never',
      'allow-tagz': 'x',
      'web.hold': 'not before Monday',
    });
    const { owners, leftOut } = findOwners(
      { readings: [{ kind: 'updater', updater }], unreadable: [] },
      CONTEXT,
    )(held);
    const { images, problems } = readPolicies(held, CONTEXT, owners);
    expect({ problems, leftOut }).toEqual({ problems: [], leftOut: true });
    expect(images).toMatchObject([
      { image: { name: 'acme/web' }, policy: { hold: 'not before Monday', filter: { allow: undefined } } },
    ]);
    const paused = anApplication({ 'web.pause': 'Ada looks at it' });
    const other = anApplication({ pause: 'true', 'web.pause': 'false' });
    const by = { paused: { by: 'annotation' } };
    expect(readPolicies(paused, CONTEXT, owners).images).toMatchObject([{ policy: by }]);
    expect(readPolicies(other, CONTEXT, owners).images).toMatchObject([{ policy: by }]);
    const released = anApplication({ 'web.hold': 'false' });
    expect(readPolicies(released, CONTEXT, owners).images).toMatchObject([{ policy: { hold: undefined } }]);
  });

  test('with useAnnotations only the annotations count, and what the resource demands of signatures', () => {
    const updater = anUpdater({
      commonUpdateSettings: { updateStrategy: 'newest-build', allowTags: 'regexp:^x' },
      writeBackConfig: { method: 'argocd' },
      imagesVerification: { cosignKey: { secretName: 'cosign', key: 'cosign.pub' } },
      applicationRefs: [
        { namePattern: '*', useAnnotations: true, images: [{ alias: 'no', imageName: 'acme/no' }] },
      ],
    });
    const target = anApplication({ 'image-list': 'web=acme/web:1.x' }, HELM as Partial<Application>);
    const { owners } = findOwners(
      { readings: [{ kind: 'updater', updater }], unreadable: [] },
      CONTEXT,
    )(target);
    const { images } = readPolicies(target, CONTEXT, owners);
    expect(images).toMatchObject([
      {
        alias: 'web',
        updater: { name: 'images' },
        policy: {
          strategy: { kind: 'semver' },
          verification: { secret: { namespace: 'argocd', name: 'cosign', field: 'cosign.pub' } },
        },
        destination: { target: { method: 'git' } },
      },
    ]);
    expect(images).toHaveLength(1);
  });
});
