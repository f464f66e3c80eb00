import { describe, expect, test } from 'vitest';
import { warnOfFiles } from '../../src/app/warn-of-files.ts';
import { fileKey } from '../../src/core/identity/file.ts';
import { imagesInGit, type FileTarget, type ImageSlot, type TrackedImage } from '../../src/core/policy.ts';
import type { FileState } from '../../src/ports/writer.ts';
import { policyOf, readWeb } from '../argocd/an-application.ts';

const VALUES: FileTarget = { kind: 'helm-values', path: 'v.yaml' };

function tracked(alias: string, file: FileTarget, slot: ImageSlot, remote?: string): TrackedImage {
  const annotations = remote === undefined ? {} : { 'git-repository': remote };
  const one = policyOf(readWeb({ 'write-back-target': 'helmvalues:/v.yaml', ...annotations }));
  const { target } = one.destination;
  if (target.method !== 'git') throw new Error('expected a target in Git');
  const { layers: _none, ...bare } = one;
  return { ...bare, alias, destination: { slot, target: { ...target, file } } };
}

function slotAt(path: string): ImageSlot {
  return { kind: 'helm-parts', tag: { path, explicit: true }, name: { path: 'none', explicit: false } };
}

const WEB = tracked('web', VALUES, slotAt('web.tag'));
const API = tracked('api', VALUES, slotAt('api.tag'));
const TEXT = 'web:\n  tag: 1\napi:\n  tag: 1 # lynceus: hold\n';

/** Alias and code of each warning of these images. */
function warned(
  images: readonly TrackedImage[],
  known: readonly TrackedImage[],
  state: FileState,
): readonly string[] {
  const inGit = imagesInGit(images);
  const targets = new Map(inGit.map(({ target }) => [fileKey(target.file), state]));
  const found = warnOfFiles(inGit, { targets, layers: new Map() }, known);
  return [...found].flatMap(([{ alias }, all]) => all.map(({ code }) => `${alias} ${code}`));
}

describe('a comment that holds another image of the file', () => {
  const state: FileState = { kind: 'text', path: 'v.yaml', text: TEXT };

  test.each<[string, readonly TrackedImage[], readonly TrackedImage[], readonly string[]]>([
    ['of the cycle is its own', [WEB, API], [], []],
    ['that the cycle is not for is its own', [WEB], [WEB, API], []],
    ['that nobody tracks is pointed out', [WEB], [WEB], ['web hold-without-effect']],
    [
      'of another remote is pointed out',
      [WEB],
      [tracked('api', VALUES, slotAt('api.tag'), 'https://git.example/acme/other.git')],
      ['web hold-without-effect'],
    ],
    [
      'of another file is pointed out',
      [WEB],
      [tracked('api', { kind: 'helm-values', path: 'w.yaml' }, slotAt('api.tag'))],
      ['web hold-without-effect'],
    ],
  ])('%s', (_which, images, known, codes) => {
    expect(warned(images, known, state)).toEqual(codes);
  });

  test('that is written in another way is its own', () => {
    const text =
      'images:\n- name: acme/web\n  newTag: 1\nx: 1 # {"$lynceus": "shop/api:tag"} # lynceus: hold\n';
    const path = 'apps/kustomization.yaml';
    const own = tracked(
      'web',
      { kind: 'kustomization', directory: 'apps' },
      {
        kind: 'kustomize',
        name: 'acme/web',
        renamed: false,
      },
    );
    const marked = tracked('api', { kind: 'markers', path }, { kind: 'markers', names: ['shop/api'] });
    expect(warned([own], [own, marked], { kind: 'text', path, text })).toEqual([]);
    expect(warned([own], [own], { kind: 'text', path, text })).toEqual(['web hold-without-effect']);
  });
});

test('a file that cannot be read has no warnings, and stops nothing', () => {
  const ill: FileState = {
    kind: 'text',
    path: 'v.yaml',
    get text(): string {
      throw new Error('it is ill');
    },
  };
  expect(warned([WEB], [WEB], ill)).toEqual([]);
  expect(warned([WEB], [WEB], { kind: 'missing', tried: ['v.yaml'] })).toEqual([]);
});
