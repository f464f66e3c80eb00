import type { Notice } from './notice.ts';

/** The notice as the people of the Application may read it, or as everybody else may. */
export function noticeFor(audience: 'all' | 'tenants', { forTenants, ...notice }: Notice): Notice {
  return audience === 'tenants' && forTenants !== undefined ? { ...notice, ...forTenants } : notice;
}
