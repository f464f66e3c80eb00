import { webHost, type GitRemote } from '../core/git/remote.ts';
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

/** Where the web pages of a project are. */
export interface WebPlace extends HostProject {
  readonly protocol: 'https' | 'http';
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

/** The port of SSH is not that of the API. */
export function webPlaceOf({ transport, host, path }: GitRemote): WebPlace {
  const there = webHost(host);
  if (transport === 'ssh') return { protocol: 'https', host: there.replace(/:\d+$/, ''), path };
  return { protocol: transport === 'http' ? 'http' : 'https', host: there, path };
}

/** Parts of the path of a Git remote, decoded. What cannot be decoded stays as it is. */
export function segmentsOf(path: string): readonly string[] {
  return path.split('/').map((segment) => {
    try {
      return decodeURIComponent(segment);
    } catch {
      return segment;
    }
  });
}

/** The path of an API again: `/acme/Our%20Project`; `''` of nothing. */
export function apiPathOf(segments: readonly string[]): string {
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join('');
}
