import { describe, expect, it } from 'vitest';
import { parseImageReference } from '../../src/core/image/reference.ts';
import { findHold } from '../../src/core/overrides/find-hold.ts';
import { findConflicts } from '../../src/core/plan/conflicts.ts';
import type { FileTarget, ImageSlot, PresentImage } from '../../src/core/policy.ts';
import { isAtVersion } from '../../src/core/presence.ts';
import { decideWithoutTags } from '../../src/core/selection/select.ts';
import { imageInLists } from '../../src/core/source-lists.ts';
import { editFile, readImage } from '../../src/edits/index.ts';
import { aTracked, anUpdate } from '../helpers/policies.ts';

const VALUES: FileTarget = { kind: 'helm-values', path: 'values.yaml' };
const OVERRIDE: FileTarget = {
  kind: 'override',
  path: '.argocd-source-shop.yaml',
  format: 'helm',
  inherited: { parameters: [], images: [], env: [] },
};
const OPTIONS = { createMissing: false };
const IMAGE = parseImageReference('ghcr.io/acme/api');
const NAME = 'ghcr.io/acme/api';

function key(path: string) {
  return { path, explicit: true };
}

const TAGS: ImageSlot = {
  kind: 'helm-parts',
  name: { path: 'image.name', explicit: false },
  tag: key('api.tag'),
  others: [{ kind: 'helm-parts', name: { path: 'image.name', explicit: false }, tag: key('worker.tag') }],
};
const PAIRS: ImageSlot = {
  kind: 'helm-parts',
  name: key('api.name'),
  tag: key('api.tag'),
  others: [{ kind: 'helm-parts', name: key('worker.name'), tag: key('worker.tag') }],
};
const ELEMENTS: ImageSlot = {
  kind: 'helm-spec',
  spec: key('containers[name=api].image'),
  others: [{ kind: 'helm-spec', spec: key('jobs[name=v1.2][0].image') }],
};

function change(slot: ImageSlot, tag = '1.4.2') {
  return { slot, image: IMAGE, from: undefined, to: { tag, digest: undefined } };
}

function presentIn(text: string, slot: ImageSlot, target = VALUES): PresentImage | undefined {
  const reading = readImage(target, text, slot, OPTIONS);
  return reading.kind === 'present' ? reading.image : undefined;
}

function tags(api: string, worker: string, comment = ''): string {
  return `api:\n  tag: ${api}\nworker:\n  tag: ${worker}${comment}\nredis:\n  tag: 7.0.0\n`;
}

function parameters(api: string, worker: string): string {
  const entry = (name: string, value: string) =>
    `  - name: ${name}\n    value: ${value}\n    forcestring: true\n`;
  return `helm:\n  parameters:\n${entry('api.tag', api)}${entry('worker.tag', worker)}${entry('redis.tag', '7.0.0')}`;
}

const CONTAINERS = (api: string, job: string) =>
  `containers:\n- name: web\n  image: acme/web:1.0.0\n- name: api # ours\n  image: ${NAME}:${api}\njobs:\n- name: v1.2\n  "0": x\n`.replace(
    '  "0": x\n',
    `  image: ${NAME}:${job}\n`,
  );

const NAMED: ImageSlot = {
  kind: 'helm-spec',
  spec: key('containers[name=api].image'),
  others: [{ kind: 'helm-spec', spec: key('jobs[name=v1.2].image') }],
};

/** Target, slot, its text with a version in either key. */
const ROWS: readonly [string, FileTarget, ImageSlot, (one: string, other: string) => string][] = [
  ['tags of a values file', VALUES, TAGS, tags],
  ['parameters of an override file', OVERRIDE, TAGS, parameters],
  [
    'names and tags',
    VALUES,
    PAIRS,
    (api, worker) =>
      `api: {name: acme/api, tag: ${api}}\nworker: {name: ${NAME}, tag: ${worker}}\nredis: {name: redis, tag: 7.0.0}\n`,
  ],
  ['references in elements that are named', VALUES, NAMED, CONTAINERS],
];

describe('an image with several keys', () => {
  it.each(ROWS)('%s: those that differ are written', (_, target, slot, textFor) => {
    const after = textFor('1.4.2', '1.4.2');
    for (const before of [textFor('1.4.1', '1.4.2'), textFor('1.4.2', '1.4.1'), textFor('1.4.0', '1.4.1')]) {
      const present = presentIn(before, slot, target);
      expect(present?.differing).toHaveLength(1);
      expect(present && isAtVersion(present, change(slot), 'kept')).toBe(false);
      expect(editFile(target, before, [change(slot)], OPTIONS)).toBe(after);
    }
    const now = presentIn(after, slot, target);
    expect(now && isAtVersion(now, change(slot), 'removed')).toBe(true);
    expect(editFile(target, after, [change(slot)], OPTIONS)).toBe(after);
  });

  it('none of which may be missing', () => {
    expect(readImage(VALUES, 'api:\n  tag: 1.4.1\n', TAGS, OPTIONS)).toMatchObject({
      kind: 'absent',
      mayCreate: false,
      detail: expect.stringContaining('worker.tag') as string,
    });
    expect(readImage(VALUES, 'api:\n  tag: 1.4.1\n', TAGS, { createMissing: true })).toMatchObject({
      kind: 'present',
      image: { tag: '1.4.1', fault: 'incomplete' },
    });
  });

  it('is held by a comment beside any of them', () => {
    const text = tags('1.4.1', '1.4.1', ' # lynceus: hold until May');
    expect(readImage(VALUES, text, TAGS, OPTIONS)).toMatchObject({ kind: 'present', hold: 'until May' });
  });

  it('keeps what they have when it is held', () => {
    const text = tags('1.20', '1.4.1');
    const held = { ...change(TAGS, '1.20'), comment: { kind: 'held', reason: 'audit' } } as const;
    expect(editFile(VALUES, text, [held], OPTIONS)).toBe(text.replace('1.20', '1.20 # lynceus: hold audit'));
  });

  it.each([
    ['1.0.0', '2.0.0', '1.5.0', 'downgrade'],
    ['2.0.0', '1.0.0', '1.5.0', 'downgrade'],
    ['1.0.0', '1.4.0', '1.5.0', undefined],
  ])('at %s and %s is not written to %s where one of them is higher: %s', (api, worker, candidate, code) => {
    const present = presentIn(tags(api, worker), TAGS);
    const tracked = aTracked({ slot: TAGS });
    const proposal = { tracked, written: present, present, candidate: { tag: candidate, digest: undefined } };
    expect(findHold(proposal, [])?.code).toBe(code);
  });

  it('is left alone where one of them belongs to another image', () => {
    const image = presentIn('api: {name: acme/api, tag: 1}\nworker: {name: redis, tag: 7}\n', PAIRS);
    const observed = { live: 'live', running: ['docker.io/library/redis', NAME] } as const;
    const tracked = aTracked({ image: NAME, slot: PAIRS, ...observed });
    if (image === undefined) throw new Error('expected the image');
    expect(decideWithoutTags(tracked, { kind: 'present', image })?.code).toBe('other-image');
  });

  it('conflicts at each of them with an image that wants another version', () => {
    const ours = anUpdate({ slot: TAGS }, { to: { tag: '1.1.0', digest: undefined } });
    const slot: ImageSlot = { kind: 'helm-parts', name: key('x'), tag: key('worker.tag') };
    const other = anUpdate({ slot, alias: 'b' }, { to: { tag: '2.0.0', digest: undefined } });
    const apart = anUpdate(
      { slot: { ...slot, tag: key('redis.tag') }, alias: 'b' },
      { to: { tag: '2.0.0', digest: undefined } },
    );

    expect([...findConflicts([ours, other], []).keys()]).toEqual([ours, other]);
    expect(findConflicts([ours, apart], []).size).toBe(0);
  });

  it('is read from the parameters of an Application', () => {
    const list = (...values: readonly string[]) => ({
      parameters: values.map((value, index) => ({
        name: ['api.tag', 'worker.tag'][index] ?? '',
        value,
        forceString: true,
      })),
      images: [],
      env: [],
    });
    expect(imageInLists(TAGS, list('1', '1'))).toEqual({ name: undefined, tag: '1', digest: undefined });
    expect(imageInLists(TAGS, list('1', '2'))).toMatchObject({ tag: '1', differing: [{ tag: '2' }] });
    expect(imageInLists(TAGS, list('1'))).toMatchObject({ tag: '1', fault: 'incomplete' });
    expect(imageInLists(TAGS, list())).toBeUndefined();
  });
});

describe('an element of a list that is named', () => {
  const slot: ImageSlot = { kind: 'helm-spec', spec: key('containers[name=api].image') };
  const read =
    (text: string, target: FileTarget = VALUES) =>
    () =>
      readImage(target, text, slot, OPTIONS);

  it.each([
    [
      'two of that name',
      'containers: [{name: api, image: a}, {name: api, image: b}]\n',
      'target-ambiguous',
      'containers[0]',
    ],
    ['none', 'containers: [{name: web, image: a}]\n', 'key-missing', 'no element with name "api"'],
    ['a map', 'containers: {name: api, image: a}\n', 'key-unsupported', 'expected a list'],
  ])('%s: refused', (_, text, code, message) => {
    expect(read(text)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });

  it.each([
    ['containers: [{name: "api", image: a:1}]\n', '1'],
    ['containers:\n- image: a:2\n  name: api\n- name: api-2\n  image: b:3\n', '2'],
    ['containers:\n- text\n- {name: api, image: a:4}\n', '4'],
  ])('%j is found', (text, tag) => {
    expect(read(text)()).toMatchObject({ kind: 'present', image: { tag } });
  });

  it('is no name of a Helm parameter', () => {
    expect(read('helm: {parameters: []}\n', OVERRIDE)).toThrow(/is no name of a Helm parameter/);
  });

  it('counts elements behind each other', () => {
    const text = `containers:\n- name: api\n  image: ${NAME}:1.4.1\njobs:\n- name: v1.2\n  list: x\n`;
    expect(() => readImage(VALUES, text, ELEMENTS, OPTIONS)).toThrow(/expected a list/);
  });
});
