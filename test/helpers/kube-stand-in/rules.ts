import { ruleName, type KubeRequest } from './request.ts';

/** A rule of a Role or ClusterRole; `namespace` is where it is bound, everywhere unless said. */
export interface KubeRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly namespace?: string;
}

/** As the API server decides: any rule that covers the request allows it. */
export function isAllowed(request: KubeRequest, rules: readonly KubeRule[]): boolean {
  return rules.some(
    (rule) =>
      covers(rule.apiGroups, request.group) &&
      covers(rule.resources, ruleName(request)) &&
      covers(rule.verbs, request.verb) &&
      (rule.resourceNames === undefined || rule.resourceNames.includes(nameOf(request))) &&
      (rule.namespace === undefined || rule.namespace === request.namespace),
  );
}

/** A list or a watch is for one name when its field selector says so. */
function nameOf({ name, query }: KubeRequest): string {
  if (name !== '') return name;
  return /^metadata\.name==?([^,]+)$/.exec(query.get('fieldSelector') ?? '')?.[1] ?? '';
}

function covers(given: readonly string[], wanted: string): boolean {
  return given.includes('*') || given.includes(wanted);
}
