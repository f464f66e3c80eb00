import pLimit from 'p-limit';
import { candidatePaths, readImage } from '../edits/index.ts';
import type { FileTarget, GitPlace, UpdatePolicy } from '../core/policy.ts';
import type { Presence } from '../core/presence.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import type { FileState, WriterSession } from '../ports/writer.ts';
import type { CycleDependencies, OnProgress } from './dependencies.ts';

/** What the target of one policy says now, or why that could not be found out. */
export type Present =
  | { readonly kind: 'read'; readonly presence: Presence; readonly path: string | undefined }
  | { readonly kind: 'failed'; readonly error: LynceusError; readonly path: string | undefined };

interface Place {
  readonly place: GitPlace;
  readonly policies: UpdatePolicy[];
}

/** Stage 5: one reading per branch of a remote, for all the files in it that anybody names. */
export async function readPresent(
  policies: readonly UpdatePolicy[],
  session: WriterSession,
  {
    concurrency,
    createMissing,
    onProgress,
    signal,
  }: Pick<CycleDependencies, 'concurrency' | 'createMissing'> & {
    readonly onProgress: OnProgress;
    readonly signal: AbortSignal;
  },
): Promise<ReadonlyMap<UpdatePolicy, Present>> {
  const found = new Map<UpdatePolicy, Present>(
    policies.filter(isLive).map((policy) => [policy, ofSpec(policy)]),
  );
  const limit = pLimit(concurrency);
  const places = placesOf(policies);
  let done = 0;
  await Promise.all(
    places.map((place) =>
      limit(async () => {
        for (const [policy, present] of await readPlace(place, session, { createMissing, signal }))
          found.set(policy, present);
        done += 1;
        onProgress({ stage: 'present', done, total: places.length });
      }),
    ),
  );
  return found;
}

function isLive({ target }: UpdatePolicy): boolean {
  return target.method === 'application';
}

/** What is written to the Application itself is what its spec says. */
function ofSpec({ declared }: UpdatePolicy): Present {
  const presence: Presence =
    declared === undefined
      ? { kind: 'absent', mayCreate: true, detail: 'the spec of the Application does not name it' }
      : { kind: 'present', image: declared };
  return { kind: 'read', presence, path: undefined };
}

function placesOf(policies: readonly UpdatePolicy[]): readonly Place[] {
  const places = new Map<string, Place>();
  for (const policy of policies) {
    if (policy.target.method !== 'git') continue;
    const { place } = policy.target;
    const key = placeKey(place);
    const known = places.get(key);
    if (known === undefined) places.set(key, { place, policies: [policy] });
    else known.policies.push(policy);
  }
  return [...places.values()];
}

/** Equal for two places exactly when they are one branch that is read with one login. */
export function placeKey({ remote, base, push, credentials }: GitPlace): string {
  return JSON.stringify([remote, base, push ?? null, credentials]);
}

async function readPlace(
  { place, policies }: Place,
  session: WriterSession,
  options: { readonly createMissing: boolean; readonly signal: AbortSignal },
): Promise<readonly [UpdatePolicy, Present][]> {
  const wanted = new Map<string, FileTarget>();
  for (const { target } of policies)
    if (target.method === 'git') wanted.set(fileKey(target.file), target.file);
  const targets = [...wanted.entries()];
  try {
    const requests = targets.map(([, target]) => ({ candidates: candidatePaths(target) }));
    const states = await session.read(place, requests, options.signal);
    const byKey = new Map(targets.map(([key], index) => [key, states[index]]));
    return policies.map((policy) => [policy, readOne(policy, byKey, options.createMissing)]);
  } catch (thrown) {
    const error = asLynceusError(thrown);
    return policies.map((policy) => [policy, { kind: 'failed', error, path: undefined }]);
  }
}

function fileKey(target: FileTarget): string {
  return JSON.stringify(candidatePaths(target));
}

function readOne(
  policy: UpdatePolicy,
  states: ReadonlyMap<string, FileState | undefined>,
  createMissing: boolean,
): Present {
  const { target, slot } = policy;
  if (target.method !== 'git') {
    return {
      kind: 'failed',
      error: new LynceusError('write-method-unsupported', 'only git targets can be read'),
      path: undefined,
    };
  }
  const state = states.get(fileKey(target.file));
  if (state === undefined)
    return {
      kind: 'failed',
      error: new LynceusError('internal', 'the writer did not answer for a file'),
      path: undefined,
    };
  if (state.kind === 'refused') return { kind: 'failed', error: state.error, path: state.path };
  const path = state.kind === 'text' ? state.path : state.tried[0];
  try {
    const text = state.kind === 'text' ? state.text : undefined;
    const presence = readImage(target.file, text, slot, { createMissing });
    if (presence.kind === 'absent' && !presence.mayCreate && text === undefined) {
      return { kind: 'failed', error: missingFile(policy, state), path };
    }
    return { kind: 'read', presence, path };
  } catch (thrown) {
    return { kind: 'failed', error: asLynceusError(thrown), path };
  }
}

function missingFile(policy: UpdatePolicy, state: FileState): LynceusError {
  const tried = state.kind === 'missing' ? state.tried.join(', ') : '';
  const branch =
    policy.target.method === 'git' && policy.target.place.base !== ''
      ? ` on branch ${policy.target.place.base}`
      : '';
  return new LynceusError('target-missing', `there is no file ${tried}${branch}`, {
    hint: 'check the annotation write-back-target and the path of the source',
  });
}
