import { ANNOTATION_PREFIX, type ApplicationKey, type ImageKey } from './annotations.ts';
import type { UpdaterImage, UpdaterLevel } from './image-updater.ts';

/** The key of a setting, as annotations have it. */
export type SettingKey = ApplicationKey | ImageKey;
/** What a field has. */
export type FieldValue = string | boolean | readonly string[];

/** A field of one level that says what an annotation says. */
interface LevelField {
  /** Below the level. */
  readonly path: string;
  readonly of: (level: UpdaterLevel) => FieldValue | undefined;
  /** Whether an image has the field too. */
  readonly ofImages: boolean;
}

/** A field that only an image has. */
interface TargetField {
  readonly path: string;
  readonly of: (image: UpdaterImage) => FieldValue | undefined;
}

/** The fields of the resource by the annotations that mean the same. Every other annotation may be written on the resource. */
export const LEVEL_FIELDS: ReadonlyMap<SettingKey, LevelField> = new Map<SettingKey, LevelField>([
  ['update-strategy', updateField('updateStrategy')],
  ['force-update', updateField('forceUpdate')],
  ['allow-tags', updateField('allowTags')],
  ['ignore-tags', updateField('ignoreTags')],
  ['pull-secret', updateField('pullSecret')],
  ['platforms', updateField('platforms')],
  ['write-back-method', writeBackField('method', ({ method }) => method)],
  ['git-repository', writeBackField('gitConfig.repository', ({ gitConfig }) => gitConfig?.repository)],
  ['git-branch', writeBackField('gitConfig.branch', ({ gitConfig }) => gitConfig?.branch)],
  [
    'write-back-target',
    writeBackField('gitConfig.writeBackTarget', ({ gitConfig }) => gitConfig?.writeBackTarget),
  ],
  ['pull-request', writeBackField('gitConfig.pullRequest', ({ gitConfig }) => gitConfig?.pullRequest?.kind)],
  // A pull request is taken as a block: labels of another level are not those of this one.
  [
    'pull-request-labels',
    writeBackField('gitConfig.pullRequest.labels', ({ gitConfig }) =>
      gitConfig?.pullRequest === undefined ? undefined : (gitConfig.pullRequest.labels ?? []),
    ),
  ],
]);

export const TARGET_FIELDS: ReadonlyMap<SettingKey, TargetField> = new Map<SettingKey, TargetField>([
  ['helm.image-name', { path: 'manifestTargets.helm.name', of: ({ targets }) => targets.helm?.name }],
  ['helm.image-tag', { path: 'manifestTargets.helm.tag', of: ({ targets }) => targets.helm?.tag }],
  ['helm.image-spec', { path: 'manifestTargets.helm.spec', of: ({ targets }) => targets.helm?.spec }],
  [
    'kustomize.image-name',
    { path: 'manifestTargets.kustomize.name', of: ({ targets }) => targets.kustomize?.name },
  ],
  ['plugin.image-name', { path: 'manifestTargets.plugin.name', of: ({ targets }) => targets.plugin?.name }],
  ['plugin.image-tag', { path: 'manifestTargets.plugin.tag', of: ({ targets }) => targets.plugin?.tag }],
  ['plugin.image-spec', { path: 'manifestTargets.plugin.spec', of: ({ targets }) => targets.plugin?.spec }],
]);

function updateField(name: keyof UpdaterLevel['update']): LevelField {
  return { path: `commonUpdateSettings.${name}`, of: ({ update }) => update[name], ofImages: true };
}

function writeBackField(
  path: string,
  of: (fields: UpdaterLevel['writeBack']) => FieldValue | undefined,
): LevelField {
  return { path: `writeBackConfig.${path}`, of: ({ writeBack }) => of(writeBack), ofImages: false };
}

/** The field of an `ImageUpdater` for what an annotation says, from its level on; `undefined` when there is none. */
export function updaterFieldOf(key: SettingKey): string | undefined {
  return LEVEL_FIELDS.get(key)?.path ?? TARGET_FIELDS.get(key)?.path;
}

/** The field to write instead of an annotation of the resource; `undefined` where there is none. */
export function fieldInstead(name: string): string | undefined {
  const key = name.slice(ANNOTATION_PREFIX.length);
  if (key === 'image-list') return 'spec.applicationRefs[].images';
  if (key !== 'pull-request' && LEVEL_FIELDS.has(key as SettingKey))
    return `spec.${LEVEL_FIELDS.get(key as SettingKey)?.path ?? ''}`;
  const tails = [...key.matchAll(/\./g)].map(({ index }) => key.slice(index + 1) as SettingKey);
  const tail = tails.find((one) => TARGET_FIELDS.has(one) || LEVEL_FIELDS.get(one)?.ofImages === true);
  return tail === undefined ? undefined : `spec.applicationRefs[].images[].${updaterFieldOf(tail) ?? ''}`;
}
