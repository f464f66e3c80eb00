import * as z from 'zod';
import type { ApplicationHealth, DeployedRevisions, Deployment } from '../core/deployment/deployment.ts';
import { isInstant } from '../core/instant.ts';
import { readApplication, readSources, type ManifestReading } from './parse-application.ts';

/** Argo CD keeps ten entries unless told otherwise (`spec.revisionHistoryLimit`), and each costs memory. */
const MOST_ENTRIES = 20;
const MOST_SOURCES = 100;
const LONGEST_REVISION = 128;

// All of it was written by Argo CD and is only advice to us: what has another shape counts as absent.
const text = z.string().optional().catch(undefined);
const revision = z.string().max(LONGEST_REVISION).catch('');
const revisions = z
  .array(revision)
  .transform((all) => all.slice(0, MOST_SOURCES))
  .optional()
  .catch(undefined);
const revised = { revision: revision.optional(), revisions };

function part<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object(shape).optional().catch(undefined);
}

const hydration = part({ drySHA: text, hydratedSHA: text });

const manifest = z.object({
  spec: part({ syncPolicy: part({ automated: part({ enabled: z.boolean().optional().catch(undefined) }) }) }),
  status: part({
    sync: part({ status: text, ...revised, comparedTo: z.unknown().optional() }),
    health: part({ status: text, lastTransitionTime: text }),
    history: z.array(z.unknown()).optional().catch(undefined),
    operationState: part({
      phase: text,
      finishedAt: text,
      operation: part({ sync: part({ ...revised, dryRun: z.boolean().optional().catch(undefined) }) }),
      syncResult: part(revised),
    }),
    sourceHydrator: part({ currentOperation: hydration, lastSuccessfulOperation: hydration }),
  }),
});

const entry = z.object({ ...revised, deployedAt: z.string() });

type Status = NonNullable<z.infer<typeof manifest>['status']>;

/** An Application of a cluster: as `readApplication` reads it, and what its status says of what is deployed. */
export function readLiveManifest(document: unknown, origin: string): ManifestReading {
  const reading = readApplication(document, origin);
  if (reading.kind !== 'application') return reading;
  const deployment = readDeployment(document);
  if (deployment === undefined) return reading;
  return { kind: 'application', application: { ...reading.application, deployment } };
}

/**
 * What Argo CD says of an Application in its status; `undefined` where it has said nothing yet. It never throws, and takes the last
 * 20 entries of the history. With a source hydrator Argo CD compares and deploys commits that the hydrator made: they are
 * given as the commits of the dry source that they were made of, and `''` where the status does not say which.
 */
export function readDeployment(document: unknown): Deployment | undefined {
  const parsed = manifest.safeParse(document);
  if (!parsed.success) return undefined;
  const { spec, status } = parsed.data;
  if (status === undefined) return undefined;
  const { sync, health, operationState } = status;
  if (sync === undefined && health === undefined && operationState === undefined) return undefined;
  const dry = dryRevisions(document, status);
  const operation = operationOf(operationState, dry);
  return {
    sync: {
      status: SYNC.get(sync?.status ?? '') ?? 'unknown',
      revisions: dry(listed(sync)),
      ...(isOfOtherSpec(document, sync?.comparedTo) ? { isStale: true } : {}),
    },
    health: {
      status: HEALTH.get(health?.status ?? '') ?? 'unknown',
      since: instant(health?.lastTransitionTime),
    },
    ...(operation === undefined ? {} : { operation }),
    history: (status.history ?? []).slice(-MOST_ENTRIES).flatMap((item) => entryOf(item, dry)),
    isAutomated: isAutomated(spec?.syncPolicy?.automated),
  };
}

const SYNC: ReadonlyMap<string, Deployment['sync']['status']> = new Map([
  ['Synced', 'synced'],
  ['OutOfSync', 'out-of-sync'],
]);

const HEALTH: ReadonlyMap<string, ApplicationHealth> = new Map([
  ['Healthy', 'healthy'],
  ['Progressing', 'progressing'],
  ['Degraded', 'degraded'],
  ['Suspended', 'suspended'],
  ['Missing', 'missing'],
]);

const PHASES: ReadonlyMap<string, NonNullable<Deployment['operation']>['phase']> = new Map([
  ['Running', 'running'],
  ['Terminating', 'terminating'],
  ['Failed', 'failed'],
  ['Error', 'error'],
  ['Succeeded', 'succeeded'],
]);

/** A dry run deploys nothing, so it is no sync. */
function operationOf(state: Status['operationState'], dry: DryRevisions): Deployment['operation'] {
  const phase = PHASES.get(state?.phase ?? '');
  if (phase === undefined || state?.operation?.sync?.dryRun === true) return undefined;
  const resolved = listed(state?.syncResult);
  const asked = listed(state?.operation?.sync);
  return {
    phase,
    revisions: dry(resolved.length > 0 ? resolved : asked),
    finishedAt: instant(state?.finishedAt),
  };
}

function entryOf(item: unknown, dry: DryRevisions): readonly DeployedRevisions[] {
  const parsed = entry.safeParse(item);
  if (!parsed.success) return [];
  const deployedAt = instant(parsed.data.deployedAt);
  return deployedAt === undefined ? [] : [{ revisions: dry(listed(parsed.data)), deployedAt }];
}

/** Argo CD writes the list for an Application with `spec.sources`, and else the one. */
function listed(
  from: { readonly revision?: string | undefined; readonly revisions?: readonly string[] | undefined } = {},
): readonly string[] {
  if (from.revisions !== undefined && from.revisions.length > 0) return from.revisions;
  return from.revision === undefined || from.revision === '' ? [] : [from.revision];
}

type DryRevisions = (revisions: readonly string[]) => readonly string[];

/** What the hydrator made last stands for the dry commit that it made it of; it tells of no other. */
function dryRevisions(document: unknown, { sourceHydrator }: Status): DryRevisions {
  if (!isHydrated(document)) return (revisions) => revisions;
  const made = [sourceHydrator?.currentOperation, sourceHydrator?.lastSuccessfulOperation];
  return (revisions) =>
    revisions.map(
      (hydrated) =>
        made.findLast((one) => one?.hydratedSHA !== undefined && one.hydratedSHA === hydrated)?.drySHA ?? '',
    );
}

function isAutomated(automated: { readonly enabled?: boolean | undefined } | undefined): boolean {
  return automated !== undefined && automated.enabled !== false;
}

const specOf = z.object({ spec: z.looseObject({}) });

function isHydrated(document: unknown): boolean {
  const parsed = specOf.safeParse(document);
  const hydrator = parsed.success ? parsed.data.spec['sourceHydrator'] : undefined;
  return hydrator !== undefined && hydrator !== null;
}

/** Whether the spec was changed since it was compared. Of a hydrator another source is compared than the one that is written. */
function isOfOtherSpec(document: unknown, comparedTo: unknown): boolean {
  const parsed = specOf.safeParse(document);
  if (!parsed.success || isHydrated(document)) return false;
  const compared = z.looseObject({}).safeParse(comparedTo);
  if (!compared.success) return false;
  const { source, sources } = parsed.data.spec;
  if (isSame([compared.data['source'], compared.data['sources']], [source, sources])) return false;
  const before = readSources(comparedTo);
  return before !== undefined && !isSame(before, readSources(parsed.data.spec));
}

/** Equal by what is in them; for Argo CD nothing, `null` and no member are the same. */
function isSame(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return (a ?? undefined) === (b ?? undefined);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isSame(a[key], b[key]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** As Kubernetes writes times (RFC 3339). */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

function instant(value: string | undefined): number | undefined {
  if (value === undefined || !TIME.test(value)) return undefined;
  const milliseconds = Date.parse(value);
  return Number.isFinite(milliseconds) && isInstant(milliseconds) ? milliseconds : undefined;
}
