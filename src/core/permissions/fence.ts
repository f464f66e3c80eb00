import type { AppProjects } from './app-project.ts';
import type { PermissionRule } from './permission-rule.ts';

/** Everything by which it is decided what an Application may ask for. */
export interface Fence {
  readonly rules: readonly PermissionRule[];
  /**
   * Whether what is not an Application's own needs a rule. Not so in an installation for one namespace without rules, whose
   * tenants are trusted as Argo CD Image Updater trusts them.
   */
  readonly enforced: boolean;
  readonly projects: AppProjects;
  readonly argocdNamespace: string;
}
