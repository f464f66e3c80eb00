import type { CycleReport } from '../core/report.ts';
import { asLynceusError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { Reporter } from '../ports/reporter.ts';

/** Stage 10. A reporter that throws is logged and stops nothing. */
export async function reportCycle(
  reporters: readonly Reporter[],
  report: CycleReport,
  log: Log,
): Promise<void> {
  for (const reporter of reporters) {
    try {
      await reporter.report(report);
    } catch (thrown) {
      log.error('a reporter failed', { cycle: report.cycle, err: asLynceusError(thrown) });
    }
  }
}
