import * as z from 'zod';
import type { ApplicationId } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import { onOneLine } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import { ANNOTATION_PREFIX } from './annotations.ts';
import type { Application, ApplicationSource } from './application.ts';

/** Kubernetes' rule for object names (RFC 1123 subdomain); it also keeps `../` out of file names made from it. */
const OBJECT_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const MOST_FAULTS = 5;

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

/** Of a field without which an image can still be updated: anything but a text counts as none. */
const lenientText = text.catch('');

/** A Helm value or environment value: YAML may have read it as a number or truth value, Argo CD wants its text. */
const valueString = z
  .union([z.string(), z.number(), z.boolean()], { error: 'expected a text, a number or a truth value' })
  .nullish()
  .transform((value) => String(value ?? ''));

function listOf<Item extends z.ZodType>(item: Item) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
}

function block<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .object(shape)
    .nullish()
    .transform((value) => value ?? undefined);
}

const source = z.object({
  repoURL: text,
  path: text,
  chart: text,
  targetRevision: text,
  ref: text,
  helm: block({
    parameters: listOf(
      z.object({
        name: z.string(),
        value: valueString,
        forceString: z
          .boolean()
          .nullish()
          .transform((value) => value ?? false),
      }),
    ),
    valueFiles: listOf(z.string()),
    // These are only read to warn of them, so one of another shape counts as none.
    fileParameters: z
      .array(z.object({ name: z.string() }).transform(({ name }) => name))
      .nonempty()
      .optional()
      .catch(undefined),
    values: z.string().min(1).optional().catch(undefined),
    valuesObject: z.record(z.string(), z.unknown()).optional().catch(undefined),
  }),
  kustomize: block({ images: listOf(z.string()) }),
  plugin: block({ env: listOf(z.object({ name: z.string(), value: valueString })) }),
});

const objectName = z.string().regex(OBJECT_NAME, {
  error: 'expected a Kubernetes name (lower-case letters, digits, "-" and ".")',
});

const manifest = z.object({
  kind: z.literal('Application').optional(),
  metadata: z.object({
    name: objectName,
    namespace: z.union([z.literal(''), objectName]).nullish(),
    uid: z.string().nullish().catch(undefined),
    annotations: z.record(z.string(), z.unknown()).nullish(),
    labels: z.record(z.string(), z.unknown()).nullish(),
  }),
  spec: z.object({
    project: z.string().nullish().catch(undefined),
    destination: block({ server: lenientText, name: lenientText, namespace: lenientText }).catch(undefined),
    source: source.nullish(),
    sources: z.array(source).nullish(),
    sourceHydrator: z.object({ drySource: source }).nullish(),
  }),
  // Written by Argo CD alone, and only ever advice to us: a strange status counts as none.
  status: z
    .object({
      sourceType: z.string().nullish(),
      sourceTypes: z.array(z.string()).nullish(),
      summary: z.object({ images: z.array(z.string()).nullish() }).nullish(),
    })
    .nullish()
    .catch(undefined),
});

type Manifest = z.infer<typeof manifest>;

/** A manifest, or what is wrong with it; for sources, which go on with the next one. */
export type ManifestReading =
  | { readonly kind: 'application'; readonly application: Application }
  | { readonly kind: 'problem'; readonly problem: Problem; readonly error: LynceusError };

/**
 * Reads a manifest. Only the fields that are used are checked.
 *
 * Throws `application-invalid` naming the manifest path and what was expected there. Annotations under our
 * prefix must be texts, as Kubernetes demands: `force-update: true` without quotes is refused.
 */
export function parseApplication(document: unknown, origin: string): Application {
  const reading = readApplication(document, origin);
  if (reading.kind === 'problem') throw reading.error;
  return reading.application;
}

/** The same, with the fault as a value. */
export function readApplication(document: unknown, origin: string): ManifestReading {
  const parsed = manifest.safeParse(document);
  const faults = parsed.success ? faultsOf(parsed.data) : parsed.error.issues.map(faultOf);
  if (parsed.success && faults.length === 0)
    return { kind: 'application', application: applicationOf(parsed.data, origin) };
  const error = invalid(origin, faults);
  const application = identify(document);
  const key = faults[0]?.path ?? '';
  return {
    kind: 'problem',
    error,
    problem: { application, alias: undefined, code: error.code, key, value: '', message: error.line },
  };
}

/** Name and namespace, each `''` when the document does not have it. */
export function identify(document: unknown): ApplicationId {
  const named = z.object({
    metadata: z.object({ name: z.string().catch(''), namespace: z.string().catch('') }),
  });
  const parsed = named.safeParse(document);
  return parsed.success ? parsed.data.metadata : { namespace: '', name: '' };
}

function applicationOf({ metadata, spec, status }: Manifest, origin: string): Application {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    ...(metadata.uid ? { uid: metadata.uid } : {}),
    ...(isDefaultProject(spec.project) ? {} : { project: spec.project }),
    ...(spec.destination === undefined ? {} : { destination: spec.destination }),
    annotations: texts(metadata.annotations ?? {}),
    labels: texts(metadata.labels ?? {}),
    ...sourcesOf(spec),
    sourceTypes: status?.sourceTypes ?? (status?.sourceType ? [status.sourceType] : []),
    liveImages: status?.summary ? (status.summary.images ?? []) : undefined,
    origin,
  };
}

function isDefaultProject(project: string | null | undefined): project is null | undefined | '' | 'default' {
  return project === null || project === undefined || project === '' || project === 'default';
}

/** Argo CD's own precedence: the hydrator, then `sources` unless it is empty, then `source`. */
function sourcesOf(
  spec: Pick<Manifest['spec'], 'source' | 'sources'> & Partial<Pick<Manifest['spec'], 'sourceHydrator'>>,
): Pick<Application, 'sources' | 'multiSource' | 'hydrated'> {
  if (spec.sourceHydrator)
    return { sources: [spec.sourceHydrator.drySource], multiSource: false, hydrated: true };
  if (spec.sources && spec.sources.length > 0)
    return { sources: spec.sources, multiSource: true, hydrated: false };
  return { sources: spec.source ? [spec.source] : [], multiSource: false, hydrated: false };
}

const sourced = z.object({ source: source.nullish(), sources: z.array(source).nullish() });

/** The sources of `status.sync.comparedTo`, as those of a spec are read; `undefined` when it has another shape. */
export function readSources(document: unknown): readonly ApplicationSource[] | undefined {
  const parsed = sourced.safeParse(document);
  return parsed.success ? sourcesOf(parsed.data).sources : undefined;
}

function texts(found: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

interface Fault {
  readonly path: string;
  readonly message: string;
}

/** The faults that a schema cannot express. */
function faultsOf({ metadata, spec }: Manifest): readonly Fault[] {
  const unquoted = Object.entries(metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(ANNOTATION_PREFIX) && typeof value !== 'string')
    .map(([key, value]) => ({
      path: `metadata.annotations["${key}"]`,
      message: `expected a text, found ${value === null ? 'nothing' : `a ${typeof value}`}: put the value in quotes`,
    }));
  if (sourcesOf(spec).sources.length > 0) return unquoted;
  const message = 'expected source, sources or sourceHydrator.drySource, found none of them';
  return [...unquoted, { path: 'spec', message }];
}

function faultOf(issue: z.core.$ZodIssue): Fault {
  const message = issue.message.replace(/^Invalid input: /, '').replace(/, received /, ', found ');
  return { path: z.core.toDotPath(issue.path), message };
}

function invalid(origin: string, faults: readonly Fault[]): LynceusError {
  const shownFaults = faults
    .slice(0, MOST_FAULTS)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = faults.length > shownFaults.length ? `; and ${faults.length - shownFaults.length} more` : '';
  return new LynceusError('application-invalid', onOneLine(`${origin}: ${shownFaults.join('; ')}${more}`));
}
