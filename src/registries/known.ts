import { canonicalHost } from '../core/image/registry-host.ts';
import { DEFAULT_REGISTRY_LIMIT, type RegistryApi } from '../core/registry-api.ts';
import type { RegistryEndpoint } from '../settings/registry.ts';

/** What is known of a public registry. An administrator's entry for the same host takes its place. */
export interface KnownRegistry {
  /** Host as in image names; `*` stands for anything but a dot. */
  readonly host: string;
  readonly name: string;
  /** Where its API is, when that is not the host itself. */
  readonly apiUrl?: string;
  readonly defaultNamespace?: string;
  /** Requests per second; `DEFAULT_REGISTRY_LIMIT` unless set. */
  readonly limit?: number;
  /** The interface that lists digests and times in bulk; the distribution API alone unless set. */
  readonly api?: RegistryApi;
  /** Where that interface is, when it is on another host: the only other one that ever sees a login. */
  readonly interfaceUrl?: string;
  /** Origin of its token server, when that is not on the host itself or on that of its API. */
  readonly tokenServer?: string;
  /** Requests at the same time; 10 unless set. */
  readonly concurrency?: number;
  /** What to ask a token for, besides `pull`, before it asks for them itself. */
  readonly actions?: readonly string[];
  /** Why the row is as it is. */
  readonly reason: string;
}

/** Mirrors of Docker Hub can be asked about there too. */
export const DOCKER_HUB_INTERFACE = 'https://hub.docker.com';

/** Few beside what a registry serves, and enough for its limit when an answer takes half a second. */
const ORDINARY_CONCURRENCY = 10;

const AZURE = {
  api: 'azure',
  actions: ['metadata_read', 'content_read'],
  reason: 'Listing tags needs metadata_read; a token for pull alone is refused after it was asked for.',
} as const;

/** The first row whose host fits wins. */
export const KNOWN_REGISTRIES: readonly KnownRegistry[] = [
  {
    host: 'docker.io',
    name: 'Docker Hub',
    apiUrl: 'https://registry-1.docker.io',
    defaultNamespace: 'library',
    api: 'docker-hub',
    interfaceUrl: DOCKER_HUB_INTERFACE,
    tokenServer: 'https://auth.docker.io',
    limit: 10,
    concurrency: 5,
    reason: 'Its API has another host name, and bursts are answered with 429; HEAD does not count as a pull.',
  },
  {
    host: 'ghcr.io',
    name: 'GitHub Container Registry',
    api: 'github',
    interfaceUrl: 'https://api.github.com',
    reason:
      'Lists the oldest tags first, 100 a page unless asked for more: only the whole list holds the newest.',
  },
  {
    host: 'quay.io',
    name: 'Quay.io',
    api: 'quay',
    limit: 5,
    concurrency: 3,
    reason: 'Allows a few requests per second and address (Red Hat solution 6218921).',
  },
  {
    host: 'gcr.io',
    name: 'Google Container Registry',
    reason: 'Served by Artifact Registry.',
  },
  {
    host: '*.gcr.io',
    name: 'Google Container Registry',
    reason: 'Served by Artifact Registry.',
  },
  {
    host: '*.pkg.dev',
    name: 'Google Artifact Registry',
    reason: 'Its quota is counted per project and far above this.',
  },
  {
    host: 'mcr.microsoft.com',
    name: 'Microsoft Artifact Registry',
    reason: 'Needs no login.',
  },
  { host: '*.azurecr.io', name: 'Azure Container Registry', ...AZURE },
  { host: '*.azurecr.cn', name: 'Azure Container Registry (China)', ...AZURE },
  { host: '*.azurecr.us', name: 'Azure Container Registry (US Government)', ...AZURE },
  {
    host: 'public.ecr.aws',
    name: 'Amazon ECR Public',
    limit: 5,
    concurrency: 3,
    reason: 'Callers without an account are throttled early.',
  },
  {
    host: 'ecr-public.aws.com',
    name: 'Amazon ECR Public',
    limit: 5,
    concurrency: 3,
    reason: 'The same with IPv6.',
  },
  {
    host: '*.dkr.ecr.*.amazonaws.com',
    name: 'Amazon ECR',
    reason:
      'Its quotas are hundreds a second, but shared with everything that pulls in the account and region.',
  },
  {
    host: '*.dkr-ecr.*.on.aws',
    name: 'Amazon ECR',
    reason: 'The same with IPv6.',
  },
  {
    host: 'registry.gitlab.com',
    name: 'GitLab Container Registry',
    api: 'gitlab',
    tokenServer: 'https://gitlab.com',
    reason: 'Its token server is on gitlab.com, with limits of its own.',
  },
  {
    host: 'registry.k8s.io',
    name: 'Kubernetes registry',
    reason: 'Redirects every request to a mirror on another host.',
  },
  {
    host: 'docker.elastic.co',
    name: 'Elastic',
    tokenServer: 'https://docker-auth.elastic.co',
    reason: 'Its token server has a host of its own.',
  },
  {
    host: 'registry.digitalocean.com',
    name: 'DigitalOcean Container Registry',
    tokenServer: 'https://api.digitalocean.com',
    reason: 'Its tokens come from the API of the vendor.',
  },
  {
    host: 'rg.*.scw.cloud',
    name: 'Scaleway Container Registry',
    tokenServer: 'https://api.scaleway.com',
    reason: 'Its tokens come from the API of the vendor.',
  },
  {
    host: 'lscr.io',
    name: 'LinuxServer.io',
    tokenServer: 'https://ghcr.io',
    reason: 'Serves what is at ghcr.io, with tokens from there.',
  },
];

/** The endpoint of a host that nobody configured: always HTTPS, with the certificates of the system. */
export function knownEndpoint(host: string): RegistryEndpoint {
  const row = findKnown(host);
  return {
    name: row?.name ?? host,
    apiUrl: row?.apiUrl ?? `https://${host}`,
    prefix: host,
    tagSortMode: 'unsorted',
    defaultNamespace: row?.defaultNamespace ?? '',
    insecure: false,
    limit: row?.limit ?? DEFAULT_REGISTRY_LIMIT,
    isDefault: false,
    proxy: { kind: 'environment' },
    loginToMirror: false,
  };
}

/** Whether the registry at this host is a public one that is known. */
export function isKnownRegistry(host: string): boolean {
  return findKnown(host) !== undefined;
}

/** Requests at the same time that the registry at this API host is asked. */
export function knownConcurrency(apiHost: string): number {
  return findKnown(apiHost)?.concurrency ?? ORDINARY_CONCURRENCY;
}

/** What to ask a token of the registry at this API host for, besides `pull`. */
export function knownActions(apiHost: string): readonly string[] {
  return findKnown(apiHost)?.actions ?? [];
}

/** Origin of the token server of the registry at this API host, when that has another host. */
export function knownTokenServer(apiHost: string): string | undefined {
  return findKnown(apiHost)?.tokenServer;
}

/** The interface of a vendor behind this API host, and where it is. A mirror on another host has none. */
export function knownInterface(
  apiHost: string,
): { readonly api: RegistryApi; readonly url: string | undefined } | undefined {
  const row = findKnown(apiHost);
  return row?.api === undefined ? undefined : { api: row.api, url: row.interfaceUrl };
}

/** `host` may be that of the API too: the one registry whose API has another host, Docker Hub, has one canonical name. */
function findKnown(host: string): KnownRegistry | undefined {
  const name = canonicalHost(host);
  return KNOWN_REGISTRIES.find((row) => hostPattern(row.host).test(name));
}

function hostPattern(host: string): RegExp {
  return new RegExp(`^${host.split('*').map(escapeDots).join('[^.]+')}$`);
}

function escapeDots(text: string): string {
  return text.replaceAll('.', '\\.');
}
