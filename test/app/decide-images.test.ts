import { describe, expect, test } from 'vitest';
import { createRegistryAnswers, decideImages } from '../../src/app/decide-images.ts';
import type { Present } from '../../src/app/read-present.ts';
import type { CycleRun, RegistryServices } from '../../src/app/services.ts';
import type { TrackedImage } from '../../src/core/policy.ts';
import { LynceusError } from '../../src/errors.ts';
import { SILENT } from '../helpers/logs.ts';
import { aListing, aTracked, LINUX_AMD64, someFacts } from '../helpers/policies.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const PRESENT: Present = {
  kind: 'read',
  presence: { kind: 'present', image: { name: undefined, tag: '1.0.0', digest: undefined } },
  path: 'values.yaml',
};

function services(listed: string[]): RegistryServices {
  return {
    logins: { find: () => Promise.resolve({ kind: 'anonymous', identity: 'nobody' }) },
    registry: {
      listTags({ repository }) {
        listed.push(repository.path);
        return Promise.resolve(aListing(['1.0.0', '1.1.0']));
      },
      describe: ({ reference }) => Promise.resolve(someFacts(reference)),
    },
    sightings: { of: () => new Map(), keep: () => undefined },
    platformDefaults: LINUX_AMD64,
    revalidate: 3_600_000,
  };
}

function run(signal = new AbortController().signal): CycleRun {
  return {
    clock: createVirtualClock(),
    log: SILENT,
    concurrency: 2,
    onProgress: () => undefined,
    signal,
  };
}

/** A presence that nothing can be read of. */
const DEFECT: Present = {
  kind: 'read',
  get presence(): never {
    throw new TypeError('x is undefined');
  },
  path: undefined,
};

describe('decideImages', () => {
  test.each<readonly [string, Present, string, boolean]>([
    ['that can be updated', PRESENT, 'update newer-version', true],
    [
      'whose target could not be read',
      { kind: 'failed', error: new LynceusError('git-unreachable', 'no answer'), path: undefined },
      'failed git-unreachable',
      false,
    ],
    [
      'that its file does not name',
      { kind: 'read', presence: { kind: 'absent', mayCreate: false, detail: 'no key' }, path: undefined },
      'failed key-missing',
      false,
    ],
    ['for which there is a defect', DEFECT, 'failed internal', false],
  ])(
    'an image %s: no other is held up, and the registry is asked for what needs it',
    async (_, present, decided, asked) => {
      const good = aTracked({ alias: 'good', image: 'ghcr.io/acme/good' });
      const other = aTracked({ alias: 'other', image: 'ghcr.io/acme/other' });
      const listed: string[] = [];
      const images = new Map<TrackedImage, Present>([
        [other, present],
        [good, PRESENT],
      ]);
      const evaluations = await decideImages(
        images,
        createRegistryAnswers([...images.keys()], services(listed), run()),
        run(),
      );
      expect(
        evaluations.map(({ tracked, decision }) => `${tracked.alias} ${decision.outcome} ${decision.code}`),
      ).toEqual([`other ${decided}`, 'good update newer-version']);
      expect(listed.toSorted()).toEqual(asked ? ['acme/good', 'acme/other'] : ['acme/good']);
    },
  );
});
