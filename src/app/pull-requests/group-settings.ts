import { requestPlace, type RequestGroup } from './request-groups.ts';

/** What the Applications of a group name for its request. */
export interface GroupSettings {
  /** The labels of all of them; `configured` for an Application that names none. */
  labelsWith(configured: readonly string[]): readonly string[];
  /** Template of the title, of the first that names one. */
  readonly title: string | undefined;
}

/** Of the Applications whose changes are in the request. */
export function groupSettingsOf({ evaluations }: Pick<RequestGroup, 'evaluations'>): GroupSettings {
  const named = evaluations
    .filter(({ decision }) => decision.outcome === 'update')
    .flatMap((evaluation) => requestPlace(evaluation)?.pullRequest ?? []);
  return {
    labelsWith(configured) {
      const labels = named.flatMap((one) => one.labels ?? configured);
      return named.length === 0 ? configured : [...new Set(labels)];
    },
    title: named.find(({ title }) => title !== undefined)?.title,
  };
}
