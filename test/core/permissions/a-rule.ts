import type { PermissionRule } from '../../../src/core/permissions/permission-rule.ts';

/** A rule that is for everybody and grants only what is named. */
export function aRule(changes: Partial<PermissionRule>): PermissionRule {
  const nothing = { projects: [], namespaces: [], applications: [], remotes: [], branches: [], paths: [] };
  return { ...nothing, keys: [], registries: [], logins: [], templates: [], promoteFrom: [], ...changes };
}
