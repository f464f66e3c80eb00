import type { GitPlace } from '../core/policy.ts';

/** How to authenticate to a Git remote. */
export type GitLogin =
  | { readonly kind: 'none'; readonly caFile: string | undefined }
  | {
      readonly kind: 'basic';
      readonly username: string;
      readonly password: string;
      readonly caFile: string | undefined;
      /** Instead of the proxy of the process; its URL may hold a login. `except` is a list as in `no_proxy`. */
      readonly proxy?: { readonly url: string; readonly except: string };
    }
  | {
      readonly kind: 'ssh';
      readonly privateKeyFile: string;
      /** `undefined`: the system's own known_hosts files. Host keys are always checked. */
      readonly knownHostsFile: string | undefined;
    }
  | {
      readonly kind: 'ssh-key';
      /** The key itself, in the form of OpenSSH or PEM, with a line break at its end. */
      readonly privateKey: string;
      readonly knownHostsFile: string | undefined;
    };

/** Finds the login of a remote. Throws `LynceusError` (`credentials-missing`, `credentials-failed`). */
export interface GitLogins {
  find(place: GitPlace, signal: AbortSignal): Promise<GitLogin>;
  /** Another login in place of one that the remote refused before its time; `undefined` when there is none. */
  renew?(place: GitPlace, refused: GitLogin, signal: AbortSignal): Promise<GitLogin | undefined>;
}
