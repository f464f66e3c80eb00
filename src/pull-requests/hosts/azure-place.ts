import { apiPathOf, segmentsOf } from '../../core/git/api-path.ts';
import { LynceusError } from '../../errors.ts';
import type { HostProject } from '../host-kind.ts';

/** Where a repository of Azure DevOps is. */
export interface AzurePlace {
  /** Path of the organization or collection: `/acme`, `/tfs/DefaultCollection`; `''` where the host is the organization. */
  readonly collection: string;
  readonly project: string;
  readonly repository: string;
}

const SSH = /^v3\/([^/]+)\/([^/]+)\/([^/]+)$/;

/**
 * Reads the path of a remote in each form that Azure DevOps has (learn.microsoft.com/azure/devops/repos/git):
 * `ORG/PROJECT/_git/REPO`, `ORG/_git/REPO` for a repository named as its project, the same without `ORG` or with
 * `DefaultCollection` at `ORG.visualstudio.com`, `v3/ORG/PROJECT/REPO` over SSH, and `[tfs/]COLLECTION/PROJECT/_git/REPO`
 * at a server of one's own. Between `_git` and the name may be `_full` or `_optimized`.
 */
export function azurePlaceOf(host: string, path: string): AzurePlace | undefined {
  const ssh = SSH.exec(path);
  if (ssh !== null) {
    const [organization = '', project = '', repository = ''] = segmentsOf(ssh.slice(1).join('/'));
    return { collection: apiPathOf([organization]), project, repository };
  }
  const segments = segmentsOf(path);
  const git = segments.indexOf('_git');
  const repository = segments.at(-1);
  if (git < 0 || repository === undefined || git === segments.length - 1) return undefined;
  const before = segments.slice(0, git);
  const isOrganization = host === 'dev.azure.com' ? before.length === 1 : isLegacyCollection(before);
  const collection = isOrganization ? before : before.slice(0, -1);
  return {
    collection: apiPathOf(
      collection.filter((segment) => !isLegacyCollection([segment]) || !isLegacyHost(host)),
    ),
    project: isOrganization ? repository : (before.at(-1) ?? repository),
    repository,
  };
}

/** The same; throws `config-invalid` for any other path. */
export function requireAzurePlace({ host, path }: HostProject, label: string): AzurePlace {
  const place = azurePlaceOf(host, path);
  if (place !== undefined) return place;
  throw new LynceusError('config-invalid', `${label} is no repository of Azure DevOps`, {
    hint: 'its URL is https://dev.azure.com/ORG/PROJECT/_git/REPO or git@ssh.dev.azure.com:v3/ORG/PROJECT/REPO',
  });
}

function isLegacyHost(host: string): boolean {
  return host.endsWith('.visualstudio.com');
}

/** What `ORG.visualstudio.com` may have before the project, and needs not. */
function isLegacyCollection(segments: readonly string[]): boolean {
  return segments.length === 1 && segments[0]?.toLowerCase() === 'defaultcollection';
}
