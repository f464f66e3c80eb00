import { asLynceusError, LynceusError } from '../errors.ts';
import { backoff } from '../async/backoff.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { KubeClient, KubeEvent, KubeObject, KubeScope } from './kube-client.ts';
import { createTrimmedCopy, type CopyChange, type TrimmedCopy } from './trimmed-copy.ts';

export interface ReflectorOptions<T> {
  readonly kube: Pick<KubeClient, 'list' | 'watch'> & Partial<Pick<KubeClient, 'serves'>>;
  readonly scope: KubeScope;
  /** Objects in one answer of the server. */
  readonly pageSize?: number | undefined;
  /** What is kept of an object, `undefined` for nothing of it. When it throws, the error is logged and nothing is kept. */
  readonly trim: (object: KubeObject) => T | undefined;
  /** Under which key; `namespace/name` unless given. */
  readonly key?: (object: KubeObject) => string;
  /** Milliseconds without anything from the server after which the kept objects count as stale. */
  readonly staleAfter?: number | undefined;
  /** The resource may be one that was not installed: that is no failure, and it is looked for again every half minute. */
  readonly mayBeAbsent?: boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Called for each change after the first list. */
  readonly onChange?: (change: CopyChange<T>) => void;
}

export type ReflectorState =
  | { readonly kind: 'synced' }
  /** The API server does not have the resource; nothing is kept. */
  | { readonly kind: 'absent'; readonly error: undefined }
  /** Nothing complete yet, or a new list is needed and cannot be had. */
  | { readonly kind: 'unsynced'; readonly error: LynceusError | undefined }
  /** What is kept was complete, and has not been confirmed for `silence` milliseconds. */
  | { readonly kind: 'stale'; readonly silence: number; readonly error: LynceusError | undefined };

export interface Reflector<T> {
  /** Begins; ends with the signal. */
  start(signal: AbortSignal): void;
  /** Resolves with the first complete list; rejects when the signal is aborted before. */
  synced(): Promise<void>;
  /** Resolves as soon as it is synced, or as soon as it is clear that waiting will not help: see `lastError`. */
  settled(): Promise<void>;
  /** What is kept now, also while it is not synced. */
  items(): ReadonlyMap<string, T>;
  state(): ReflectorState;
  /** Why the last attempt failed; `undefined` as soon as one succeeds. */
  readonly lastError: LynceusError | undefined;
}

/** Longer than a watch may be silent before the client gives it up, and time for more attempts. */
const STALE_AFTER = 300_000;
/** Half of what other clients ask for: the memory of a page is only free again some pages later. */
const PAGE_SIZE = 250;
const ABSENT_DELAY = 30_000;
const FIRST_DELAY = 1_000;
const retryDelay = backoff(FIRST_DELAY, 60_000);
const MOST_PAGES = 10_000;

/**
 * Keeps a trimmed copy of what is in the cluster: a list, page by page, then a watch that resumes where it ended. Only
 * when the server has forgotten that place (410 Gone) everything is listed again; what is kept stays until the new list
 * is complete, so that an interrupted list is never taken for deletions.
 */
export function createReflector<T>(options: ReflectorOptions<T>): Reflector<T> {
  const { clock, log, trim, key = namespacedName, onChange = () => undefined } = options;
  const copy = createTrimmedCopy({ trim, key, log, onChange });
  const first = createDeferred();
  const settled = createDeferred();
  const run: Run = {
    version: undefined,
    everSynced: false,
    absent: false,
    failures: 0,
    warned: false,
    heardAt: clock.now(),
    error: undefined,
  };
  return {
    start(signal) {
      const synced = (): void => {
        first.open();
        settled.open();
      };
      reflect({ options, copy, run, synced, settled: settled.open }, signal).catch((error: unknown) => {
        first.fail(error);
        settled.open();
      });
    },
    synced: () => first.opened,
    settled: () => settled.opened,
    items: () => copy.items,
    get lastError() {
      return run.error;
    },
    state() {
      const { error, version, heardAt } = run;
      if (run.absent) return { kind: 'absent', error: undefined };
      // After 410 Gone the kept objects are still as fresh as before, until the new list comes.
      const relistFailed = version === undefined && error !== undefined && error.code !== 'kube-expired';
      if (!run.everSynced || relistFailed) return { kind: 'unsynced', error };
      const silence = clock.now() - heardAt;
      return silence > (options.staleAfter ?? STALE_AFTER)
        ? { kind: 'stale', silence, error }
        : { kind: 'synced' };
    },
  };
}

function namespacedName({ metadata }: KubeObject): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

/** The state of the reflection. */
interface Run {
  /** Where the watch resumes; `undefined` when a list is needed. */
  version: string | undefined;
  everSynced: boolean;
  absent: boolean;
  /** In a row. */
  failures: number;
  /** Whether the failure was logged as a warning. */
  warned: boolean;
  /** When the server last sent anything. */
  heardAt: number;
  error: LynceusError | undefined;
}

interface Reflection<T> {
  readonly options: ReflectorOptions<T>;
  readonly copy: TrimmedCopy<T>;
  readonly run: Run;
  readonly synced: () => void;
  readonly settled: () => void;
}

/** Never returns; throws when the signal is aborted. */
async function reflect<T>(reflection: Reflection<T>, signal: AbortSignal): Promise<never> {
  const { run, options } = reflection;
  for (;;) {
    try {
      run.version ??= await listAll(reflection, signal);
      await follow(reflection, run.version, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const error = asLynceusError(thrown);
      if (await isAbsent(options, error, signal)) {
        noteAbsence(reflection);
        await options.clock.sleep(ABSENT_DELAY, signal);
        continue;
      }
      noteFailure(reflection, error);
    }
    if (run.failures > 0) await options.clock.sleep(retryDelay(run.failures, options.clock.random()), signal);
    signal.throwIfAborted();
  }
}

/** Whoever may not list a resource is told so even where there is no such resource. */
async function isAbsent<T>(
  { mayBeAbsent, kube, scope }: ReflectorOptions<T>,
  { code }: LynceusError,
  signal: AbortSignal,
): Promise<boolean> {
  if (mayBeAbsent !== true) return false;
  if (code === 'kube-not-found') return true;
  if (code !== 'kube-denied' || kube.serves === undefined) return false;
  try {
    return !(await kube.serves(scope.resource, signal));
  } catch {
    // What discovery does not tell stays the failure that it was.
    return false;
  }
}

function noteAbsence<T>({ run, copy, settled }: Reflection<T>): void {
  copy.draft().publish(run.everSynced);
  run.absent = true;
  run.version = undefined;
  run.error = undefined;
  run.failures = 0;
  settled();
}

function noteFailure<T>({ run, settled, options: { log, scope } }: Reflection<T>, error: LynceusError): void {
  if (!error.retryable) settled();
  // An expired version is normal, and so is a broken connection, unless it stays broken.
  const matters = error.code !== 'kube-expired' && (!error.retryable || run.failures > 0);
  const loud = matters && !(run.warned && run.error?.message === error.message);
  log[loud ? 'warn' : 'debug']('cannot follow the cluster, and tries again', {
    resource: scope.resource.plural,
    namespace: scope.namespace ?? '',
    code: error.code,
    reason: error.line,
  });
  if (error.code === 'kube-expired') run.version = undefined;
  run.warned ||= loud;
  run.error = error;
  run.failures += 1;
}

function noteActivity<T>({ run, options: { clock, log, scope } }: Reflection<T>): void {
  run.heardAt = clock.now();
  run.error = undefined;
  if (!run.warned) return;
  run.warned = false;
  log.info('follows the cluster again', {
    resource: scope.resource.plural,
    namespace: scope.namespace ?? '',
  });
}

/** Returns the version of the list. */
async function listAll<T>(reflection: Reflection<T>, signal: AbortSignal): Promise<string> {
  const { copy, run, synced } = reflection;
  const { kube, scope, pageSize = PAGE_SIZE } = reflection.options;
  const draft = copy.draft();
  let next = '';
  for (let pages = 1; pages <= MOST_PAGES; pages++) {
    const page = await kube.list(scope, { limit: pageSize, next }, signal);
    for (const object of page.items) draft.add(object);
    ({ next } = page);
    if (next !== '') continue;
    draft.publish(run.everSynced || run.absent);
    run.everSynced = true;
    run.absent = false;
    run.failures = 0;
    noteActivity(reflection);
    synced();
    return page.resourceVersion;
  }
  throw new LynceusError(
    'kube-failed',
    `the list of ${scope.resource.plural} has more than ${MOST_PAGES} pages`,
  );
}

/** One watch, to its end. */
async function follow<T>(reflection: Reflection<T>, version: string, signal: AbortSignal): Promise<void> {
  const { copy, run, options } = reflection;
  const begun = options.clock.now();
  let events = 0;
  for await (const event of options.kube.watch(options.scope, version, signal)) {
    noteActivity(reflection);
    events += 1;
    // The first event only confirms the start of the watch: a server that closes it right afterwards is failing.
    if (events > 1) run.failures = 0;
    if (event.type !== 'BOOKMARK') copy.apply(event.type, event.object);
    run.version = versionOf(event) || run.version;
  }
  if (events > 1 || options.clock.now() - begun >= FIRST_DELAY) run.failures = 0;
  else run.failures += 1;
}

function versionOf(event: KubeEvent): string {
  return event.type === 'BOOKMARK' ? event.resourceVersion : (event.object.metadata?.resourceVersion ?? '');
}

/** A promise that is settled from outside; a rejection that nobody waits for is ignored. */
function createDeferred(): {
  readonly opened: Promise<void>;
  readonly open: () => void;
  readonly fail: (reason: unknown) => void;
} {
  let open = (): void => undefined;
  let fail: (reason: unknown) => void = () => undefined;
  const opened = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  opened.catch(() => undefined);
  return { opened, open, fail };
}
