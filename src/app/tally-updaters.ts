import type { Application } from '../argocd/application.ts';
import type { ListedUpdaters, PolicyOwners } from '../argocd/policy-owners.ts';
import type { PolicyReading } from '../argocd/policy-reading.ts';
import { imageUpdaterKey } from '../core/identity/image-updater.ts';
import { formatName } from '../core/image/reference.ts';
import { statusImageKey } from '../core/updater-status/images-not-updated.ts';
import type { ApplicationId, TrackedImage } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import type { UpdaterResult } from '../core/report.ts';
import { LynceusError } from '../errors.ts';

export interface UpdaterCounts {
  readonly updaters: readonly UpdaterResult[];
  /** How many Applications have annotations that do not count. */
  readonly leftOut: number;
  /** Namespaces whose Applications are left alone, because nobody knows who counts there. */
  readonly failures: readonly LynceusError[];
  readonly problems: readonly Problem[];
}

/** Counts, Application by Application, what the `ImageUpdater`s stand for. */
interface UpdaterTally {
  add(application: Application, owned: PolicyOwners): void;
  /** All images of an Application, also those that another process has, and its problems. */
  addImages(reading: PolicyReading): void;
  /** The counts, and the problems with those of `ImageUpdater`s that cannot be read in front. */
  result(problems: readonly Problem[]): UpdaterCounts;
}

export function tallyOfUpdaters({ readings, unreadable }: ListedUpdaters): UpdaterTally {
  const matched = new Map<string, ApplicationId[]>();
  const images = new Map<string, string[]>();
  const faults = new Map<string, number>();
  /** Left alone for a reason, by the reason. */
  const alone = new Map<string, number>();
  let leftOut = 0;
  return {
    add({ namespace, name }, owned) {
      if (owned.leftOut) leftOut += 1;
      if (owned.unknown !== undefined) alone.set(owned.unknown, (alone.get(owned.unknown) ?? 0) + 1);
      for (const owner of owned.owners) {
        if (!('updater' in owner)) continue;
        const key = imageUpdaterKey(owner.updater);
        const beside = matched.get(key) ?? [];
        beside.push({ namespace, name });
        matched.set(key, beside);
      }
    },
    addImages({ images: tracked, refused, problems }) {
      for (const { updater, ...image } of [...tracked.map(asWritten), ...refused]) {
        if (updater === undefined) continue;
        const key = imageUpdaterKey(updater);
        const listed = images.get(key) ?? [];
        listed.push(statusImageKey(image));
        images.set(key, listed);
      }
      const aliases = new Set(refused.map(({ alias }) => alias));
      for (const { updater, alias } of problems) {
        if (updater === undefined || (alias !== undefined && aliases.has(alias))) continue;
        const key = imageUpdaterKey(updater);
        faults.set(key, (faults.get(key) ?? 0) + 1);
      }
    },
    result(problems) {
      const unread = readings.flatMap((reading) => (reading.kind === 'problem' ? [reading.problem] : []));
      const updaters = readings.map((reading): UpdaterResult => {
        const { namespace, name, uid, generation, status } = reading.updater;
        const key = imageUpdaterKey(reading.updater);
        return {
          namespace,
          name,
          ...(uid === undefined ? {} : { uid }),
          ...(generation === undefined ? {} : { generation }),
          matched: matched.get(key) ?? [],
          images: images.get(key)?.length ?? 0,
          listed: new Set(images.get(key)),
          problems: faults.get(key) ?? 0,
          ...(status === undefined ? {} : { status }),
          ...(reading.kind === 'problem' ? { fault: reading.problem } : {}),
        };
      });
      const failures = unreadable.flatMap(({ namespace, why }) => {
        const count = alone.get(why) ?? 0;
        return count === 0 ? [] : [unreadableUpdaters(namespace, why, count)];
      });
      return { updaters, leftOut, failures, problems: [...unread, ...problems] };
    },
  };
}

function asWritten({ application, updater, alias, image }: TrackedImage) {
  return { application, updater, alias, image: formatName(image) };
}

function unreadableUpdaters(namespace: string | undefined, why: string, count: number): LynceusError {
  const where = namespace === undefined ? 'of all namespaces' : `of the namespace ${namespace}`;
  const left =
    count === 1 ? '1 Application with annotations is' : `${count} Applications with annotations are`;
  return new LynceusError(
    'updaters-unreadable',
    `cannot read the ImageUpdaters ${where}: ${why}; ${left} left alone, for an ImageUpdater may say that annotations do not count`,
    { hint: 'let Lynceus list and watch them, or set applications.annotations: always' },
  );
}
