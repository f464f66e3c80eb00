import { LynceusError } from '../errors.ts';

/** The end of a time of leading. */
export interface Losing {
  readonly signal: AbortSignal;
  /** Aborts the signal; only the first reason counts. */
  lose(reason: string): void;
  /** The same on purpose: nobody is told. */
  end(): void;
}

export function createLosing(onLost: (reason: string) => void): Losing {
  const controller = new AbortController();
  const abort = (reason: string): void =>
    controller.abort(new LynceusError('aborted', `this process does not lead any more: ${reason}`));
  return {
    signal: controller.signal,
    lose(reason) {
      if (controller.signal.aborted) return;
      abort(reason);
      onLost(reason);
    },
    end: () => abort('it has given the lead away'),
  };
}
