import { joinKey } from '../identity/key.ts';
import type { PermissionRule } from './permission-rule.ts';

/** A rule for one Application: what stands in it was asked for by one write. */
export type NeededRule = Partial<PermissionRule>;

/**
 * As few rules as there can be without granting more than all of them together: those of one Application for one branch become
 * one, and then those of several Applications that grant the same.
 */
export function mergeRules(rules: readonly NeededRule[]): readonly NeededRule[] {
  const byPlace = grouped(rules, (rule) =>
    joinKey(who(rule), list(rule.applications), list(rule.remotes), list(rule.branches), ...textsOf(rule)),
  );
  const ofApplications = byPlace.map((group) => ({ ...first(group), ...union(group, 'paths') }));
  const byGrant = grouped(ofApplications, (rule) =>
    joinKey(who(rule), list(rule.remotes), list(rule.branches), list(rule.paths), ...textsOf(rule)),
  );
  return byGrant.map((group) => ({ ...first(group), ...union(group, 'applications') }));
}

function grouped(rules: readonly NeededRule[], keyOf: (rule: NeededRule) => string): NeededRule[][] {
  const groups = new Map<string, NeededRule[]>();
  for (const rule of rules) {
    const group = groups.get(keyOf(rule));
    if (group === undefined) groups.set(keyOf(rule), [rule]);
    else group.push(rule);
  }
  return [...groups.values()];
}

function who({ projects, namespaces }: NeededRule): string {
  return joinKey(list(projects), list(namespaces));
}

/** What is granted beside a place is not merged over paths: each of them is for the file that it was asked with. */
function textsOf({ paths, keys, registries, logins, templates, promoteFrom }: NeededRule): readonly string[] {
  const texts = [keys, registries, logins, templates, promoteFrom].map(list);
  return texts.some((text) => text !== '') ? [...texts, list(paths)] : [];
}

function list(texts: readonly string[] | undefined): string {
  return joinKey(...(texts ?? []));
}

function first(group: readonly NeededRule[]): NeededRule {
  return group[0] ?? {};
}

function union(group: readonly NeededRule[], part: 'paths' | 'applications'): NeededRule {
  const all = [...new Set(group.flatMap((rule) => rule[part] ?? []))].toSorted();
  return all.length === 0 ? {} : { [part]: all };
}
