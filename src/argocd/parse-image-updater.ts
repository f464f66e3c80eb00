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
import { fitsSelector, labelSelector, requirementsOf } from './label-selector.ts';
import { identify } from './parse-application.ts';
import { readUpdaterStatus } from './parse-updater-status.ts';

/** The origin of what has no file. */
const IN_CLUSTER = 'cluster';
const MOST_FAULTS = 5;
/** More than an object of a cluster can hold. */
const MOST_ENTRIES = 10_000;

const text = z.string().nullish();
const texts = z.array(z.string()).max(MOST_ENTRIES).nullish();

const update = z.strictObject({
  updateStrategy: text,
  forceUpdate: z.boolean().nullish(),
  allowTags: text,
  ignoreTags: texts,
  pullSecret: text,
  platforms: texts,
});

const EXACTLY_ONE = 'expected exactly one of';

function keysOf(value: Readonly<Record<string, unknown>>, names: readonly string[]): readonly string[] {
  return names.filter((name) => value[name] !== undefined && value[name] !== null);
}

/** An object of which exactly one of these members is there. */
function exactlyOne(names: readonly string[]) {
  return (value: Readonly<Record<string, unknown>>, context: z.core.$RefinementCtx): void => {
    const found = keysOf(value, names);
    if (found.length === 1) return;
    const message = `${EXACTLY_ONE} ${names.join(', ')}, found ${found.length === 0 ? 'none' : found.join(' and ')}`;
    context.addIssue({ code: 'custom', message });
  };
}

const HOSTS = ['github', 'gitlab'] as const;

const pullRequest = z
  .strictObject({ github: z.looseObject({}).nullish(), gitlab: z.looseObject({}).nullish(), labels: texts })
  .superRefine(exactlyOne(HOSTS));

const writeBack = z.strictObject({
  method: text,
  gitConfig: z
    .strictObject({
      repository: text,
      branch: text,
      writeBackTarget: text,
      pullRequest: pullRequest.nullish(),
    })
    .nullish(),
});

const verification = z
  .strictObject({
    enabled: z.boolean().nullish(),
    cosignKey: z.strictObject({ secretName: z.string().min(1), key: z.string().min(1) }).nullish(),
  })
  .superRefine(({ enabled, cosignKey }, context) => {
    if (enabled === false || (cosignKey !== undefined && cosignKey !== null)) return;
    context.addIssue({
      code: 'custom',
      path: ['cosignKey'],
      message: 'expected the key that signatures must fit, unless enabled is false; found none',
    });
  });

const targets = z
  .strictObject({
    helm: z.strictObject({ name: text, tag: text, spec: text }).nullish(),
    kustomize: z.strictObject({ name: z.string().min(1) }).nullish(),
    plugin: z.strictObject({ name: text, tag: text, spec: text }).nullish(),
  })
  .superRefine(exactlyOne(['helm', 'kustomize', 'plugin']));

const ALIAS = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;

const image = z.strictObject({
  alias: z.string().regex(ALIAS, { error: 'expected an alias of letters, digits, ".", "_" and "-"' }),
  imageName: z.string().min(1),
  commonUpdateSettings: update.nullish(),
  imagesVerification: verification.nullish(),
  manifestTargets: targets.nullish(),
});

const ref = z
  .strictObject({
    namePattern: z.string().min(1),
    labelSelectors: labelSelector.nullish(),
    useAnnotations: z.boolean().nullish(),
    commonUpdateSettings: update.nullish(),
    writeBackConfig: writeBack.nullish(),
    imagesVerification: verification.nullish(),
    images: z.array(image).max(MOST_ENTRIES).nullish(),
  })
  .superRefine(({ namePattern, useAnnotations, images }, context) => {
    const broken = compileGlob(namePattern);
    if (typeof broken === 'string') {
      const message = `expected a glob over names of Applications, found ${quoted(namePattern)}: ${broken}`;
      context.addIssue({ code: 'custom', path: ['namePattern'], message });
    }
    if (useAnnotations !== true && (images ?? []).length === 0) {
      const message = 'expected at least one image, or useAnnotations: true; found neither';
      context.addIssue({ code: 'custom', path: ['images'], message });
    }
  });

const spec = z.strictObject({
  /** In the first releases the namespace of the Applications. */
  namespace: text,
  commonUpdateSettings: update.nullish(),
  writeBackConfig: writeBack.nullish(),
  imagesVerification: verification.nullish(),
  applicationRefs: z
    .array(ref)
    .min(1, { error: 'expected at least one entry, found none' })
    .max(MOST_ENTRIES),
});

const manifest = z.object({
  metadata: z.object({
    name: z.string().min(1),
    namespace: text,
    uid: text.catch(undefined),
    generation: z.number().nullish().catch(undefined),
    annotations: z.record(z.string(), z.unknown()).nullish(),
  }),
  spec,
});

type Manifest = z.infer<typeof manifest>;
type RefFields = z.infer<typeof ref>;
type ImageFields = z.infer<typeof image>;

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
  const parsed = manifest.safeParse(document);
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

function updaterOf({ metadata, spec: fields }: Manifest, named: NamedUpdater, origin: string): ImageUpdater {
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

function writeBackOf({ method, gitConfig }: z.infer<typeof writeBack>): UpdaterLevel['writeBack'] {
  if (!gitConfig) return withoutNull({ method });
  const { pullRequest: request, ...git } = gitConfig;
  const [kind = ''] = request ? keysOf(request, HOSTS) : [];
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
function faultsOf({ metadata, spec: { namespace } }: Manifest): readonly Fault[] {
  const unquoted = Object.entries(metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(ANNOTATION_PREFIX) && typeof value !== 'string')
    .map(([key]) => ({ path: `metadata.annotations["${key}"]`, message: 'expected a text' }));
  const isElsewhere = namespace && metadata.namespace && namespace !== metadata.namespace;
  if (!isElsewhere) return unquoted;
  const message = `expected the namespace of the resource, for only Applications beside it are matched; found ${quoted(namespace)}; move the resource there and remove the field`;
  return [...unquoted, { path: 'spec.namespace', message }];
}

const KNOWN_FIELDS = [
  ...Object.keys(spec.shape),
  ...Object.keys(ref.shape),
  ...Object.keys(image.shape),
  ...Object.keys(update.shape),
  'method',
  'gitConfig',
  'repository',
  'branch',
  'writeBackTarget',
  'pullRequest',
];

function faultOf(issue: z.core.$ZodIssue): Fault {
  const path = z.core.toDotPath(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const near = didYouMean(key, KNOWN_FIELDS);
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
