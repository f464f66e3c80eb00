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
}
