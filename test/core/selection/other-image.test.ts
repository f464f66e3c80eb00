import { describe, expect, test } from 'vitest';
import { otherImageAt } from '../../../src/core/selection/other-image.ts';
import type { ImageSlot, PresentImage } from '../../../src/core/policy.ts';
import { decideWithoutTags } from '../../../src/core/selection/select.ts';
import { aTracked } from '../../helpers/policies.ts';

type Running = 'ours' | 'other' | 'both' | 'none' | 'unknown';

const OURS = 'ghcr.io/acme/api';
const REDIS = 'docker.io/library/redis';
const RUNNING: Readonly<Record<Exclude<Running, 'unknown'>, readonly string[]>> = {
  ours: [OURS],
  other: [REDIS],
  both: [REDIS, OURS],
  none: [],
};

const KEY = { path: 'image.tag', explicit: true };
const NAMED: ImageSlot = { kind: 'helm-parts', name: { path: 'image.name', explicit: true }, tag: KEY };
const DEFAULT: ImageSlot = { kind: 'helm-parts', name: { path: 'image.name', explicit: false }, tag: KEY };
const SPEC: ImageSlot = { kind: 'helm-spec', spec: { path: 'image', explicit: true } };
const PLUGIN: ImageSlot = { kind: 'plugin', name: 'NAME', tag: 'TAG', spec: undefined };

function found(slot: ImageSlot, present: Partial<PresentImage>, running: Running, forceUpdate = false) {
  const isOurs = running === 'ours' || running === 'both';
  const live = running === 'unknown' ? 'unknown' : isOurs ? 'live' : 'not-live';
  const observed = running === 'unknown' ? {} : { running: RUNNING[running] };
  const tracked = aTracked({ image: OURS, slot, live, forceUpdate, ...observed });
  return otherImageAt(tracked, { name: undefined, tag: '1', digest: undefined, ...present });
}

/** Slot, what is there, what runs; whether the key belongs to the other image. */
const ROWS: readonly [string, ImageSlot, Partial<PresentImage>, Running, boolean][] = [
  ['a wrong path', NAMED, { name: REDIS }, 'other', true],
  ['a wrong path', NAMED, { name: 'redis' }, 'other', true],
  ['a wrong path', NAMED, { name: 'redis' }, 'both', true],
  ['a wrong path', SPEC, { name: 'index.docker.io/redis' }, 'other', true],
  ['a wrong variable', PLUGIN, { name: REDIS }, 'other', true],
  ['a name behind its registry', NAMED, { name: 'redis', registry: 'docker.io' }, 'other', true],
  ['the default key', DEFAULT, { name: REDIS }, 'other', true],
  ['the default key', DEFAULT, { name: REDIS }, 'unknown', true],
  ['the default key', DEFAULT, { name: REDIS }, 'none', true],
  ['the default key', DEFAULT, { name: REDIS }, 'ours', false],
  ['a tag beside the name of another', DEFAULT, { beside: REDIS }, 'other', true],
  ['a tag beside the name of another', DEFAULT, { beside: 'nginx' }, 'unknown', true],
  ['a tag beside the name of another', NAMED, { beside: 'quay.io/acme/web' }, 'ours', true],
  ['the placeholder of a new chart', NAMED, { name: 'nginx' }, 'unknown', false],
  ['the placeholder of a new chart', NAMED, { name: 'nginx' }, 'none', false],
  ['the placeholder of a new chart', SPEC, { name: 'nginx' }, 'other', false],
  ['a name behind another registry', NAMED, { name: 'redis', registry: 'quay.io' }, 'other', false],
  ['our own name', NAMED, { name: OURS }, 'other', false],
  ['our own name', DEFAULT, { name: 'acme/api' }, 'unknown', false],
  ['our own name behind a registry with a path', DEFAULT, { name: 'api' }, 'other', false],
  ['our image, which moved', NAMED, { name: 'quay.io/acme/api' }, 'other', false],
  ['a mirror', DEFAULT, { name: 'mirror.corp/ghcr/acme/api' }, 'unknown', false],
  ['our tag beside our name', DEFAULT, { beside: OURS }, 'other', false],
  ['no name', DEFAULT, {}, 'other', false],
  ['what is no image', NAMED, { name: 'NAME' }, 'other', false],
  [
    'an entry of a kustomization',
    { kind: 'kustomize', name: 'redis', renamed: true },
    { name: REDIS },
    'other',
    false,
  ],
  ['a marked value', { kind: 'markers', names: ['shop/api'] }, { name: REDIS }, 'other', false],
];

describe('the key of another image', () => {
  test.each(ROWS)('%s: %j with %j while %s runs: %s', (_, slot, present, running, expected) => {
    expect(found(slot, present, running) !== undefined).toBe(expected);
    expect(found(slot, present, running, true), 'force-update').toBeUndefined();
  });

  test('is told with its name', () => {
    expect(found(NAMED, { name: REDIS }, 'other')).toEqual({ name: REDIS, isRunning: true });
    expect(found(DEFAULT, { beside: 'nginx' }, 'unknown')).toEqual({ name: 'nginx', isRunning: false });
  });

  test('is skipped before any registry is asked, in the file and in what the Application declares', () => {
    const redis = { name: REDIS, tag: '7', digest: undefined };
    const tracked = aTracked({ image: OURS, slot: NAMED, live: 'not-live', running: [REDIS] });
    const declared = aTracked({
      image: OURS,
      slot: NAMED,
      live: 'not-live',
      running: [REDIS],
      declared: redis,
    });

    expect(decideWithoutTags(tracked, { kind: 'present', image: redis })).toMatchObject({
      code: 'other-image',
    });
    expect(
      decideWithoutTags(declared, { kind: 'absent', mayCreate: true, detail: 'no entry' }),
    ).toMatchObject({ code: 'other-image' });
    expect(decideWithoutTags(tracked, { kind: 'present', image: { ...redis, name: OURS } })).toBeUndefined();
  });
});
