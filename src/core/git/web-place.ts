import { webHost, type GitRemote } from './remote.ts';

/** Where the web pages of a repository are. */
export interface WebPlace {
  readonly protocol: 'https' | 'http';
  /** With its port unless that is the usual one. */
  readonly host: string;
  /** Path of the Git remote without leading slash and `.git`: `acme/deploy`, `scm/acme/deploy`. */
  readonly path: string;
}

/** The port of SSH is not that of the API. */
export function webPlaceOf({ transport, host, path }: GitRemote): WebPlace {
  const there = webHost(host);
  if (transport === 'ssh') return { protocol: 'https', host: there.replace(/:\d+$/, ''), path };
  return { protocol: transport === 'http' ? 'http' : 'https', host: there, path };
}
