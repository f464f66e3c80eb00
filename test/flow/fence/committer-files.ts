import type { Attempt } from './attempt.ts';

const TOO_MUCH =
  'limit-exceeded|edit-unsafe|key-missing|target-unsupported|target-ambiguous|key-unsupported|file-too-large';
const GOOD = 'image:\n  tag: 1.0.0\n';

/** Where `ends` is a new version, the file is odd and harmless. */
function bomb(what: string, text: string, ends = TOO_MUCH): Attempt {
  return {
    what: `a values file with ${what}`,
    by: {
      annotations: { 'write-back-target': 'helmvalues:bomb.yaml' },
      source: { helm: { valueFiles: ['bomb.yaml'] } },
      files: { '<own>/bomb.yaml': text },
    },
    ends,
    ...(ends === 'newer-version' ? { writes: ['<own>/bomb.yaml'] } : {}),
  };
}

function kustomization(what: string, text: string): Attempt {
  return {
    what: `a kustomization with ${what}`,
    by: {
      annotations: { 'write-back-target': 'kustomization' },
      files: { '<own>/kustomization.yaml': text },
    },
    ends: TOO_MUCH,
  };
}

function times(count: number, text: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => text(index)).join('');
}

function laughs(levels: number): string {
  const first = 'l0: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n';
  return (
    first +
    times(levels, (index) => `l${index + 1}: &l${index + 1} [${Array(10).fill(`*l${index}`).join()}]\n`)
  );
}

/** Files that somebody commits so that whoever reads them has no memory or no time left. */
export const FILES: readonly Attempt[] = [
  bomb('1 MB of open brackets', `${GOOD}x: ${'['.repeat(1_000_000)}`),
  bomb('100,000 brackets that are closed again', `${GOOD}x: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`),
  bomb('150 brackets', `${GOOD}x: ${'['.repeat(150)}${']'.repeat(150)}\n`),
  bomb('100,000 braces', `${GOOD}x: ${'{a: '.repeat(100_000)}1${'}'.repeat(100_000)}\n`),
  bomb('2 MB of small lists', `${GOOD}x: [${'[],'.repeat(690_000)}]\n`),
  bomb('600,000 empty entries', `${GOOD}${times(600_000, () => '-\n')}`),
  bomb('400,000 aliases', `${GOOD}a: &a 1\nx: [${'*a,'.repeat(400_000)}]\n`),
  bomb('lists of lists of lists', `${GOOD}${laughs(12)}`, `${TOO_MUCH}|newer-version`),
  bomb(
    'maps of maps of maps',
    `${GOOD}m0: &m0 {a: 1}\n${times(200, (index) => `m${index + 1}: &m${index + 1} {<<: *m${index}, a: *m${index}, b: *m${index}}\n`)}`,
    `${TOO_MUCH}|newer-version`,
  ),
  bomb(
    '100,000 anchors',
    `${GOOD}${times(100_000, (index) => `k${index}: &a${index} 1\n`)}`,
    `${TOO_MUCH}|newer-version`,
  ),
  bomb('20,000 documents', `${GOOD}${'---\na: 1\n'.repeat(20_000)}`),
  bomb('3 MB', `${GOOD}${'# nothing\n'.repeat(300_000)}`),
  bomb('a key of 3 MB', `${GOOD}${'k'.repeat(3_000_000)}: 1\n`),
  bomb('a text of 30 MB', `${GOOD}x: "${'x'.repeat(30_000_000)}"\n`),
  bomb(
    '10 MB of nested lists',
    `${GOOD}x: ${'[[[[[[[[[[],[]],[]],[]],[]],[]],[]],[]],[]],[]],'.repeat(1)}${'[[[[[]]]]],'.repeat(900_000)}]`,
  ),
  bomb('1,500 levels of indentation', `${GOOD}${times(1_500, (index) => `${' '.repeat(index)}k:\n`)}`),
  bomb('300 lists in one line', `${GOOD}x:\n${'- '.repeat(300)}1\n`),
  bomb('complex keys', `${GOOD}${'? '.repeat(2_000)}a\n`),
  bomb(
    'tags of its own',
    `${GOOD}x: ${'!!map '.repeat(3)}{}\n${times(5_000, (index) => `t${index}: !<tag:evil,${index}> 1\n`)}`,
    `${TOO_MUCH}|newer-version`,
  ),
  bomb(
    'numbers of 100,000 digits',
    `${GOOD}x: ${'9'.repeat(100_000)}\ny: 1e${'9'.repeat(1_000)}\n`,
    'newer-version',
  ),
  bomb('100,000 keys that are equal', `${GOOD}${'a: 1\n'.repeat(100_000)}`, `${TOO_MUCH}|newer-version`),
  bomb('a million tabs', `${GOOD}x:\n${'\t'.repeat(1_000_000)}y\n`, `${TOO_MUCH}|newer-version`),
  bomb('quotes that are never closed', `${GOOD}${'x: "\n'.repeat(50_000)}`, TOO_MUCH),
  kustomization(
    '100,000 brackets',
    `images:\n- name: registry.test/acme/api\n  newTag: 1.0.0\nx: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`,
  ),
  kustomization('300,000 images', `images:\n${'- {name: a}\n'.repeat(160_000)}`),
  {
    what: 'an override file with 100,000 brackets',
    by: {
      annotations: { 'write-back-target': null },
      files: {
        '<own>/.argocd-source-team-hostile_<own>.yaml': `helm:\n  parameters: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`,
      },
    },
    ends: TOO_MUCH,
  },
  {
    what: 'a file with 100,000 markers',
    by: {
      annotations: { 'write-back-target': 'markers:marked.yaml' },
      source: { helm: { valueFiles: ['marked.yaml'] } },
      files: {
        '<own>/marked.yaml': times(60_000, (index) => `k${index}: 1.0.0 # {"$lynceus": "<own>/a:tag"}\n`),
      },
    },
    ends: `${TOO_MUCH}|key-missing|newer-version`,
  },
];
