import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANNOTATIONS } from '../../src/argocd/annotations.ts';
import type { Application } from '../../src/argocd/application.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { LynceusError } from '../../src/errors.ts';
import { anApplication, aSource, HELM, KUSTOMIZE, PLUGIN } from '../argocd/an-application.ts';
import { PREFIX } from '../helpers/annotations.ts';
import { cycleWith, POINTS, VALUES, type Point, type World } from './hostile-world.ts';

const SHA = 'a'.repeat(40);

/** What a stage may throw for the hostile one: errors of ours, defects, and what is no error at all. */
const THROWN: readonly unknown[] = [
  new LynceusError('registry-failed', 'it is ill'),
  new TypeError('x is not a function'),
  'a text',
  undefined,
  null,
  { toString: () => 'an object' },
  Object.freeze([]),
  Object.create(null),
];

const IMAGE = { 'image-list': 'web=ghcr.io/bad/web:1.x' };
const OWN = aSource({ ...HELM, repoURL: 'https://git.example/bad/deploy.git', path: 'bad' });
const IN_FILE = { ...IMAGE, 'write-back-target': 'helmvalues:bad.yaml' };

function hostile(annotations: Readonly<Record<string, string>>, source = OWN): Application {
  return anApplication(
    { 'write-back-method': 'git', ...annotations },
    { name: 'hostile', sources: [source] },
  );
}

/** Hostile Applications that say nothing wrong, so that each stage of a cycle has one of them. */
const WRITTEN = hostile(IN_FILE);
const BESIDE_THE_GOOD = hostile(IN_FILE, aSource(HELM));
const BY_PUSH = hostile({
  ...IN_FILE,
  'update-strategy': 'newest-pushed',
  'image-list': 'web=ghcr.io/bad/web',
});
const PUSHED = hostile({ ...IN_FILE, 'git-branch': 'main:updates' });
const NAMED_BY_TEMPLATE = hostile({ ...IN_FILE, 'git-branch': 'main:upd-{{.SHA256}}' });
const PROPOSED = hostile({ ...IN_FILE, 'pull-request': 'true' });
const LIVE = hostile({ ...IMAGE, 'write-back-method': 'argocd' });
const CORRECT: readonly Application[] = [WRITTEN, BESIDE_THE_GOOD, PUSHED, NAMED_BY_TEMPLATE, PROPOSED, LIVE];

/** A person took back what was written. */
const TAKEN_BACK = {
  sha: SHA,
  author: 'Ada',
  email: 'ada@example.org',
  at: 0,
  message:
    'x\n\nLynceus-Update: app=hostile namespace=argocd alias=web image=ghcr.io/bad/web file=bad/bad.yaml key=image.tag from=1.0.0 to=1.1.0',
  committedBy: 'us',
  paths: ['bad/bad.yaml'],
} as const;
const HISTORY: Partial<World> = {
  commits: [{ ...TAKEN_BACK, message: 'by hand', committedBy: 'others' }, TAKEN_BACK],
};
const CONTENT: Partial<World> = { text: VALUES.replace('acme', 'bad').replace('1.0.0', '1.1.0') };

interface Fault {
  readonly at: Point;
  readonly of: Application;
  /** How the hostile one ends. */
  readonly ends?: string;
  readonly code?: string;
  /** What is thrown; everything when it is not said. */
  readonly thrown?: readonly unknown[];
  readonly world?: Partial<World>;
}

/** Each point once at least: what contains a fault there is proven by the row that fails without it. */
const FAULTS: readonly Fault[] = [
  { at: 'application', of: WRITTEN, ends: 'refused' },
  { at: 'source', of: WRITTEN, ends: 'updated' },
  { at: 'login', of: WRITTEN },
  { at: 'listTags', of: WRITTEN },
  { at: 'listing', of: WRITTEN },
  { at: 'describe', of: WRITTEN, code: 'metadata-incomplete' },
  { at: 'facts', of: WRITTEN },
  { at: 'labels', of: WRITTEN, ends: 'updated' },
  { at: 'sightings', of: BY_PUSH },
  { at: 'heads', of: WRITTEN },
  { at: 'read', of: WRITTEN },
  { at: 'text', of: BESIDE_THE_GOOD },
  { at: 'readProposal', of: PUSHED },
  {
    at: 'readProposal',
    of: PUSHED,
    ends: 'updated',
    thrown: [new LynceusError('branch-foreign', 'it is not ours alone')],
  },
  { at: 'history', of: WRITTEN },
  { at: 'paths', of: WRITTEN, world: HISTORY },
  { at: 'author', of: WRITTEN, ends: 'held', world: HISTORY },
  { at: 'commitMessage', of: BESIDE_THE_GOOD },
  { at: 'branchName', of: NAMED_BY_TEMPLATE },
  { at: 'requestMessage', of: PROPOSED },
  { at: 'apply', of: WRITTEN },
  { at: 'ending', of: WRITTEN },
  { at: 'ending', of: PROPOSED },
  { at: 'patch', of: LIVE },
  { at: 'find', of: PROPOSED },
  { at: 'listOpen', of: PROPOSED },
  { at: 'listEnded', of: PROPOSED },
  { at: 'branchName', of: PROPOSED },
  { at: 'create', of: PROPOSED },
  { at: 'autoMerge', of: PROPOSED, ends: 'updated' },
  { at: 'deleteBranch', of: PROPOSED, ends: 'current', world: CONTENT },
  { at: 'refresh', of: WRITTEN, ends: 'updated' },
  { at: 'reporter', of: WRITTEN, ends: 'updated' },
];

function endingsOf({ images }: CycleReport, name: string): readonly string[] {
  return images.filter(({ application }) => application.name === name).map(({ outcome }) => outcome);
}

describe('what is thrown for one Application', () => {
  test.each(FAULTS)(
    'at $at ends there: the other one is written',
    async ({ at, of, ends = 'failed', code, thrown = THROWN, world }) => {
      for (const one of thrown) {
        const report = await cycleWith(of, { faults: new Map([[at, one]]), ...world });
        expect(endingsOf(report, 'good')).toEqual(['updated']);
        expect(endingsOf(report, 'hostile')).toEqual(ends === 'refused' ? [] : [ends]);
        if (code !== undefined) expect(report.images.map((image) => image.code)).toContain(code);
        expect(report.problems).toHaveLength(ends === 'refused' ? 1 : 0);
        expect(report.failures).toHaveLength(at === 'source' ? 1 : 0);
      }
    },
  );

  test('is thrown at every point there is', () => {
    expect([...new Set(FAULTS.map(({ at }) => at))].toSorted()).toEqual([...POINTS].toSorted());
  });

  test.each(['main', 'gone'])(
    'is a branch that is not there, on the remote of the other: %s',
    async (branch) => {
      const beside = hostile(IN_FILE, aSource({ ...HELM, targetRevision: branch }));
      const report = await cycleWith(beside, { faults: new Map() });
      expect(endingsOf(report, 'good')).toEqual(['updated']);
      expect(endingsOf(report, 'hostile')).toEqual([branch === 'main' ? 'updated' : 'failed']);
    },
  );

  test.each(CORRECT)('is nothing when nothing is: row %#', async (application) => {
    const report = await cycleWith(application, { faults: new Map() });
    expect([...endingsOf(report, 'good'), ...endingsOf(report, 'hostile')]).toEqual(['updated', 'updated']);
  });
});

/** Texts that broke a parser somewhere. */
const NASTY = [
  '', ' ', '\0', '\n', '-', '--upload-pack=id', 'ext::sh -c id', 'git://x/y', 'deploy', 'file:///a%zz', 'http://[::1', 'https://u:p@h/x',
  '{{', '{{.', '{{ .Images }}', '{{range .Images}}{{end}}', '{{template "x"}}', '{{index .Images 99}}', 'a:b:c', ':', ':x', 'x:', 'HEAD', '@', 'refs/heads/', 'x.lock',
  '../../etc/passwd', '/', '.git/config', 'helmvalues', 'helmvalues:', 'helmvalues:$x/y', 'kustomization', 'kustomization:../..', 'markers:x', 'argocd', 'git', 'git:secret:', 'git:secret:a/b', 'git:repocreds',
  'semver', 'newest-build', 'newest-pushed', 'alphabetical', 'digest', 'latest', 'name', 'regexp:(', 'regexp:(a+)+$', 'any', 'true', 'false', '1h', '99999999999h', '*', '>=1 <', '~0', '^', 'linux/amd64', '//', 'env:', 'env:X', 'ext:/bin/id', 'secret:a/b#c',
  '__proto__', 'constructor', 'toString', '\u202e', '\ud800', '�', 'ü'.repeat(300), 'a'.repeat(70_000), '9'.repeat(400), '[', '${x}', '%s%s%s', 'sha256:x', 'image.tag', 'image.tag[0]', 'a.b.c.d.e.f', 'never-hold', 'until-released', 'github', 'gitlab',
]; // prettier-ignore

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NASTY) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);
const image = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'web=ghcr.io/bad/web:1.x',
      'ghcr.io/bad/web',
      'a=bad/a,b=bad/b:~1',
      'a=bad/a,a=bad/b',
      'web=bad/web:latest',
      'web=ghcr.io/acme/web:2.x',
    ),
  },
  { weight: 1, arbitrary: text },
);
const key = fc
  .tuple(fc.constantFrom(...ANNOTATIONS.map(({ key: name }) => name)), fc.constantFrom('', 'web.', 'a.', '.'))
  .map(([name, alias]) => `${PREFIX}${alias}${name}`);
const ownAnnotations = fc
  .tuple(
    image,
    fc.dictionary(fc.oneof({ weight: 9, arbitrary: key }, { weight: 1, arbitrary: text }), text, {
      maxKeys: 3,
    }),
  )
  .map(([images, others]) => ({ ...others, [`${PREFIX}image-list`]: images }));
const plain = (value: string) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: text });
const source = fc
  .record({
    repoURL: plain('https://git.example/bad/deploy.git'),
    path: plain('bad'),
    chart: fc.oneof({ weight: 9, arbitrary: fc.constant('') }, { weight: 1, arbitrary: text }),
    targetRevision: plain('main'),
    ref: plain(''),
    type: fc.constantFrom(HELM, KUSTOMIZE, PLUGIN, {}),
  })
  .map(({ type, ...fields }) => aSource({ ...fields, ...type }));
const sources = fc.array(source, { maxLength: 3 });
/** Half of the annotations are those of a correct one, of which a few say something else. */
const application = fc
  .record({
    base: fc.constantFrom(...CORRECT, BY_PUSH),
    annotations: fc.option(ownAnnotations, { freq: 1, nil: undefined }),
    others: fc.option(fc.dictionary(key, text, { maxKeys: 2 }), { freq: 1, nil: {} }),
    sources: fc.option(sources, { freq: 1, nil: undefined }),
    namespace: plain('argocd'),
    liveImages: fc.option(fc.array(text, { maxLength: 2 }), { nil: undefined }),
  })
  .map(({ base, annotations = base.annotations, others, ...changes }): Application => {
    const own = changes.sources ?? base.sources;
    const all = { ...annotations, ...others };
    return { ...base, ...changes, annotations: all, sources: own, multiSource: own.length > 1 };
  });

const commit = fc.record({
  sha: fc.constant(SHA),
  author: text,
  email: text,
  at: fc.integer(),
  message: fc.oneof(
    text,
    fc.constant(
      'x\n\nLynceus-Update: app=hostile namespace= alias=web image=x file=bad/values.yaml key=image.tag from=1 to="',
    ),
  ),
  committedBy: fc.constantFrom('us', 'peer', 'others'),
  paths: fc.constantFrom(undefined, ['bad/values.yaml']),
});
const faults: fc.Arbitrary<World['faults']> = fc
  .array(
    fc.tuple(fc.constantFrom(...POINTS.filter((point) => point !== 'source')), fc.constantFrom(...THROWN)),
    { maxLength: 2 },
  )
  .map((entries) => new Map(entries));
const world: fc.Arbitrary<World> = fc.record({
  faults,
  commitPer: fc.constantFrom('application', 'remote'),
  platforms: fc.constantFrom(['linux/amd64'], ['linux/amd64'], ['windows/arm64'], [], ['/']),
  tags: fc.oneof(
    { weight: 2, arbitrary: fc.constant(['1.0.0', '1.1.0', '2.0.0', 'latest']) },
    { weight: 1, arbitrary: fc.array(text, { maxLength: 4 }) },
  ),
  text: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.constantFrom(VALUES, VALUES.replace('acme', 'bad'), 'images: []\n', 'x: &a [*a]\n'),
    },
    { weight: 1, arbitrary: text },
  ),
  commits: fc.array(commit, { maxLength: 2 }),
});

const HOSTILE = ['hostile-a', 'hostile-b', 'hostile-c', 'hostile-d', 'hostile-e'];

/** Each cycle has several, so that what one of them does to another is seen as well. */
const hostileOnes = fc
  .tuple(...HOSTILE.map(() => application))
  .map((ones) => ones.map((one, index): Application => ({ ...one, name: HOSTILE[index] ?? '' })));

describe('whatever hostile Applications say, and whatever is thrown for them', () => {
  test('the good one beside 2,000 of them is written, and each of them is named', async () => {
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(hostileOnes, world, async (ones, wrong) => {
        const report = await cycleWith(ones, wrong);
        expect(endingsOf(report, 'good')).toEqual(['updated']);
        const named = new Set([...report.images, ...report.problems].map((one) => one.application.name));
        expect(HOSTILE.filter((name) => !named.has(name))).toEqual([]);
        expect(report.failures).toEqual([]);
        for (const outcome of HOSTILE.flatMap((name) => endingsOf(report, name)))
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }),
      { numRuns: 400 },
    );
    // The worlds reach every stage: of the hostile ones some are written, some have nothing to do, and some fail.
    for (const outcome of ['failed', 'skipped', 'updated'])
      expect(outcomes.get(outcome), outcome).toBeGreaterThan(5);
  });
});
