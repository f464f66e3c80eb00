/**
 * The interfaces by which a registry can be asked, as an administrator names them. `auto` goes by the host;
 * `distribution` is the OCI distribution API alone; the others add what a vendor's own interface lists in bulk.
 */
export const REGISTRY_APIS = [
  'auto',
  'distribution',
  'azure',
  'docker-hub',
  'github',
  'gitlab',
  'harbor',
  'quay',
] as const;

export type RegistryApi = (typeof REGISTRY_APIS)[number];

/** Requests per second to a registry without a limit of its own: what Argo CD Image Updater documents. */
export const DEFAULT_REGISTRY_LIMIT = 20;
