import { minimatch } from 'minimatch';
import { fitsSelector } from '../argocd/label-selector.ts';
import type { Config } from '../config/config.ts';
import type { ApplicationSelector } from './services.ts';

/** Name globs (any of them) and labels (all of them). Without either every Application is selected. */
export function selectorOf({
  matchNames,
  matchLabels,
}: Pick<Config['applications'], 'matchNames' | 'matchLabels'>): ApplicationSelector {
  return ({ name, labels }) =>
    (matchNames.length === 0 ||
      matchNames.some((glob) => minimatch(name, glob, { dot: true, nocomment: true, nonegate: true }))) &&
    matchLabels.every((one) =>
      'value' in one
        ? labels[one.key] === one.value
        : fitsSelector({ matchExpressions: [{ ...one, values: [...one.values] }] }, labels),
    );
}
