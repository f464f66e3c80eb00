import type { HostKindName } from '../pull-requests/host-kinds.ts';
import { webHost, type GitRemote } from './remote.ts';

/** The page of a commit at a host of this kind; `segments` are the parts of the path of the remote, decoded. */
type CommitPath = (segments: readonly string[], sha: string) => readonly string[] | undefined;

const PATHS: Readonly<Record<HostKindName, CommitPath>> = {
  github: (segments, sha) => [...segments, 'commit', sha],
  gitlab: (segments, sha) => [...segments, '-', 'commit', sha],
  gitea: (segments, sha) => [...segments, 'commit', sha],
  forgejo: (segments, sha) => [...segments, 'commit', sha],
  'bitbucket-cloud': (segments, sha) => [...segments, 'commits', sha],
  'bitbucket-data-center': bitbucketPath,
  'azure-devops': azurePath,
};

/**
 * The web page of a commit; `undefined` where the kind of the host is not known, and for what is no hash. `kind` is that of the host, as
 * the configuration or its name says. AWS CodeCommit is known by its name.
 */
export function commitPage(
  remote: GitRemote,
  sha: string,
  kind: HostKindName | undefined,
): string | undefined {
  const { transport, host, path } = remote;
  if (transport === 'local' || !/^[0-9a-f]{7,64}$/.test(sha)) return undefined;
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decoded);
  const [, region] = /^git-codecommit\.([a-z0-9-]+)\.amazonaws\.com$/.exec(host) ?? [];
  if (region !== undefined) return codeCommitPage(region, segments.at(-1) ?? '', sha);
  if (kind === undefined) return undefined;
  const parts = PATHS[kind](kind === 'azure-devops' ? [host, ...segments] : segments, sha);
  if (parts === undefined) return undefined;
  const there = host.endsWith('.visualstudio.com') ? 'dev.azure.com' : webHost(host);
  const origin =
    transport === 'http'
      ? `http://${there}`
      : `https://${transport === 'ssh' ? there.replace(/:\d+$/, '') : there}`;
  return `${origin}${parts.map((part) => `/${encodeURIComponent(part)}`).join('')}`;
}

/** `scm/PROJECT/name` over HTTP, `PROJECT/name` over SSH, `~user/name` for a person's own; a path may be in front of `scm`. */
function bitbucketPath(segments: readonly string[], sha: string): readonly string[] | undefined {
  const at = segments.indexOf('scm');
  const before = at < 0 ? [] : segments.slice(0, at);
  const [project, name, ...more] = segments.slice(at + 1);
  if (project === undefined || name === undefined || more.length > 0) return undefined;
  const owner = project.startsWith('~') ? ['users', project.slice(1)] : ['projects', project];
  return [...before, ...owner, 'repos', name, 'commits', sha];
}

/** `org/project/_git/name`, `org/_git/name` for a project's own, `v3/org/project/name` over SSH; `org` may be in the host. */
function azurePath([host = '', ...segments]: readonly string[], sha: string): readonly string[] | undefined {
  const [, organization] = /^([a-z0-9-]+)\.visualstudio\.com$/.exec(host) ?? [];
  const isOld = organization !== undefined && organization !== 'vs-ssh';
  const written = segments.filter((one, at) => !(at === 0 && one === 'v3'));
  const inside = isOld
    ? [organization, ...written.filter((one, at) => !(at === 0 && one.toLowerCase() === 'defaultcollection'))]
    : written;
  const parts = inside.filter((one) => one !== '_git');
  const [owner, project, name = project, ...more] = parts;
  if (owner === undefined || project === undefined || name === undefined || more.length > 0) return undefined;
  return [owner, project, '_git', name, 'commit', sha];
}

function codeCommitPage(region: string, name: string, sha: string): string {
  const path = `codesuite/codecommit/repositories/${encodeURIComponent(name)}/commit/${sha}`;
  return `https://${region}.console.aws.amazon.com/${path}?region=${region}`;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
