import type { WebPlace } from '../core/git/web-place.ts';
import type { PullRequestHost } from '../ports/pull-request-host.ts';
import type { HostApi } from './host-api.ts';

/** Login to the API. */
export interface HostLogin {
  /** `''` when there is none: most hosts want the token alone. */
  readonly username: string;
  readonly token: string;
}

/** One project of one host. */
export interface HostProject {
  /** Host of the Git remote, with its port unless that is the usual one. */
  readonly host: string;
  /** Path of the Git remote without leading slash and `.git`: `acme/deploy`, `scm/acme/deploy`. */
  readonly path: string;
}

/** One kind of Git host: how it is recognised, where its API is, and how its pull requests are read and written. */
export interface HostKind {
  /** Hosts that are of this kind for sure; `*.` at the beginning stands for one label. */
  readonly hosts: readonly string[];
  /** Base URL of the API, without a trailing slash. */
  readonly apiUrlOf: (place: WebPlace) => string;
  readonly headersOf: (login: HostLogin) => Readonly<Record<string, string>>;
  readonly open: (project: HostProject, api: HostApi) => PullRequestHost;
}
