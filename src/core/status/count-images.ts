import type { ImageOutcome } from '../report.ts';
import type { ImageStatus } from './image-status.ts';
import type { StatusOverview } from './status-pages.ts';

export const IMAGE_OUTCOMES = [
  'update',
  'updated',
  'current',
  'held',
  'skipped',
  'failed',
] as const satisfies readonly ImageOutcome[];

/** How many images have each outcome, and how many are held by each code. */
export function countImages(images: Iterable<ImageStatus>): Pick<StatusOverview, 'images' | 'held'> {
  const counts: Record<ImageOutcome, number> = {
    update: 0,
    updated: 0,
    current: 0,
    held: 0,
    skipped: 0,
    failed: 0,
  };
  const held = new Map<string, number>();
  for (const { outcome, code } of images) {
    counts[outcome] += 1;
    if (outcome === 'held') held.set(code, (held.get(code) ?? 0) + 1);
  }
  return { images: counts, held: Object.fromEntries([...held].sort(([a], [b]) => (a < b ? -1 : 1))) };
}
