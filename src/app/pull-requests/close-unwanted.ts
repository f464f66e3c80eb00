import { fixedPush } from '../../core/git/branch-name.ts';
import { gitTargetOf, type GitPlace, type TrackedImage } from '../../core/policy.ts';
import { unwantedRequests } from '../../core/pull-requests/unwanted-requests.ts';
import { asLynceusError } from '../../errors.ts';
import { closeRequest } from './close-request.ts';
import { viewKey } from './request-groups.ts';
import type { ProposeInput, ProposeOptions } from './request-work.ts';

/** Closes the open requests of ours that nobody wants any more. Anything thrown is logged, and tried in the next cycle. */
export async function closeUnwanted(input: ProposeInput, options: ProposeOptions): Promise<void> {
  // Places that are asked with different logins are in one list of the host.
  const seen = new Set<string>();
  for (const place of placesOf(input)) {
    try {
      await closeUnwantedAt(place, { input, options, seen });
    } catch (thrown) {
      options.signal.throwIfAborted();
      options.log.warn('a pull request that is no longer wanted could not be closed', {
        remote: place.remote.label,
        err: asLynceusError(thrown),
      });
    }
  }
}

interface ClosingUnwanted {
  readonly input: ProposeInput;
  readonly options: ProposeOptions;
  /** URLs of requests that were looked at. */
  readonly seen: Set<string>;
}

async function closeUnwantedAt(place: GitPlace, { input, options, seen }: ClosingUnwanted): Promise<void> {
  const view = input.views.get(viewKey(place));
  if (view?.kind === 'failed' && place.pullRequest === undefined) {
    const fields = { remote: place.remote.label, err: view.error };
    options.log.debug('pull requests that may be left are not looked for', fields);
  }
  if (view?.kind !== 'open' || view.open.length === 0) return;
  const { groups, proposed, pushed, known } = wantedAt(place, input);
  for (const request of unwantedRequests({ open: view.open, groups, heads: proposed, known })) {
    options.signal.throwIfAborted();
    if (seen.has(request.url)) continue;
    seen.add(request.url);
    const closing = {
      request,
      why: 'no-longer-wanted',
      comment: 'Nothing is proposed here any more.',
      deleteBranch: !pushed.has(request.head),
    };
    await options.hosts.run(place, options.signal, (signal) =>
      closeRequest(closing, { ...options, signal, host: view.host, session: input.session, place }),
    );
  }
}

interface Wanted {
  readonly groups: ReadonlySet<string>;
  /** Branches of whose requests the groups take care. */
  readonly proposed: ReadonlySet<string>;
  /** All branches that are pushed beside a base. */
  readonly pushed: ReadonlySet<string>;
  readonly known: readonly TrackedImage[];
}

/** One place for each view, with a pull request before one without. */
function placesOf({ evaluations }: ProposeInput): readonly GitPlace[] {
  const places = new Map<string, GitPlace>();
  for (const { tracked } of evaluations) {
    const place = gitTargetOf(tracked)?.place;
    if (place === undefined) continue;
    const key = viewKey(place);
    if (places.get(key)?.pullRequest === undefined) places.set(key, place);
  }
  return [...places.values()];
}

/** What is wanted of a remote, by whatever transport and login. */
function wantedAt({ remote }: GitPlace, { evaluations, plan }: ProposeInput): Wanted {
  const isHere = (place: GitPlace): boolean => place.remote.key === remote.key;
  const here = evaluations.flatMap(({ tracked }) => gitTargetOf(tracked)?.place ?? []).filter(isHere);
  const rendered = plan.changeSets.flatMap(({ place, pushBranch }) =>
    isHere(place) && pushBranch !== undefined ? [{ place, head: pushBranch }] : [],
  );
  const fixed = here.flatMap((place) => {
    const head = fixedPush(place.push);
    return head === undefined ? [] : [{ place, head }];
  });
  const pushed = [...rendered, ...fixed];
  const proposed = pushed.filter(({ place }) => place.pullRequest !== undefined);
  return {
    groups: new Set(here.flatMap(({ pullRequest }) => pullRequest?.group ?? [])),
    proposed: new Set(proposed.map(({ head }) => head)),
    pushed: new Set(pushed.map(({ head }) => head)),
    known: evaluations.filter(({ present }) => present?.kind === 'read').map(({ tracked }) => tracked),
  };
}
