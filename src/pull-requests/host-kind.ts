import type { PullRequestHost } from '../ports/pull-request-host.ts';
import type { HostApi } from './host-api.ts';

/** What proves who we are to the API. */
export interface HostLogin {
  /** `''` when there is none: most hosts want the token alone. */
  readonly username: string;
  readonly token: string;
}

/** One project of one host. */
export interface HostProject {
  /** `github.com/acme/deploy`, for messages. */
  readonly label: string;
  /** Path of the Git remote without leading slash and `.git`: `acme/deploy`, `scm/acme/deploy`. */
  readonly path: string;
}

/** One kind of Git host: how it is recognised, where its API is, and how it speaks. */
export interface HostKind {
  /** Hosts that are of this kind for sure. */
  readonly hosts: readonly string[];
  /** Base URL of the API, without a trailing slash, for the web host (with its port unless that is the usual one). */
  readonly apiUrlOf: (origin: { readonly protocol: 'https' | 'http'; readonly host: string }) => string;
  readonly headersOf: (login: HostLogin) => Readonly<Record<string, string>>;
  readonly open: (project: HostProject, api: HostApi) => PullRequestHost;
}
