import { z } from 'zod';

type Labels = Readonly<Record<string, string>>;

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

const requirement = z
  .strictObject({
    key: z.string().min(1),
    operator: z.enum(OPERATORS),
    values: z.array(z.string()).nullish(),
  })
  .superRefine(({ operator, values }, context) => {
    const needsValues = operator === 'In' || operator === 'NotIn';
    if (needsValues === (values ?? []).length > 0) return;
    const expected = needsValues ? 'expected at least one value' : 'expected no values';
    context.addIssue({ code: 'custom', path: ['values'], message: `${expected} with ${operator}` });
  });

/** The schema of a Kubernetes label selector (meta/v1 LabelSelector). */
export const labelSelector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).nullish(),
  matchExpressions: z.array(requirement).nullish(),
});

type LabelSelector = z.infer<typeof labelSelector>;
type Requirement = z.infer<typeof requirement>;

/**
 * Whether labels fit all of a selector; an empty one fits any. As in Kubernetes, a label that is missing fits `NotIn` and
 * `DoesNotExist`.
 */
export function fitsSelector({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels ?? {}).every(([key, value]) => labelOf(labels, key) === value) &&
    (matchExpressions ?? []).every((one) => fitsRequirement(one, labels))
  );
}

/** How many requirements a selector has. */
export function requirementsOf({ matchLabels, matchExpressions }: LabelSelector): number {
  return Object.keys(matchLabels ?? {}).length + (matchExpressions ?? []).length;
}

function fitsRequirement({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labelOf(labels, key);
  switch (operator) {
    case 'In':
      return value !== undefined && (values ?? []).includes(value);
    case 'NotIn':
      return value === undefined || !(values ?? []).includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
