/** How one registry is reached. An entry of the configuration has this shape. */
export interface RegistryEndpoint {
  readonly name: string;
  /** Base URL without a trailing slash; what the OCI distribution spec calls `/v2/` comes after it. */
  readonly apiUrl: string;
  /** Host as in image names, perhaps with the start of a path; `''` only for the default. */
  readonly prefix: string;
  readonly tagSortMode: 'unsorted' | 'latest-first' | 'latest-last';
  /** Put in front of names of one component: `library`. */
  readonly defaultNamespace: string;
  readonly insecure: boolean;
  /** Requests per second; 0 is as many as possible. */
  readonly limit: number;
  readonly isDefault: boolean;
  readonly caFile: string | undefined;
  readonly caData: string | undefined;
}
