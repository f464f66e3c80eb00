import { readImageUpdater, type ImageUpdaterReading } from '../../argocd/parse-image-updater.ts';
import { IMAGE_UPDATERS } from '../../kube/kube-client.ts';
import { createReflector, type ReflectorOptions } from '../../kube/reflector.ts';
import type { UpdaterCopy } from './read-updaters.ts';

const UPDATER_MEMBERS = [
  ['metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration'],
  ['metadata', 'managedFields'],
];

export interface WatchUpdatersOptions extends Pick<
  ReflectorOptions<ImageUpdaterReading>,
  'kube' | 'clock' | 'log' | 'pageSize' | 'staleAfter'
> {
  /** `undefined` means all. */
  readonly namespace: string | undefined;
}

/** A copy of the `ImageUpdater`s of a namespace, which need not exist. Each change tells what there was and what there is. */
export function watchUpdaters(
  { namespace, ...options }: WatchUpdatersOptions,
  onChange: (changed: readonly ImageUpdaterReading[]) => void,
): UpdaterCopy {
  const reflector = createReflector({
    ...options,
    scope: { resource: IMAGE_UPDATERS, namespace, omit: UPDATER_MEMBERS },
    mayBeAbsent: true,
    trim: (object) => readImageUpdater(object, 'cluster'),
    onChange({ before, after }) {
      if (wantedBy(before) !== wantedBy(after)) onChange([before, after].flatMap((one) => one ?? []));
    },
  });
  return { namespace, reflector };
}

/** What an `ImageUpdater` asks for; its status, which we write ourselves, is none of it. */
function wantedBy(reading: ImageUpdaterReading | undefined): string {
  if (reading?.kind !== 'updater') return reading?.problem.message ?? '';
  const { generation, annotations, level, refs } = reading.updater;
  return JSON.stringify([generation, annotations, level, refs]);
}
