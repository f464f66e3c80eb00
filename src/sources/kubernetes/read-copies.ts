import type { ManifestReading } from '../../argocd/parse-application.ts';
import type { Problem } from '../../core/problem.ts';
import { LynceusError } from '../../errors.ts';
import type { Reflector, ReflectorState } from '../../kube/reflector.ts';
import type { ListedApplications } from '../../ports/application-source.ts';

/** A namespace and the copy of its Applications. */
export interface WatchedCopy {
  /** `undefined` means all. */
  readonly namespace: string | undefined;
  readonly reflector: Reflector<ManifestReading>;
}

/**
 * The Applications of the copies, by namespace and name. A namespace that is not known completely and freshly is a problem,
 * and nothing of it is listed; throws `applications-unreadable` when there is no other.
 */
export function readCopies(
  watched: readonly WatchedCopy[],
): Omit<ListedApplications, 'projects' | 'updaters'> {
  // Asked once each: the answer depends on the clock.
  const copies = watched.map((copy) => ({ ...copy, state: copy.reflector.state() }));
  const unusable = copies.flatMap(({ namespace, state }) =>
    state.kind === 'synced' ? [] : [unreadable(namespace, state)],
  );
  const [first] = unusable;
  if (first !== undefined && unusable.length === copies.length) throw first.error;
  const readings = copies
    .filter(({ state }) => state.kind === 'synced')
    .flatMap(({ reflector }) => [...reflector.items()])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, reading]) => reading);
  return {
    applications: readings.flatMap((reading) =>
      reading.kind === 'application' ? [reading.application] : [],
    ),
    problems: [
      ...unusable.map(({ problem }) => problem),
      ...readings.flatMap((reading) => (reading.kind === 'problem' ? [reading.problem] : [])),
    ],
  };
}

interface Unreadable {
  readonly error: LynceusError;
  readonly problem: Problem;
}

function unreadable(
  namespace: string | undefined,
  state: Exclude<ReflectorState, { kind: 'synced' }>,
): Unreadable {
  const where = namespace === undefined ? 'of all namespaces' : `of the namespace ${namespace}`;
  const reason =
    state.error?.message ?? (state.kind === 'stale' ? 'no answer' : 'the first list is under way');
  const since = state.kind === 'stale' ? ` for ${Math.round(state.silence / 1000)} s` : '';
  const error = new LynceusError(
    'applications-unreadable',
    `cannot read the Applications ${where}${since}: ${reason}`,
    {
      hint: state.error?.hint,
      cause: state.error,
    },
  );
  const problem: Problem = {
    application: { namespace: namespace ?? '', name: '' },
    alias: undefined,
    code: error.code,
    key: namespace ?? '',
    value: '',
    message: error.line,
  };
  return { error, problem };
}
