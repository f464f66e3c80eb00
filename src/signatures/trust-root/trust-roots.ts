import type { TrustRootPlace } from '../../core/gates/signature-policy.ts';
import type { TrustRoot } from './trust-root.ts';

/** What keyless signatures are verified by. */
export interface TrustRoots {
  /** Throws `LynceusError` when there is none that can be trusted now. */
  get(place: TrustRootPlace, signal: AbortSignal): Promise<TrustRoot>;
}

export interface TrustRootsOptions {
  /** The text at a place that an administrator keeps. Throws `LynceusError`. */
  readonly readText: (
    place: Exclude<TrustRootPlace, { kind: 'public' }>,
    signal: AbortSignal,
  ) => Promise<string>;
  /** The text that the TUF repository has, fresh enough to be trusted. Throws `trust-root-unavailable`. */
  readonly readPublic: (signal: AbortSignal) => Promise<string>;
}

/** Texts are read each time, and taken apart again only when they changed. */
export function createTrustRoots({ readText, readPublic }: TrustRootsOptions): TrustRoots {
  const parsed = new Map<string, { readonly text: string; readonly root: TrustRoot }>();
  return {
    async get(place, signal) {
      const where = whereText(place);
      const text = await (place.kind === 'public' ? readPublic(signal) : readText(place, signal));
      const known = parsed.get(where);
      if (known?.text === text) return known.root;
      // Only a keyless signature pays for loading it.
      const { parseTrustRoot } = await import('./trust-root.ts');
      const root = parseTrustRoot(text, where);
      parsed.set(where, { text, root });
      return root;
    },
  };
}

function whereText(place: TrustRootPlace): string {
  switch (place.kind) {
    case 'public':
      return 'the trust root of the TUF repository';
    case 'config-map':
      return `ConfigMap ${place.configMap.namespace}/${place.configMap.name}, field ${place.configMap.field}`;
    case 'file':
      return `file ${place.path}`;
  }
}
