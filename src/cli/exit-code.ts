import type { CycleReport } from '../core/report.ts';
import { EXIT_FAILED, EXIT_OK } from './io.ts';

/** The exit code after one cycle: whether anything in it failed. */
export function exitCodeOf({
  images,
  problems,
  failures,
}: Pick<CycleReport, 'images' | 'problems' | 'failures'>): number {
  const failed = images.some(({ outcome }) => outcome === 'failed');
  return failed || problems.length > 0 || failures.length > 0 ? EXIT_FAILED : EXIT_OK;
}
