import { z } from 'zod';
import { compileGlob } from '../core/tags/glob.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { imageUpdaterText } from '../core/identity/image-updater.ts';
import type { ImageUpdaterId } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import { onOneLine, quoted } from '../core/quoted.ts';
import type { UpdaterStatus } from '../core/updater-status/status.ts';
import { LynceusError } from '../errors.ts';
import { ANNOTATION_PREFIX } from './annotations.ts';
import type { ApplicationRef, ImageUpdater, UpdaterImage, UpdaterLevel } from './image-updater.ts';
import { fitsSelector, requirementsOf } from './label-selector.ts';
import { identify } from './parse-application.ts';
import { readUpdaterStatus } from './parse-updater-status.ts';
import {
  membersOf,
  REQUEST_HOSTS,
  UPDATER_FIELDS,
  imageUpdaterManifest,
  type ImageFields,
  type RefFields,
  type UpdaterManifest,
  type WriteBackInManifest,
} from './updater-manifest.ts';

/** The origin of what has no file. */
const IN_CLUSTER = 'cluster';
const MOST_FAULTS = 5;
/** What tells an `ImageUpdater` apart, also one that cannot be read. */
export interface NamedUpdater extends ImageUpdaterId {
  readonly uid?: string;
  readonly generation?: number;
  /** What was written of it the last time; absent where nothing was. */
  readonly status?: UpdaterStatus;
}

/** A manifest, or what is wrong with it. */
export type ImageUpdaterReading =
  | { readonly kind: 'updater'; readonly updater: ImageUpdater }
  | { readonly kind: 'problem'; readonly updater: NamedUpdater; readonly problem: Problem };

/**
 * Reads an `ImageUpdater`. A fault anywhere in it makes all of it a problem, because another entry of it could then count
 * for an Application, with other rules than were meant. A field that is not known is a fault: nobody can tell what it was to restrict.
 */
export function readImageUpdater(document: unknown, origin: string): ImageUpdaterReading {
  const parsed = imageUpdaterManifest.safeParse(document);
  const faults = parsed.success ? faultsOf(parsed.data) : parsed.error.issues.map(faultOf);
  const named = namedOf(document);
  if (parsed.success && faults.length === 0)
    return { kind: 'updater', updater: updaterOf(parsed.data, named, origin) };
  return { kind: 'problem', updater: named, problem: problemFor(named, faults, origin) };
}

function namedOf(document: unknown): NamedUpdater {
  const parsed = z
    .object({
      metadata: z.object({
        uid: z.string().optional().catch(undefined),
        generation: z.number().optional().catch(undefined),
      }),
    })
    .safeParse(document);
  const { uid, generation } = parsed.success ? parsed.data.metadata : {};
  const status = readUpdaterStatus(document);
  return {
    ...identify(document),
    ...(uid === undefined ? {} : { uid }),
    ...(generation === undefined ? {} : { generation }),
    ...(status === undefined ? {} : { status }),
  };
}

function updaterOf(
  { metadata, spec: fields }: UpdaterManifest,
  named: NamedUpdater,
  origin: string,
): ImageUpdater {
  return {
    ...named,
    annotations: ourTexts(metadata.annotations ?? {}),
    level: levelOf('spec', fields),
    refs: fields.applicationRefs.map((one, index) => refOf(`spec.applicationRefs[${index}]`, one)),
    origin,
  };
}

function ourTexts(annotations: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(annotations).filter(
      (entry): entry is [string, string] =>
        entry[0].startsWith(ANNOTATION_PREFIX) && typeof entry[1] === 'string',
    ),
  );
}

function levelOf(
  at: string,
  fields: Partial<Pick<RefFields, 'commonUpdateSettings' | 'writeBackConfig' | 'imagesVerification'>>,
): UpdaterLevel {
  const { commonUpdateSettings, writeBackConfig, imagesVerification } = fields;
  return {
    at,
    update: withoutNull(commonUpdateSettings ?? {}),
    writeBack: writeBackOf(writeBackConfig ?? {}),
    verification:
      imagesVerification === undefined || imagesVerification === null
        ? undefined
        : {
            enabled: imagesVerification.enabled ?? true,
            key: imagesVerification.cosignKey
              ? { secret: imagesVerification.cosignKey.secretName, field: imagesVerification.cosignKey.key }
              : undefined,
          },
  };
}

function writeBackOf({ method, gitConfig }: WriteBackInManifest): UpdaterLevel['writeBack'] {
  if (!gitConfig) return withoutNull({ method });
  const { pullRequest: request, ...git } = gitConfig;
  const [kind = ''] = request ? membersOf(request, REQUEST_HOSTS) : [];
  return withoutNull({
    method,
    gitConfig: withoutNull({
      ...git,
      pullRequest: request ? withoutNull({ kind, labels: request.labels }) : undefined,
    }),
  });
}

function refOf(at: string, fields: RefFields): ApplicationRef {
  const { namePattern, labelSelectors, useAnnotations, images } = fields;
  const matchesName = nameMatcher(namePattern);
  return {
    ...levelOf(at, fields),
    namePattern,
    matches: ({ name, labels }) =>
      matchesName(name) && (!labelSelectors || fitsSelector(labelSelectors, labels)),
    specificity: specificityOf(fields),
    useAnnotations: useAnnotations ?? false,
    images: (images ?? []).map((one, index) => imageOf(`${at}.images[${index}]`, one)),
  };
}

const META = /[*?[\]\\]/;

/** Names that do not even begin like the pattern are the most, so they cost the least. */
function nameMatcher(pattern: string): (name: string) => boolean {
  const meta = pattern.search(META);
  if (meta < 0) return (name) => name === pattern;
  const start = pattern.slice(0, meta);
  const matches = compileGlob(pattern);
  if (typeof matches === 'string') return () => false;
  return (name) => name.startsWith(start) && matches(name);
}

/** The scores of Argo CD Image Updater 1.x. */
function specificityOf({ namePattern, labelSelectors }: RefFields): number {
  const exact = /[*?[\]]/.test(namePattern) ? 0 : 1_000_000;
  const literal = Buffer.byteLength(namePattern.replaceAll(/\[[^\]]*\]|[*?]/g, ''));
  const labels = labelSelectors ? 10_000 + 100 * requirementsOf(labelSelectors) : 0;
  return exact + literal + labels;
}

function imageOf(at: string, fields: ImageFields): UpdaterImage {
  const { alias, imageName, manifestTargets } = fields;
  const { helm, kustomize, plugin } = manifestTargets ?? {};
  return {
    ...levelOf(at, fields),
    alias,
    imageName,
    targets: withoutNull({
      helm: helm && withoutNull(helm),
      kustomize,
      plugin: plugin && withoutNull(plugin),
    }),
  };
}

type WithoutNull<T> = { [K in keyof T]: Exclude<T[K], null> };

/** What is `null` counts as absent, as in Kubernetes. */
function withoutNull<T extends object>(value: T): WithoutNull<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== null && member !== undefined),
  ) as WithoutNull<T>;
}

interface Fault {
  readonly path: string;
  readonly message: string;
}

/** The faults that a schema cannot express. */
function faultsOf({ metadata, spec: { namespace } }: UpdaterManifest): readonly Fault[] {
  const unquoted = Object.entries(metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(ANNOTATION_PREFIX) && typeof value !== 'string')
    .map(([key]) => ({ path: `metadata.annotations["${key}"]`, message: 'expected a text' }));
  const isElsewhere = namespace && metadata.namespace && namespace !== metadata.namespace;
  if (!isElsewhere) return unquoted;
  const message = `expected the namespace of the resource, for only Applications beside it are matched; found ${quoted(namespace)}; move the resource there and remove the field`;
  return [...unquoted, { path: 'spec.namespace', message }];
}

function faultOf(issue: z.core.$ZodIssue): Fault {
  const path = z.core.toDotPath(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const near = didYouMean(key, UPDATER_FIELDS);
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    return { path: path === '' ? key : `${path}.${key}`, message: `there is no such field${hint}` };
  }
  return { path, message: issue.message.replace(/^Invalid input: /, '').replace(/, received /, ', found ') };
}

function problemFor(named: NamedUpdater, faults: readonly Fault[], origin: string): Problem {
  const shown = faults
    .slice(0, MOST_FAULTS)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const place = origin === IN_CLUSTER ? '' : ` in ${origin}`;
  const more = faults.length > shown.length ? `; and ${faults.length - shown.length} more` : '';
  const error = new LynceusError(
    'updater-invalid',
    onOneLine(`${imageUpdaterText(named)}${place}: ${shown.join('; ')}${more}`),
  );
  const { namespace, name } = named;
  return {
    application: { namespace, name: '' },
    updater: { namespace, name },
    alias: undefined,
    code: error.code,
    key: faults[0]?.path ?? '',
    value: '',
    message: error.line,
  };
}
