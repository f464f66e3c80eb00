import { cutText } from '../cut-text.ts';
import { LONGEST_CONDITION_MESSAGE, type UpdaterCondition } from './status.ts';

/** How a cycle ended for an `ImageUpdater`. */
export type UpdaterEnding =
  | { readonly kind: 'failed'; readonly message: string }
  | {
      readonly kind: 'checked';
      readonly applications: number;
      readonly updated: number;
      readonly errors: number;
    };

type Said = Pick<UpdaterCondition, 'type' | 'status' | 'reason' | 'message'>;

/**
 * The conditions after a cycle, in the words of Argo CD Image Updater. A condition keeps the time of its last transition while its
 * status stays the same; conditions of other types stay as they are.
 */
export function nextConditions(
  previous: readonly UpdaterCondition[],
  ending: UpdaterEnding,
  { generation, now }: { readonly generation: number | undefined; readonly now: string },
): readonly UpdaterCondition[] {
  const ours = [RECONCILING, ...saidOf(ending)];
  const others = previous.filter(({ type }) => !ours.some((one) => one.type === type));
  return [
    ...others,
    ...ours.map((said): UpdaterCondition => {
      const before = previous.find(({ type }) => type === said.type);
      return {
        ...said,
        message: cutText(said.message, LONGEST_CONDITION_MESSAGE),
        ...(generation === undefined ? {} : { observedGeneration: generation }),
        lastTransitionTime: before?.status === said.status ? before.lastTransitionTime : now,
      };
    }),
  ];
}

const RECONCILING: Said = {
  type: 'Reconciling',
  status: 'False',
  reason: 'Idle',
  message: 'Last check completed. Awaiting next cycle.',
};

function saidOf(ending: UpdaterEnding): readonly [error: Said, ready: Said] {
  if (ending.kind === 'failed') {
    const { message } = ending;
    return [
      { type: 'Error', status: 'True', reason: 'ReconcileError', message },
      {
        type: 'Ready',
        status: 'False',
        reason: 'ReconcileFailed',
        message: `Reconciliation failed: ${message}`,
      },
    ];
  }
  const { applications, updated, errors } = ending;
  if (errors > 0) {
    return [
      {
        type: 'Error',
        status: 'True',
        reason: 'PartialErrors',
        message: `${errors} error(s) occurred during image update checks.`,
      },
      {
        type: 'Ready',
        status: 'True',
        reason: 'ReconcileCompletedWithErrors',
        message: `Reconciled ${applications} applications with ${errors} errors, ${updated} images updated.`,
      },
    ];
  }
  return [
    {
      type: 'Error',
      status: 'False',
      reason: 'NoErrors',
      message: 'No errors during last reconciliation.',
    },
    {
      type: 'Ready',
      status: 'True',
      reason: 'ReconcileSucceeded',
      message: `Reconciled ${applications} applications, ${updated} images updated.`,
    },
  ];
}
