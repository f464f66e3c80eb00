import { expect } from 'vitest';
import type { ImageUpdater } from '../../src/argocd/image-updater.ts';
import { readImageUpdater } from '../../src/argocd/parse-image-updater.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An `ImageUpdater` as a manifest. */
export function updaterManifest(spec: unknown, metadata: Fields = {}): Fields {
  return {
    apiVersion: 'argocd-image-updater.argoproj.io/v1alpha1',
    kind: 'ImageUpdater',
    metadata: { name: 'images', namespace: 'argocd', ...metadata },
    spec,
  };
}

/** One that can be read. */
export function anUpdater(spec: unknown, metadata: Fields = {}): ImageUpdater {
  const reading = readImageUpdater(updaterManifest(spec, metadata), 'images.yaml');
  expect(reading).toMatchObject({ kind: 'updater' });
  if (reading.kind === 'problem') throw new Error(reading.problem.message);
  return reading.updater;
}
