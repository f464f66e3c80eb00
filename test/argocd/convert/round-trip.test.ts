import { describe, expect, test } from 'vitest';
import type { Application } from '../../../src/argocd/application.ts';
import { findReadingDifference } from '../../../src/argocd/convert/compare-readings.ts';
import type { Conversion } from '../../../src/argocd/convert/conversion.ts';
import { toAnnotations } from '../../../src/argocd/convert/to-annotations.ts';
import { toUpdaters } from '../../../src/argocd/convert/to-updaters.ts';
import { readImageUpdater, type ImageUpdaterReading } from '../../../src/argocd/parse-image-updater.ts';
import { findOwners } from '../../../src/argocd/policy-owners.ts';
import type { PolicyReading } from '../../../src/argocd/policy-reading.ts';
import { readPolicies } from '../../../src/argocd/read-policies.ts';
import { prefixed } from '../../helpers/annotations.ts';
import { anApplication, CONTEXT } from '../an-application.ts';
import { updaterManifest } from '../an-updater.ts';
import { UPDATER_ROWS, type UpdaterRow } from '../updater-rows.ts';

/** Applications and resources, as somebody has them. */
interface State {
  readonly applications: readonly Application[];
  readonly readings: readonly ImageUpdaterReading[];
}

function readingsOf({ applications, readings }: State): readonly PolicyReading[] {
  const ownersOf = findOwners({ readings, unreadable: [] }, CONTEXT);
  return applications.map((one) => readPolicies(one, CONTEXT, ownersOf(one).owners));
}

/** What is there once the conversion was carried out. */
function carriedOut({ applications, readings }: State, { created, deleted, changes }: Conversion): State {
  const gone = new Set(deleted.map(({ name }) => name));
  return {
    applications: applications.map((one) => {
      const change = changes.find(({ application }) => application.name === one.name);
      if (change === undefined) return one;
      const kept = Object.entries(one.annotations).filter(([key]) => !change.remove.includes(key));
      return { ...one, annotations: { ...Object.fromEntries(kept), ...change.set } };
    }),
    readings: [
      ...readings.filter(({ updater }) => !gone.has(updater.name)),
      ...created.map((document) => readImageUpdater(document, 'created')),
    ],
  };
}

function converted(state: State, to: 'resources' | 'annotations'): { state: State; conversion: Conversion } {
  const read = { applications: state.applications, updaters: { readings: state.readings, unreadable: [] } };
  const conversion =
    to === 'resources' ? toUpdaters(read, CONTEXT, 'namespace') : toAnnotations(read, CONTEXT);
  return { state: carriedOut(state, conversion), conversion };
}

function expectSame(before: State, after: State): void {
  const [olds, news] = [readingsOf(before), readingsOf(after)];
  olds.forEach((old, index) => {
    const now = news[index];
    expect(now && findReadingDifference(old, now)).toBeUndefined();
    expect(old.images.length).toBeGreaterThan(0);
    expect(now?.images).toHaveLength(old.images.length);
  });
}

function annotated({ annotations, application = {} }: UpdaterRow): State {
  return {
    applications: [anApplication({ 'image-list': 'web=acme/web:1.x', ...annotations }, application)],
    readings: [],
  };
}

function described({
  image = {},
  ref = {},
  spec = {},
  extensions = {},
  application = {},
}: UpdaterRow): State {
  const images = [{ alias: 'web', imageName: 'acme/web:1.x', ...image }];
  const manifest = updaterManifest(
    { ...spec, applicationRefs: [{ namePattern: 'shop', images, ...ref }] },
    { annotations: prefixed(extensions) },
  );
  return { applications: [anApplication({}, application)], readings: [readImageUpdater(manifest, 'x')] };
}

describe('there and back', () => {
  test.each(UPDATER_ROWS)('annotations: $name', (row) => {
    const before = annotated(row);
    const there = converted(before, 'resources');
    expect(there.conversion.problems).toEqual([]);
    expect(there.state.applications[0]?.annotations).toEqual(
      Object.fromEntries(
        Object.entries(before.applications[0]?.annotations ?? {}).filter(([key]) => key.endsWith('hold')),
      ),
    );
    expectSame(before, there.state);
    const back = converted(there.state, 'annotations');
    expect(back.conversion.problems).toEqual([]);
    expect(back.state.readings).toEqual([]);
    expectSame(before, back.state);
  });

  test.each(UPDATER_ROWS)('a resource: $name', (row) => {
    const before = described(row);
    const there = converted(before, 'annotations');
    expect(there.conversion.problems).toEqual([]);
    expect(there.state.readings).toEqual([]);
    expectSame(before, there.state);
    const back = converted(there.state, 'resources');
    expect(back.conversion.problems).toEqual([]);
    expectSame(before, back.state);
  });
});
