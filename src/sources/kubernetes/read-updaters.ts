import type { ImageUpdaterReading } from '../../argocd/parse-image-updater.ts';
import type { ListedUpdaters } from '../../argocd/policy-owners.ts';
import type { Reflector } from '../../kube/reflector.ts';

/** A namespace and the copy of its `ImageUpdater`s. */
export interface UpdaterCopy {
  /** `undefined` means all. */
  readonly namespace: string | undefined;
  readonly reflector: Reflector<ImageUpdaterReading>;
}

/** The `ImageUpdater`s of the copies. A namespace that is not known completely and freshly is told, and nothing of it is listed. */
export function readUpdaters(copies: readonly UpdaterCopy[]): ListedUpdaters {
  // Asked once each: the answer depends on the clock.
  const states = copies.map((copy) => ({ ...copy, state: copy.reflector.state() }));
  return {
    readings: states.flatMap(({ state, reflector }) =>
      state.kind === 'synced' ? [...reflector.items().values()] : [],
    ),
    unreadable: states.flatMap(({ namespace, state }) => {
      if (state.kind === 'synced' || state.kind === 'absent') return [];
      const why = state.error?.line ?? (state.kind === 'stale' ? 'no answer' : 'the first list is under way');
      return [{ namespace, why }];
    }),
  };
}
