import type { CycleReport } from '../core/report.ts';

/** Receives the report of each finished cycle. What it throws is logged and stops nothing. */
export interface Reporter {
  report(cycle: CycleReport): void | Promise<void>;
}
