import type { Fence } from '../core/permissions/fence.ts';
import type { Log } from '../ports/log.ts';

/**
 * Logs what the fence leaves open, and what keeps it from working; each once, until it changes. `openLogins` are variables with a
 * login to Git for which no remote is listed.
 */
export function createFenceNotice(openLogins: readonly string[]): (fence: Fence, log: Log) => void {
  let said = '';
  return (fence, log) => {
    const { projects, enforced, argocdNamespace } = fence;
    const why = projects.kind === 'unreadable' ? projects.why : undefined;
    const now = `${enforced} ${why}`;
    if (now === said) return;
    said = now;
    if (why !== undefined)
      log.warn('AppProjects cannot be read', {
        reason: why,
        effect: enforced ? 'no Application is updated' : 'they limit no Application',
        hint: `add to the Role of Lynceus in ${argocdNamespace}: {apiGroups: [argoproj.io], resources: [appprojects], verbs: [list, watch]}`,
      });
    if (enforced && openLogins.length > 0)
      log.warn(`the login in ${openLogins.join(', ')} goes to the source of every Application`, {
        hint: 'set git.loginFor (GIT_LOGIN_FOR) to the remotes that it is for; docs/git.md',
      });
    if (enforced) return;
    log.warn(
      `permissions are open: an Application of the namespace ${argocdNamespace} may have any file of any remote written that its AppProject allows, and may use the logins there`,
      { hint: 'docs/permissions.md; lynceus permissions prints the rules that close it' },
    );
  };
}
