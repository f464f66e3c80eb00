import type { KubeObject } from '../../../src/kube/kube-client.ts';
import { badRequest } from './status.ts';

export type Matches = (object: KubeObject) => boolean;

/** `labelSelector` and `fieldSelector` of a request as one question. Throws a 400 for what cannot be read. */
export function readSelectors(labelSelector: string, fieldSelector: string): Matches {
  const terms = [
    ...splitTerms(labelSelector).map(readLabelTerm),
    ...fieldSelector.split(',').filter(Boolean).map(readFieldTerm),
  ];
  return (object) => terms.every((matches) => matches(object));
}

/** Commas within brackets belong to a term. */
function splitTerms(selector: string): readonly string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter(Boolean);
}

function readLabelTerm(term: string): Matches {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
  const labelOf = (object: KubeObject, key = ''): string | undefined => object.metadata?.labels?.[key];
  if (set !== null) {
    const [, key, operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return (object) => {
      const label = labelOf(object, key);
      return operator === 'in'
        ? label !== undefined && values.includes(label)
        : label === undefined || !values.includes(label);
    };
  }
  const comparison = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/.exec(term);
  if (comparison !== null) {
    const [, key, operator, value] = comparison;
    return (object) => (labelOf(object, key) === value) === (operator !== '!=');
  }
  const existence = /^(!?)\s*([^\s=!]+)$/.exec(term);
  if (existence === null) throw badRequest(`unable to parse requirement: found '${term}'`);
  return (object) => (labelOf(object, existence[2]) !== undefined) === (existence[1] === '');
}

function readFieldTerm(term: string): Matches {
  const [, path = '', operator, value = ''] = /^([\w.]+)(==|=|!=)(.*)$/.exec(term) ?? [];
  if (path === '') throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  return (object) => {
    let at: unknown = object;
    for (const key of path.split('.'))
      at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
    return ((at ?? '') === value) === (operator !== '!=');
  };
}
