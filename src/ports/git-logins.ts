import type { GitPlace } from '../core/policy.ts';

/** How a remote is reached over HTTP. */
export interface GitRoute {
  readonly caFile: string | undefined;
  /**
   * Instead of the proxy of the process; its URL may hold a login. `except` is a list as in `no_proxy`, `*` for no proxy
   * at all.
   */
  readonly proxy?: { readonly url: string; readonly except: string };
  /** Proves to the remote who connects (mutual TLS). */
  readonly client?: GitClientCertificate;
}

export type GitClientCertificate =
  | { readonly kind: 'files'; readonly certFile: string; readonly keyFile: string }
  /** PEM. */
  | { readonly kind: 'text'; readonly certificate: string; readonly key: string };

/** How to authenticate to a Git remote. */
export type GitLogin =
  | (GitRoute & {
      readonly kind: 'none';
      /** Where a login was looked for, and why none was found; for messages. */
      readonly lookedAt?: string;
    })
  | (GitRoute & { readonly kind: 'basic'; readonly username: string; readonly password: string })
  | (GitRoute & { readonly kind: 'bearer'; readonly token: string })
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
