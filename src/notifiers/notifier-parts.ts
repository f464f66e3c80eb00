import type { GitRemote } from '../core/git/remote.ts';
import type { Proxy } from '../http/proxy.ts';
import type { ReadPlace } from '../http/server-access.ts';
import type { Clock } from '../ports/clock.ts';

/** What every service is given beside its settings. */
export interface NotifierParts {
  /** The name of the service in the configuration. */
  readonly name: string;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly proxyFor: (url: URL) => Proxy | undefined;
  /** Secrets are read when they are needed, so that a new one counts at once. */
  readonly readSecret: ReadPlace;
  /**
   * The token that the API of a remote's host is asked with for pull requests, for an Application of this AppProject. Throws
   * `credentials-missing` where there is none; absent: there never is.
   */
  readonly hostToken?: (
    remote: GitRemote,
    project: string | undefined,
    signal: AbortSignal,
  ) => Promise<string>;
}
