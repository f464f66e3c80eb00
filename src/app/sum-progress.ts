import type { CycleProgress, OnProgress } from './services.ts';

/** Progress of several batches as that of one cycle. Call it once for each batch. */
export function sumProgress(onProgress: OnProgress): () => OnProgress {
  const stages = new Map<CycleProgress['stage'], Map<symbol, CycleProgress>>();
  return () => {
    const batch = Symbol('batch');
    return (progress) => {
      const { stage } = progress;
      const known = stages.get(stage) ?? new Map<symbol, CycleProgress>();
      stages.set(stage, known.set(batch, progress));
      let done = 0;
      let total = 0;
      for (const one of known.values()) {
        done += one.done;
        total += one.total;
      }
      onProgress({ stage, done, total });
    };
  };
}
