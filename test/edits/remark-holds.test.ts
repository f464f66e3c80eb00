import { describe, expect, test } from 'vitest';
import { describeWarning } from '../../src/core/reasons/describe-warning.ts';
import type { FileTarget, ImageSlot } from '../../src/core/policy.ts';
import { remarkHolds, type HoldReader } from '../../src/edits/index.ts';

const VALUES: FileTarget = { kind: 'helm-values', path: 'values.yaml' };
const KUSTOMIZATION: FileTarget = { kind: 'kustomization', directory: '' };
const MARKERS: FileTarget = { kind: 'markers', path: 'pod.yaml' };

function values(tag: string, asked = true): HoldReader {
  const name = { path: 'none.such', explicit: false };
  return { target: VALUES, slot: { kind: 'helm-parts', tag: { path: tag, explicit: true }, name }, asked };
}

function kustomize(name: string): HoldReader {
  const slot: ImageSlot = { kind: 'kustomize', name, renamed: false };
  return { target: KUSTOMIZATION, slot, asked: true };
}

const MARKED: HoldReader = { target: MARKERS, slot: { kind: 'markers', names: ['shop/api'] }, asked: true };
const API = values('api.tag');
const WEB = values('web.tag');
const TWO = 'api:\n  tag: 1.0.0\nweb:\n  tag: 2.0.0\n';

/** Code, line and nearest key of each remark. */
function remarksOn(text: string, ...readers: readonly HoldReader[]): readonly string[] {
  return remarkHolds('values.yaml', text, readers).map(
    ({ code, facts: { line, nearest } }) => `${code} ${line} ${nearest}`,
  );
}

describe('a comment that asks for a hold', () => {
  test.each<[string, string, readonly HoldReader[], readonly string[]]>([
    ['beside its value', 'api:\n  tag: 1 # lynceus: hold\nweb:\n  tag: 2\n', [API, WEB], []],
    ['beside the map of both', 'all: # lynceus: hold\n  a: {tag: 1}\n', [values('all.a.tag')], []],
    ['of nobody', TWO, [API, WEB], []],
    [
      'beside another key of the map',
      'api:\n  name: x # lynceus: hold\n  tag: 1\nweb:\n  tag: 2\n',
      [API, WEB],
      ['hold-without-effect 2 api.tag'],
    ],
    ['below the last value', `${TWO}# lynceus: hold\n`, [API, WEB], ['hold-without-effect 5 web.tag']],
    [
      'at the head of the file, parted from it',
      `# lynceus: hold\n\n${TWO}`,
      [API, WEB],
      ['hold-without-effect 1 api.tag'],
    ],
    [
      'beside a value of an image that the cycle is not for',
      'api:\n  tag: 1\nweb:\n  tag: 2 # lynceus: hold\n',
      [API, values('web.tag', false)],
      [],
    ],
    ['misspelt, and holding', 'api:\n  tag: 1 # lynceus: hodl\n', [API], ['hold-misspelt 2 api.tag']],
    ['misspelt beside the map', 'api: #lynceus hold\n  tag: 1\n', [API], ['hold-misspelt 1 api.tag']],
    [
      'misspelt where it holds nothing',
      'api:\n  name: x # lyncues: hold\n  tag: 1\n',
      [API],
      ['hold-without-effect 2 api.tag'],
    ],
    ['as another word', 'api:\n  tag: 1 # lynceus: holding\n', [API], ['hold-without-effect 2 api.tag']],
    ['well spelled in another way', 'api:\n  tag: 1 #Lynceus:HOLD until May\n', [API], []],
    ['in text', 'note: |\n  # lynceus: hold\napi:\n  tag: 1\n', [API], []],
    [
      'twice',
      'a: 1 # lynceus: hold\napi:\n  tag: 1\nb: 1 # lynceus: hold\nweb:\n  tag: 1\n',
      [API, WEB],
      ['hold-without-effect 1 api.tag', 'hold-without-effect 4 api.tag'],
    ],
    [
      'in a kustomization, beside what is no image',
      'resources: # lynceus: hold\n- a\nimages:\n- name: acme/api\n  newTag: 1\n',
      [kustomize('acme/api')],
      ['hold-without-effect 1 images[0].newTag'],
    ],
    [
      'in a kustomization, above an image that nobody tracks',
      'images:\n- name: acme/api\n  newTag: 1\n- name: b # lynceus: hold\n  newTag: 2\n',
      [kustomize('acme/api')],
      ['hold-without-effect 4 images[0].newTag'],
    ],
    [
      'in the second document of a file with markers',
      'a: 1\n---\nb: 2 # lynceus: hold\nc: acme/api:1 # {"$lynceus": "shop/api"}\n',
      [MARKED],
      ['hold-without-effect 3 c'],
    ],
    [
      'in the second document, beside a marked value',
      'a: 1\n---\nc: acme/api:1 # {"$lynceus": "shop/api"} # lynceus: hold\n',
      [MARKED],
      [],
    ],
    ['in a file that cannot be read', 'a: [\n# lynceus: hold\n', [API], []],
    [
      'where the version is missing',
      'api: # lynceus: hold\n  name: x\n',
      [API],
      ['hold-without-effect 1 api.tag'],
    ],
  ])('%s', (_where, text, readers, remarks) => {
    expect(remarksOn(text, ...readers)).toEqual(remarks);
  });
});

test.each([
  [
    'api:\n  tag: 1.0\n\n# lynceus: hold\n',
    'values.yaml, line 4: the comment "# lynceus: hold" holds nothing: write "# lynceus: hold" beside api.tag, or right above it',
  ],
  [
    'api:\n  tag: 1.0 # keep # lynceus: hodl\n',
    'values.yaml, line 2: the comment "# lynceus: hodl" is taken for a hold: write "# lynceus: hold"',
  ],
])('is told what is wrong with it: %j', (text, sentence) => {
  expect(remarkHolds('values.yaml', text, [API]).map(describeWarning)).toEqual([sentence]);
});

test('a file full of such comments is read at once, and not all of them are remarked on', () => {
  const text = `${'# lynceus: hold\n'.repeat(100_000)}\n${TWO}`;
  expect(remarksOn(text, API, WEB)).toHaveLength(20);
});
