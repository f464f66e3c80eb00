import type { Environment } from '../app/environment.ts';
import { peerNotices } from '../settings/peer-options.ts';
import type { Flags } from './configure.ts';

/** Says of each setting of Argo CD Image Updater that has no counterpart what is done instead. */
export function warnOfPeerOptions(flags: Flags, { env, log }: Pick<Environment, 'env' | 'log'>): void {
  for (const { setting, instead } of peerNotices(flags, env))
    log.warn('a setting of Argo CD Image Updater has no counterpart here', { setting, instead });
}
