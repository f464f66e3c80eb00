import { minimatch } from 'minimatch';
import type { Config } from '../config/config.ts';
import type { ApplicationId } from '../core/policy.ts';
import type { ApplicationSelector } from './services.ts';
import { applicationKey } from '../core/identity/application.ts';

/** Name globs (any of them) and labels (all of them). Without either every Application is selected. */
export function selectorOf({
  matchNames,
  matchLabels,
}: Pick<Config['applications'], 'matchNames' | 'matchLabels'>): ApplicationSelector {
  return ({ name, labels }) =>
    (matchNames.length === 0 ||
      matchNames.some((glob) => minimatch(name, glob, { dot: true, nocomment: true, nonegate: true }))) &&
    matchLabels.every(({ key, value }) => labels[key] === value);
}

/** Selects these Applications only. */
export function oneOf(ids: readonly ApplicationId[]): ApplicationSelector {
  const keys = new Set(ids.map(applicationKey));
  return (application) => keys.has(applicationKey(application));
}
