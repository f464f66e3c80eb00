import type { CycleReport } from '../../core/report.ts';
import type { Lynceus } from '../../app/compose.ts';
import { applicationText } from '../../core/identity/application.ts';
import type { Narrator } from './narrator.ts';
import { FIRST_IMAGES, pushImages, ROUNDS, type Round } from './rounds.ts';
import { LYNCEUS } from './files.ts';
import type { WorldCommit } from './history.ts';
import type { DemoWorld } from './world.ts';

export interface DemoEnding {
  readonly cycles: number;
  /** Those of Lynceus; the person's own are not counted. */
  readonly commits: number;
  readonly requests: number;
  readonly fetches: number;
  readonly pushes: number;
  /** What came out otherwise than it must. */
  readonly surprises: readonly string[];
}

export interface DemoCast {
  readonly world: DemoWorld;
  readonly lynceus: Lynceus;
  readonly narrator: Narrator;
}

/** Plays every round: the world changes, Lynceus runs one cycle, and what is now in Git is shown. */
export async function playDemo(
  { world, lynceus, narrator }: DemoCast,
  signal: AbortSignal,
): Promise<DemoEnding> {
  pushImages(world.registry, FIRST_IMAGES);
  let ending: DemoEnding = { cycles: 0, commits: 0, requests: 0, fetches: 0, pushes: 0, surprises: [] };
  for (const [index, round] of ROUNDS.entries()) {
    await narrator.open(round, { number: index + 1, of: ROUNDS.length });
    const asked = world.registry.requests();
    const { report, commits } = await playRound(round, { world, lynceus }, signal);
    await narrator.show(round, report, commits);
    ending = {
      cycles: ending.cycles + 1,
      commits: ending.commits + commits.filter((commit) => commit.author === LYNCEUS).length,
      requests: ending.requests + report.costs.registryRequests,
      fetches: ending.fetches + report.costs.gitFetches,
      pushes: ending.pushes + report.costs.gitPushes,
      surprises: [
        ...ending.surprises,
        ...surprisesOf(round, report, { commits, asked: world.registry.requests() - asked }),
      ],
    };
  }
  return ending;
}

async function playRound(
  round: Round,
  { world, lynceus }: Pick<DemoCast, 'world' | 'lynceus'>,
  signal: AbortSignal,
): Promise<{ readonly report: CycleReport; readonly commits: readonly WorldCommit[] }> {
  pushImages(world.registry, round.pushes);
  const before = await world.head();
  if (round.meanwhile !== undefined) await world.person.willPush(round.meanwhile);
  const report = await lynceus.runCycle({ dryRun: false }, signal);
  return { report, commits: await world.commitsSince(before) };
}

/** The demo believes its own eyes: what the remote and the registry counted is held against the report and the script. */
function surprisesOf(
  { title, expected }: Round,
  report: CycleReport,
  seen: { readonly commits: readonly WorldCommit[]; readonly asked: number },
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
      report.costs.registryRequests === seen.asked,
      `${report.costs.registryRequests} registry requests reported, ${seen.asked} answered`,
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
