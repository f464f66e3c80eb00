import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runCycle, type CycleOptions } from '../../src/app/cycle.ts';
import { createDueImages } from '../../src/app/due-images.ts';
import { EVERYTHING } from '../../src/app/ownership.ts';
import type { CycleServices } from '../../src/app/services.ts';
import { ANNOTATIONS } from '../../src/argocd/annotations.ts';
import type { Application } from '../../src/argocd/application.ts';
import { renderBranchName } from '../../src/core/git/branch-template.ts';
import { renderCommitMessage } from '../../src/core/plan/commit-message.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { LynceusError } from '../../src/errors.ts';
import type { PullRequestHost } from '../../src/ports/pull-request-host.ts';
import type { HistoryCommit, WriterSession } from '../../src/ports/writer.ts';
import { createLog } from '../../src/reporters/log.ts';
import { createCycleLog } from '../../src/reporters/cycle-log.ts';
import { createMetrics } from '../../src/reporters/metrics.ts';
import {
  anApplication,
  aSource,
  CONTEXT,
  HELM,
  KUSTOMIZE,
  PLUGIN,
  PREFIX,
} from '../argocd/an-application.ts';
import { LINUX_AMD64, someFacts } from '../helpers/policies.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const SHA = 'a'.repeat(40);
const VALUES = 'image:\n  repository: ghcr.io/acme/web\n  tag: 1.0.0\n';
const GOOD = anApplication(
  {
    'image-list': 'web=ghcr.io/acme/web:1.x',
    'write-back-method': 'git',
    'write-back-target': 'helmvalues:good.yaml',
  },
  { name: 'good' },
);

/** What a stage may throw for the hostile one: errors of ours, defects, and what is no error at all. */
const THROWN: readonly unknown[] = [
  new LynceusError('registry-failed', 'it is ill'),
  new TypeError('x is not a function'),
  'a text',
  undefined,
  null,
  { toString: () => 'an object' },
  Object.freeze([]),
];

interface Faults {
  /** Each asks whether the hostile Application's part of a stage throws, and what. */
  readonly list: unknown;
  readonly describe: unknown;
  readonly login: unknown;
  readonly heads: unknown;
  readonly read: unknown;
  readonly history: unknown;
  readonly apply: unknown;
  readonly host: unknown;
  readonly tags: readonly string[];
  readonly platforms: readonly string[];
  readonly text: string;
  readonly commits: readonly HistoryCommit[];
}

const NOTHING = Symbol('nothing is thrown');

function throwing(fault: unknown): void {
  // oxlint-disable-next-line typescript/only-throw-error -- the test is about whatever is thrown
  if (fault !== NOTHING) throw fault;
}

function isGood(place: {
  readonly remote: { readonly key: string };
  readonly push?: string | undefined;
}): boolean {
  return place.remote.key === 'git.example/acme/deploy' && place.push === undefined;
}

function sessionWith(faults: Faults): WriterSession {
  return {
    heads(place) {
      if (!isGood(place)) throwing(faults.heads);
      return Promise.resolve({
        default: 'main',
        commits: new Map([
          ['main', SHA],
          ['next', SHA],
        ]),
      });
    },
    read(place, requests) {
      if (!isGood(place)) throwing(faults.read);
      return Promise.resolve(
        requests.map(({ candidates }) => {
          const [path = ''] = candidates;
          return { kind: 'text', path, text: path.includes('good') ? VALUES : faults.text } as const;
        }),
      );
    },
    readProposal: () => Promise.resolve(undefined),
    history(place) {
      if (!isGood(place)) throwing(faults.history);
      return Promise.resolve(isGood(place) ? [] : faults.commits);
    },
    deleteBranch: () => Promise.resolve(false),
    apply(set) {
      if (!isGood(set.place) || set.pushBranch !== undefined) throwing(faults.apply);
      const branch = set.pushBranch ?? set.place.base;
      return Promise.resolve(
        set.commits.map((commit) => ({
          commit,
          ending: { kind: 'pushed', sha: SHA, branch } as const,
          refused: [],
          diff: '+',
        })),
      );
    },
    close: () => Promise.resolve(),
  };
}

function hostWith({ host }: Faults): PullRequestHost {
  return {
    label: 'a host',
    abilities: new Set(),
    limits: { title: 80, body: 1_000 },
    listOpen: () => Promise.resolve([]),
    async listEnded() {
      throwing(host);
      return await Promise.resolve([]);
    },
    async create({ head, base, title, body }) {
      throwing(host);
      const request = {
        number: 1,
        url: 'https://a.host/1',
        head,
        base,
        title,
        body,
        state: 'open',
        autoMerge: false,
      } as const;
      return await Promise.resolve({ request: { ...request, endedBy: undefined }, shortcomings: [] });
    },
    update: () => Promise.resolve(),
    close: () => Promise.resolve(),
    enableAutoMerge: () => Promise.resolve({ kind: 'as-before' }),
  };
}

/** One cycle over both Applications, in whose ports only the hostile one's part misbehaves. */
async function cycleWith(hostile: Application, faults: Faults): Promise<CycleReport> {
  const clock = createVirtualClock();
  const log = createLog({ level: 'error', format: 'json', destination: () => undefined });
  const isGoodImage = ({ path }: { readonly path: string }) => path === 'acme/web';
  const services: CycleServices = {
    applications: {
      sources: [{ list: () => Promise.resolve({ applications: [hostile, GOOD], problems: [] }) }],
      selects: () => true,
      policyContext: CONTEXT,
    },
    registries: {
      logins: {
        find(repository) {
          if (!isGoodImage(repository)) throwing(faults.login);
          return Promise.resolve({ kind: 'anonymous', identity: 'nobody' });
        },
      },
      registry: {
        listTags({ repository }) {
          if (isGoodImage(repository)) {
            return Promise.resolve({ tags: ['1.0.0', '1.1.0'], order: 'unordered', facts: new Map() });
          }
          throwing(faults.list);
          return Promise.resolve({ tags: faults.tags, order: 'unordered', facts: new Map() });
        },
        describe({ repository }) {
          if (isGoodImage(repository)) return Promise.resolve(someFacts('good'));
          throwing(faults.describe);
          return Promise.resolve(someFacts('hostile', faults.platforms));
        },
      },
      sightings: { of: () => new Map(), keep: () => undefined },
      platformDefaults: LINUX_AMD64,
    },
    git: {
      writer: { open: () => sessionWith(faults) },
      createMissing: true,
      plan: {
        commitPer: 'application',
        trailers: true,
        needsLabels: true,
        signOff: undefined,
        commitMessage: (changes) =>
          renderCommitMessage('{{ range .AppChanges }}{{ .Image }} {{ .NewTag }}{{ end }}', changes),
        branchName: renderBranchName,
      },
    },
    cluster: {
      applicationWriter: {
        apply: (set) =>
          Promise.resolve({ set, ending: { kind: 'written' }, refused: [], warnings: [], diff: '' }),
      },
      syncRequester: { refresh: () => Promise.resolve() },
    },
    pullRequests: {
      hosts: {
        find() {
          throwing(faults.host);
          return Promise.resolve(hostWith(faults));
        },
        close: () => undefined,
      },
      settingsOf: () => ({
        labels: [],
        reviewers: [],
        autoMerge: undefined,
        draft: false,
        deleteBranch: true,
      }),
    },
    reporters: [createCycleLog(log), createMetrics({ version: 'test' }).reporter],
    dueImages: createDueImages(),
    costs: () => ({ registryRequests: 0, gitFetches: 0, gitPushes: 0 }),
  };
  const options: CycleOptions = {
    cycle: 'a',
    dryRun: false,
    regardless: false,
    collect: 0,
    owns: EVERYTHING,
    only: undefined,
  };
  const signal = new AbortController().signal;
  return await runCycle(services, options, {
    clock,
    log,
    concurrency: 4,
    onProgress: () => undefined,
    signal,
  });
}

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
const annotations = fc
  .tuple(
    image,
    fc.dictionary(fc.oneof({ weight: 9, arbitrary: key }, { weight: 1, arbitrary: text }), text, {
      maxKeys: 5,
    }),
  )
  .map(([images, others]) => ({ ...others, [`${PREFIX}image-list`]: images }));
const plain = (value: string) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: text });
const source = fc
  .record({
    repoURL: plain('https://git.example/bad/deploy.git'),
    path: plain('bad'),
    chart: fc.oneof({ weight: 5, arbitrary: fc.constant('') }, { weight: 1, arbitrary: text }),
    targetRevision: plain('main'),
    ref: plain(''),
    type: fc.constantFrom(HELM, KUSTOMIZE, PLUGIN, {}),
  })
  .map(({ type, ...fields }) => aSource({ ...fields, ...type }));
const application = fc
  .record({
    annotations,
    sources: fc.array(source, { maxLength: 3 }),
    namespace: plain('argocd'),
    liveImages: fc.option(fc.array(text, { maxLength: 2 }), { nil: undefined }),
  })
  .map(({ annotations: own, ...changes }): Application => ({
    ...anApplication({}, { name: 'hostile', ...changes }),
    annotations: own,
    multiSource: changes.sources.length > 1,
  }));

const fault = fc.oneof(
  { weight: 6, arbitrary: fc.constant(NOTHING as unknown) },
  { weight: 1, arbitrary: fc.constantFrom(...THROWN) },
);
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
  paths: fc.constantFrom(undefined, ['bad/values.yaml']),
});
const faults: fc.Arbitrary<Faults> = fc.record({
  list: fault,
  describe: fault,
  login: fault,
  heads: fault,
  read: fault,
  history: fault,
  apply: fault,
  host: fault,
  platforms: fc.constantFrom(['linux/amd64'], ['linux/amd64'], ['windows/arm64'], [], ['/']),
  tags: fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('1.0.0', '1.1.0', '2.0.0', 'latest') },
      { weight: 1, arbitrary: text },
    ),
    { maxLength: 4 },
  ),
  text: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(VALUES, 'images: []\n', 'image: {tag: 1.0.0}\n', 'x: &a [*a]\n'),
    },
    { weight: 1, arbitrary: text },
  ),
  commits: fc.array(commit, { maxLength: 2 }),
});

const SHARES_THE_PLACE = /acme\/deploy/;

describe('whatever a hostile Application says, and whatever is thrown for it', () => {
  test('the good one beside it is written, and the hostile one is named', async () => {
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(application, faults, async (hostile, wrong) => {
        const report = await cycleWith(hostile, wrong);
        const good = report.images.filter(({ application: { name } }) => name === 'good');
        expect(good.map(({ outcome, reason }) => [outcome, reason])).toEqual([
          ['updated', expect.any(String)],
        ]);
        const named = [...report.images, ...report.problems].filter(
          ({ application: { name } }) => name === 'hostile',
        );
        expect(named.length).toBeGreaterThan(0);
        expect(report.failures).toEqual([]);
        for (const { outcome } of report.images) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }),
      { numRuns: 2_500, ignoreEqualValues: true },
    );
    // The worlds reach every stage: some are written, some held up early, some fail late.
    expect([...outcomes.keys()].toSorted()).toEqual(expect.arrayContaining(['failed', 'skipped', 'updated']));
    expect(outcomes.get('updated')).toBeGreaterThan(2_500);
    expect(SHARES_THE_PLACE.test(JSON.stringify(GOOD))).toBe(true);
  });
});
