import type { AnnotationRule } from '../core/annotation-rule.ts';
import type { UpdaterResult } from '../core/report.ts';
import type { Log } from '../ports/log.ts';

/** Logs who counts, annotations or `ImageUpdater`s; once, until it changes. */
export function createOwnerNotice(
  rule: AnnotationRule,
): (counts: { readonly updaters: readonly UpdaterResult[]; readonly leftOut: number }, log: Log) => void {
  let said = '';
  return ({ updaters, leftOut }, log) => {
    if (updaters.length === 0 && leftOut === 0 && said === '') return;
    const now = `${updaters.length} ${leftOut}`;
    if (now === said) return;
    said = now;
    log.info('ImageUpdaters count, and annotations where they let them', {
      'applications.annotations': rule,
      imageUpdaters: updaters.length,
      annotatedApplicationsLeftOut: leftOut,
    });
  };
}
