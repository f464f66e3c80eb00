import { z } from 'zod';
import { compileGlob } from '../core/tags/glob.ts';
import { quoted } from '../core/quoted.ts';
import { labelSelector } from './label-selector.ts';

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

/** Which of these members are there. */
export function membersOf(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
): readonly string[] {
  return names.filter((name) => value[name] !== undefined && value[name] !== null);
}

/** An object of which exactly one of these members is there. */
function exactlyOne(names: readonly string[]) {
  return (value: Readonly<Record<string, unknown>>, context: z.core.$RefinementCtx): void => {
    const found = membersOf(value, names);
    if (found.length === 1) return;
    const message = `${EXACTLY_ONE} ${names.join(', ')}, found ${found.length === 0 ? 'none' : found.join(' and ')}`;
    context.addIssue({ code: 'custom', message });
  };
}

/** The hosts of pull requests that there are fields for. */
export const REQUEST_HOSTS = ['github', 'gitlab'] as const;

const pullRequest = z
  .strictObject({ github: z.looseObject({}).nullish(), gitlab: z.looseObject({}).nullish(), labels: texts })
  .superRefine(exactlyOne(REQUEST_HOSTS));

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

/** The fields of an `ImageUpdater` that are used. A field that is not known is a fault. */
export const imageUpdaterManifest = z.object({
  metadata: z.object({
    name: z.string().min(1),
    namespace: text,
    uid: text.catch(undefined),
    generation: z.number().nullish().catch(undefined),
    annotations: z.record(z.string(), z.unknown()).nullish(),
  }),
  spec,
});

export type UpdaterManifest = z.infer<typeof imageUpdaterManifest>;
export type RefFields = z.infer<typeof ref>;
export type ImageFields = z.infer<typeof image>;
export type WriteBackInManifest = z.infer<typeof writeBack>;

/** Names of fields, for whoever misspelt one. */
export const UPDATER_FIELDS = [
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
