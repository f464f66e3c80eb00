import type { CycleReport } from '../core/report.ts';
import type { Lynceus } from '../app/compose.ts';
import { applicationText } from '../core/identity/application.ts';
import { FIRST_IMAGES, pushImages, ROUNDS, type Round } from './rounds.ts';
import { LYNCEUS } from './files.ts';
import type { DemoCommit } from './git.ts';
import type { DemoWorld } from './world.ts';

/** Shows the demo while it runs. */
export interface Narrator {
  readonly open: (round: Round, place: { readonly number: number; readonly of: number }) => Promise<void>;
  readonly show: (round: Round, report: CycleReport, commits: readonly DemoCommit[]) => Promise<void>;
}

export interface DemoTotals {
  readonly cycles: number;
  /** Those of Lynceus; the person's own are not counted. */
  readonly commits: number;
  readonly requests: number;
  readonly fetches: number;
  readonly pushes: number;
  /** Where the outcome differs from what the rounds expect. */
  readonly deviations: readonly string[];
}

export interface DemoParts {
  readonly world: DemoWorld;
  readonly lynceus: Lynceus;
  readonly narrator: Narrator;
}

/** Plays every round: the world changes, Lynceus runs one cycle, and what is now in Git is shown. */
export async function playDemo(
  { world, lynceus, narrator }: DemoParts,
  signal: AbortSignal,
): Promise<DemoTotals> {
  pushImages(world.registry, FIRST_IMAGES);
  let totals: DemoTotals = { cycles: 0, commits: 0, requests: 0, fetches: 0, pushes: 0, deviations: [] };
  for (const [index, round] of ROUNDS.entries()) {
    await narrator.open(round, { number: index + 1, of: ROUNDS.length });
    const requestsBefore = world.registry.requests();
    const { report, commits } = await playRound(round, { world, lynceus }, signal);
    await narrator.show(round, report, commits);
    totals = {
      cycles: totals.cycles + 1,
      commits: totals.commits + commits.filter((commit) => commit.author === LYNCEUS).length,
      requests: totals.requests + report.costs.registryRequests,
      fetches: totals.fetches + report.costs.gitFetches,
      pushes: totals.pushes + report.costs.gitPushes,
      deviations: [
        ...totals.deviations,
        ...deviationsOf(round, report, { commits, requests: world.registry.requests() - requestsBefore }),
      ],
    };
  }
  return totals;
}

async function playRound(
  round: Round,
  { world, lynceus }: Pick<DemoParts, 'world' | 'lynceus'>,
  signal: AbortSignal,
): Promise<{ readonly report: CycleReport; readonly commits: readonly DemoCommit[] }> {
  if (round.later !== undefined) world.clock.advance(round.later);
  pushImages(world.registry, round.pushes);
  const before = await world.head();
  if (round.meanwhile !== undefined) await world.person.pushDuringNextPush(round.meanwhile);
  const report = await lynceus.runCycle({ dryRun: false }, signal);
  return { report, commits: await world.commitsSince(before) };
}

/** Compares the report, the remote and the registry's own count of requests with what the round expects. */
function deviationsOf(
  { title, expected }: Round,
  report: CycleReport,
  seen: { readonly commits: readonly DemoCommit[]; readonly requests: number },
): readonly string[] {
  const updated = report.images
    .filter((image) => image.outcome === 'updated')
    .map((image) => image.alias)
    .sort();
  const failed = report.images.filter((image) => image.outcome === 'failed');
  const checks: readonly [boolean, string][] = [
    [
      updated.join() === expected.updated.join(),
      `updated ${updated.join(', ') || 'nothing'} instead of ${expected.updated.join(', ') || 'nothing'}`,
    ],
    [
      seen.commits.length === expected.commits,
      `${seen.commits.length} commits in the remote instead of ${expected.commits}`,
    ],
    [
      report.costs.gitPushes === expected.pushes,
      `${report.costs.gitPushes} pushes instead of ${expected.pushes}`,
    ],
    [
      report.costs.registryRequests === seen.requests,
      `${report.costs.registryRequests} registry requests reported, ${seen.requests} answered`,
    ],
    ...failed.map((image): [boolean, string] => [
      false,
      `${applicationText(image.application)} ${image.alias} failed: ${image.reason}`,
    ]),
    ...report.problems.map((problem): [boolean, string] => [false, `${problem.key}: ${problem.message}`]),
    ...report.failures.map((failure): [boolean, string] => [false, failure.message]),
  ];
  return checks.filter(([holds]) => !holds).map(([, message]) => `${title}: ${message}`);
}
