import type { ChosenImage } from '../../core/change.ts';
import { isDigest, isTag } from '../../core/image/grammar.ts';
import type { Override } from '../../core/overrides/override-message.ts';
import type { TrackedImage } from '../../core/policy.ts';
import { quoted } from '../../core/quoted.ts';
import { LynceusError } from '../../errors.ts';
import { applyPlan } from '../apply-plan.ts';
import { permitBranches, permitFiles } from '../permit-places.ts';
import { resolveBranches } from '../resolve-branches.ts';
import type { WriterSession } from '../../ports/writer.ts';
import { withSession } from '../with-session.ts';
import type { ApplicationServices, CycleRun, GitServices, RegistryServices } from '../services.ts';
import { createRegistryAnswers } from '../decide-images.ts';
import { readPresent } from '../read-present.ts';
import { overrideChangeFor, overrideSetsOf, type OverrideChange } from './override-changes.ts';
import { findImages, type OverrideTarget } from './find-images.ts';
import { unheldResult, overrideResultOf, type OverrideResult } from './override-results.ts';

/** The arguments of `hold`, `release` and `set`. */
export interface OverrideRequest extends Override, OverrideTarget {
  /** For `set`: tag, or tag@digest. */
  readonly version: string | undefined;
  /** `set`: hold it there as well. */
  readonly hold: boolean;
  /** `set`: also a version that the registry does not list, or for which it cannot be asked. */
  readonly force: boolean;
}

export interface WrittenOverride {
  readonly images: readonly OverrideResult[];
  readonly diffs: readonly {
    readonly branch: string;
    readonly remote: string;
    readonly message: string;
    readonly diff: string;
  }[];
}

export interface OverrideServices {
  readonly applications: ApplicationServices;
  readonly registries: RegistryServices;
  readonly git: Pick<GitServices, 'writer' | 'createMissing' | 'limits'>;
}

type Run = Omit<CycleRun, 'log'>;

/**
 * Writes an override with one commit for each branch. Throws `usage-invalid` when it cannot be applied (no such image or
 * version, one that is held already), and the errors of reading; errors of writing are in the results.
 */
export async function writeOverride(
  request: OverrideRequest,
  services: OverrideServices,
  run: Run,
): Promise<WrittenOverride> {
  const version = request.version === undefined ? undefined : parseVersion(request.version);
  const { images, fence } = await findImages(request, services.applications, run.signal);
  if (version !== undefined && !request.force)
    await checkTag(version, images, { registries: services.registries, run });
  return await withSession(services.git.writer, async (session) => {
    const named = await resolveBranches(images.map(onBase), session, run);
    const resolved = permitBranches(named, fence, new Map());
    for (const error of resolved.failed.values()) throw error;
    const { createMissing, limits } = services.git;
    const found = await readPresent(resolved.images, session, { ...run, createMissing, limits });
    const present = permitFiles(found, fence);
    const overrides: OverrideChange[] = [];
    const unheld: OverrideResult[] = [];
    for (const [tracked, now] of present) {
      if (now.kind === 'failed') throw now.error;
      const one = await overrideChangeFor(
        { request, version, tracked, path: now.path, presence: now.presence },
        session,
        run.signal,
      );
      if (one === undefined) unheld.push(unheldResult(tracked, now.presence));
      else overrides.push(one);
    }
    const written = await carryOutOverrides(request, overrides, { session, run });
    return { ...written, images: [...written.images, ...unheld] };
  });
}

/** Writes what was decided, with one commit for each branch. */
export async function carryOutOverrides(
  override: Override,
  overrides: readonly OverrideChange[],
  { session, run }: { readonly session: WriterSession; readonly run: Run },
): Promise<WrittenOverride> {
  const sets = overrideSetsOf(override, overrides);
  const plan = { changeSets: sets.map(({ set }) => set), applications: [] };
  const { commits } = await applyPlan(plan, session, { ...run, applicationWriter: undefined });
  return {
    images: sets.flatMap(({ set, overrides: inSet }) => {
      const result = commits.find((commit) => commit.set === set)?.result;
      return inSet.map((one) => overrideResultOf(one, result));
    }),
    diffs: commits.flatMap(({ set, result: { ending, commit, diff } }) =>
      ending.kind === 'failed' || ending.kind === 'unchanged'
        ? []
        : [{ branch: ending.branch, remote: set.place.remote.written, message: commit.message, diff }],
    ),
  };
}

/** An override is written where it is read: on the base branch, also when updates go to a branch of their own. */
export function onBase(tracked: TrackedImage): TrackedImage {
  const { target } = tracked.destination;
  if (target.method !== 'git') return tracked;
  const { pullRequest: _proposed, ...place } = target.place;
  const onBaseBranch = { ...target, place: { ...place, push: undefined } };
  return { ...tracked, destination: { ...tracked.destination, target: onBaseBranch } };
}

function parseVersion(text: string): ChosenImage {
  const [tag = '', digest, ...rest] = text.split('@');
  if (isTag(tag) && rest.length === 0 && (digest === undefined || isDigest(digest))) return { tag, digest };
  throw new LynceusError('usage-invalid', `expected a tag or tag@digest, found ${quoted(text)}`);
}

/** Throws `usage-invalid` unless the registry lists the tag. */
async function checkTag(
  version: ChosenImage,
  images: readonly TrackedImage[],
  { registries, run }: { readonly registries: RegistryServices; readonly run: Run },
): Promise<void> {
  const { find } = createRegistryAnswers(images, registries, run);
  for (const tracked of images) {
    const one = await find(tracked, { application: tracked.application, signal: run.signal });
    if (one.kind === 'failed') {
      throw new LynceusError(
        'usage-invalid',
        `could not check whether there is a tag ${version.tag}: ${one.error.line}`,
        {
          hint: 'write it all the same with --force',
        },
      );
    }
    if (one.listing.tags.includes(version.tag)) continue;
    throw new LynceusError(
      'usage-invalid',
      `the registry lists no tag ${version.tag} of ${one.query.repository.path}`,
      {
        hint: 'correct it, or write it all the same with --force',
      },
    );
  }
}
