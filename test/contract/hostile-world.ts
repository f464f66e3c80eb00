import { createRequestMemory } from '../../src/app/pull-requests/request-memory.ts';
import { runCycle, type CycleOptions } from '../../src/app/cycle.ts';
import { createDueImages } from '../../src/app/due-images.ts';
import { EVERYTHING } from '../../src/app/ownership.ts';
import type { CycleServices } from '../../src/app/services.ts';
import type { Application } from '../../src/argocd/application.ts';
import { renderBranchName } from '../../src/core/git/branch-template.ts';
import { renderCommitMessage } from '../../src/core/plan/commit-message.ts';
import type { PlanOptions } from '../../src/core/plan/plan.ts';
import type { CycleReport } from '../../src/core/report.ts';
import type { PullRequestHost } from '../../src/ports/pull-request-host.ts';
import type { HistoryCommit, WriterSession } from '../../src/ports/writer.ts';
import { createLog } from '../../src/reporters/log.ts';
import { createCycleLog } from '../../src/reporters/cycle-log.ts';
import { createMetrics } from '../../src/reporters/metrics.ts';
import { anApplication, aSource, CONTEXT } from '../argocd/an-application.ts';
import { LINUX_AMD64, someFacts } from '../helpers/policies.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const SHA = 'a'.repeat(40);
export const VALUES = 'image:\n  repository: ghcr.io/acme/web\n  tag: 1.0.0\n';

/** Whose image is written in every world. */
export const GOOD = anApplication(
  {
    'image-list': 'web=ghcr.io/acme/web:1.x',
    'write-back-method': 'git',
    'write-back-target': 'helmvalues:good.yaml',
  },
  { name: 'good', sources: [aSource({ helm: { parameters: [], valueFiles: ['good.yaml'] } })] },
);

/** Where a world may misbehave for the hostile Application: a port throws there, or answers what throws when it is used. */
export const POINTS = [
  'application', 'source', 'login', 'listTags', 'listing', 'describe', 'labels', 'facts', 'sightings', 'heads', 'read', 'text', 'readProposal', 'history', 'paths', 'author',
  'commitMessage', 'requestMessage', 'branchName', 'apply', 'ending', 'patch', 'find', 'listOpen', 'listEnded', 'create', 'autoMerge', 'deleteBranch', 'refresh', 'reporter',
] as const; // prettier-ignore
export type Point = (typeof POINTS)[number];

export interface World {
  /** What is thrown at each point; nothing at a point that is not in it. */
  readonly faults: ReadonlyMap<Point, unknown>;
  readonly commitPer?: PlanOptions['commitPer'];
  readonly tags?: readonly string[];
  readonly platforms?: readonly string[];
  /** What each file of the hostile Application says. */
  readonly text?: string;
  readonly commits?: readonly HistoryCommit[];
}

/** Throws whatever is done with it. */
function poison(thrown: unknown): never {
  const fail = (): never => {
    throw thrown;
  };
  const traps = { get: fail, has: fail, apply: fail, ownKeys: fail, getPrototypeOf: fail };
  return new Proxy(fail, traps) as never;
}

interface Faulty extends Required<Omit<World, 'faults'>> {
  /** Throws when the world misbehaves at this point. */
  readonly fail: (point: Point) => void;
  /** The value, or what throws instead of it. */
  readonly spoil: <T>(point: Point, value: T) => T;
}

function faulty({ faults, ...world }: World): Faulty {
  return {
    commitPer: 'remote',
    tags: ['1.0.0', '1.1.0'],
    platforms: ['linux/amd64'],
    text: VALUES.replace('acme', 'bad'),
    commits: [],
    ...world,
    fail(point) {
      if (faults.has(point)) throw faults.get(point);
    },
    spoil: (point, value) => (faults.has(point) ? poison(faults.get(point)) : value),
  };
}

interface Place {
  readonly remote: { readonly key: string };
  readonly push?: string | undefined;
}

function isGood({ remote, push }: Place): boolean {
  return remote.key === 'git.example/acme/deploy' && push === undefined;
}

function sessionWith({ fail, spoil, text, commits }: Faulty): WriterSession {
  const failAt = (point: Point, place: Place): void => {
    if (!isGood(place)) fail(point);
  };
  return {
    loginKey: ({ remote }) => Promise.resolve(remote.key),
    heads(place) {
      failAt('heads', place);
      const heads = { main: SHA, next: SHA };
      return Promise.resolve({ default: 'main', commits: new Map(Object.entries(heads)) });
    },
    read(place, requests) {
      failAt('read', place);
      return Promise.resolve(
        requests.map(({ candidates }) => {
          const [path = ''] = candidates;
          return { kind: 'text', path, text: path.includes('good') ? VALUES : spoil('text', text) } as const;
        }),
      );
    },
    readAt: () => Promise.reject(new Error('nothing is said to be deployed')),
    readProposal(place) {
      failAt('readProposal', place);
      return Promise.resolve(undefined);
    },
    leftAlone: () => Promise.resolve(undefined),
    history(place) {
      failAt('history', place);
      if (isGood(place)) return Promise.resolve([]);
      return Promise.resolve(
        commits.map((commit) => ({
          ...commit,
          paths: spoil('paths', commit.paths),
          author: spoil('author', commit.author),
        })),
      );
    },
    deleteBranch() {
      fail('deleteBranch');
      return Promise.resolve(false);
    },
    apply(set) {
      const place = { ...set.place, push: set.pushBranch };
      failAt('apply', place);
      const branch = set.pushBranch ?? set.place.base;
      const pushed = { kind: 'pushed', sha: SHA, branch } as const;
      const ending = isGood(place) ? pushed : spoil('ending', pushed);
      return Promise.resolve(set.commits.map((commit) => ({ commit, ending, refused: [], diff: '+' })));
    },
    close: () => Promise.resolve(),
  };
}

function hostWith({ fail }: Faulty): PullRequestHost {
  return {
    label: 'a host',
    abilities: new Set(['auto-merge']),
    limits: { title: 80, body: 1_000 },
    listOpen() {
      fail('listOpen');
      return Promise.resolve([]);
    },
    listEnded() {
      fail('listEnded');
      return Promise.resolve([]);
    },
    create({ head, base, title, body }) {
      fail('create');
      const request = { number: 1, url: 'https://a.host/1', head, base, title, body, state: 'open' } as const;
      return Promise.resolve({
        request: { ...request, autoMerge: false, isOurs: true, endedBy: undefined },
        shortcomings: [],
      });
    },
    add: () => Promise.resolve({ shortcomings: [] }),
    update: () => Promise.resolve(),
    close: () => Promise.resolve(),
    enableAutoMerge() {
      fail('autoMerge');
      return Promise.resolve({ kind: 'as-before' });
    },
  };
}

function registriesWith({ fail, spoil, tags, platforms }: Faulty): CycleServices['registries'] {
  const isGoodImage = ({ path }: { readonly path: string }) => path === 'acme/web';
  let described = 0;
  return {
    logins: {
      find(repository) {
        if (!isGoodImage(repository)) fail('login');
        return Promise.resolve({ kind: 'anonymous', identity: 'nobody' });
      },
    },
    registry: {
      listTags({ repository }) {
        if (isGoodImage(repository)) {
          return Promise.resolve({ tags: ['1.0.0', '1.1.0'], order: 'unordered', facts: new Map() });
        }
        fail('listTags');
        return Promise.resolve({ tags: spoil('listing', tags), order: 'unordered', facts: new Map() });
      },
      describe({ repository }) {
        if (isGoodImage(repository)) return Promise.resolve(someFacts('good'));
        fail('describe');
        described += 1;
        if (described > 1) fail('labels');
        const facts = someFacts('hostile', platforms);
        return Promise.resolve({ ...facts, images: spoil('facts', facts.images ?? []) });
      },
    },
    sightings: {
      of() {
        fail('sightings');
        return new Map();
      },
      keep: () => undefined,
    },
    platformDefaults: LINUX_AMD64,
    revalidate: 3_600_000,
  };
}

function planWith({ fail, commitPer }: Faulty): PlanOptions {
  let messages = 0;
  const isHostile = ({ application }: { readonly application: { readonly name: string } }) =>
    application.name.startsWith('hostile');
  return {
    commitPer,
    trailers: true,
    needsLabels: true,
    signOff: undefined,
    commitMessage(changes) {
      if (changes.some(isHostile)) {
        fail('commitMessage');
        messages += 1;
        if (messages > 1) fail('requestMessage');
      }
      return renderCommitMessage('{{ range .AppChanges }}{{ .Image }} {{ .NewTag }}{{ end }}', changes);
    },
    branchName(template, changes, target) {
      if (changes.some(isHostile)) fail('branchName');
      return renderBranchName(template, changes, { target });
    },
  };
}

function applicationsWith(hostile: readonly Application[], { fail }: Faulty): CycleServices['applications'] {
  const given = hostile.map((one) => ({
    ...one,
    get annotations() {
      fail('application');
      return one.annotations;
    },
  }));
  const projects = { kind: 'none' } as const;
  const failing = () => {
    fail('source');
    return Promise.resolve({ applications: [], problems: [], projects });
  };
  return {
    sources: [
      { list: failing },
      { list: () => Promise.resolve({ applications: [...given, GOOD], problems: [], projects }) },
    ],
    selects: () => true,
    policyContext: CONTEXT,
    permissions: { rules: [], enforced: false },
  };
}

function servicesFor(
  hostile: readonly Application[],
  world: Faulty,
  reporters: CycleServices['reporters'],
): CycleServices {
  const { fail } = world;
  return {
    applications: applicationsWith(hostile, world),
    registries: registriesWith(world),
    git: { writer: { open: () => sessionWith(world) }, createMissing: true, plan: planWith(world) },
    cluster: {
      applicationWriter: {
        apply(set) {
          fail('patch');
          return Promise.resolve({ set, ending: { kind: 'written' }, refused: [], warnings: [], diff: '' });
        },
      },
      syncRequester: {
        refresh({ name }) {
          if (name.startsWith('hostile')) fail('refresh');
          return Promise.resolve();
        },
      },
    },
    pullRequests: {
      hosts: {
        find() {
          fail('find');
          return Promise.resolve(hostWith(world));
        },
        close: () => undefined,
      },
      settingsOf: () => ({
        labels: [],
        reviewers: [],
        autoMerge: 'merge',
        draft: false,
        deleteBranch: true,
      }),
      memory: createRequestMemory(),
    },
    reporters: [
      {
        report() {
          fail('reporter');
          return Promise.resolve();
        },
      },
      ...reporters,
    ],
    dueImages: createDueImages(),
    costs: () => ({ registryRequests: 0, gitFetches: 0, gitPushes: 0 }),
  };
}

const OPTIONS: CycleOptions = {
  cycle: 'a',
  dryRun: false,
  regardless: false,
  quiet: false,
  collect: 0,
  owns: EVERYTHING,
  only: undefined,
};

/** One cycle over the good Application and hostile ones, for which alone the world misbehaves. */
export async function cycleWith(
  hostile: Application | readonly Application[],
  world: World,
): Promise<CycleReport> {
  const clock = createVirtualClock();
  const log = createLog({ level: 'error', format: 'json', destination: () => undefined });
  const reports: CycleReport[] = [];
  const last = {
    report(report: CycleReport) {
      reports.push(report);
      return Promise.resolve();
    },
  };
  const reporters = [createCycleLog(log), createMetrics({ version: 'test' }).reporter, last];
  const services = servicesFor([hostile].flat(), faulty(world), reporters);
  const { signal } = new AbortController();
  const onProgress = () => undefined;
  const report = await runCycle(services, OPTIONS, { clock, log, concurrency: 4, onProgress, signal });
  if (reports.length !== 1) throw new Error('a reporter was not given the report');
  return report;
}
