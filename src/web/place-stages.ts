import type { PipelineStage } from '../core/status/status-pages.ts';

/** A stage at its place in a list that is read from above. */
export interface PlacedStage {
  readonly stage: PipelineStage;
  /** 0 for one without a stage before it. */
  readonly depth: number;
  /** The stages that it also takes versions from, beside the one that it stands under. */
  readonly otherUpstreams: readonly string[];
}

/**
 * The pipelines of a graph: each a list in which a stage follows the one that it takes versions from. A stage with several of these
 * stands under the first. Each stage is there once, those of a ring too.
 */
export function placeStages(stages: readonly PipelineStage[]): readonly (readonly PlacedStage[])[] {
  const known = new Set(stages.map(({ imageId }) => imageId));
  const below = new Map<string, PipelineStage[]>();
  for (const stage of stages) {
    const parent = parentOf(stage, known);
    if (parent !== undefined) below.set(parent, [...(below.get(parent) ?? []), stage]);
  }
  const placed = new Set<string>();
  const fromHere = (root: PipelineStage): readonly PlacedStage[] => {
    const list: PlacedStage[] = [];
    const open: { readonly stage: PipelineStage; readonly depth: number }[] = [{ stage: root, depth: 0 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { stage, depth } = next;
      if (placed.has(stage.imageId)) continue;
      placed.add(stage.imageId);
      const parent = depth === 0 ? undefined : parentOf(stage, known);
      list.push({ stage, depth, otherUpstreams: stage.upstreams.filter((id) => id !== parent) });
      for (const one of (below.get(stage.imageId) ?? []).toReversed())
        open.push({ stage: one, depth: depth + 1 });
    }
    return list;
  };
  const roots = stages.filter((stage) => parentOf(stage, known) === undefined).map(fromHere);
  // What is left goes round in rings.
  const rings = stages.map(fromHere);
  return [...roots, ...rings].filter((pipeline) => pipeline.length > 0);
}

function parentOf({ imageId, upstreams }: PipelineStage, known: ReadonlySet<string>): string | undefined {
  return upstreams.find((id) => id !== imageId && known.has(id));
}
