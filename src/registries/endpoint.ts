import type { RegistryApi } from '../core/registry-api.ts';

/** How one registry is reached. An entry of the configuration has this shape. */
export interface RegistryEndpoint {
  readonly name: string;
  /** Base URL without a trailing slash; what the OCI distribution spec calls `/v2/` comes after it. */
  readonly apiUrl: string;
  /** Host as in image names, perhaps with the start of a path; `''` only for the default. */
  readonly prefix: string;
  readonly tagSortMode: 'unsorted' | 'latest-first' | 'latest-last';
  /** Interface of a vendor that lists in bulk; `auto` unless said. */
  readonly api?: RegistryApi;
  /** Put in front of names of one component: `library`. */
  readonly defaultNamespace: string;
  readonly insecure: boolean;
  /** Requests per second; 0 is as many as possible. */
  readonly limit: number;
  /** Whether no tag ever moves, by the administrator's word; absent means no. */
  readonly immutableTags?: boolean;
  /** Requests at the same time; `undefined` is what is known of the registry. */
  readonly concurrency: number | undefined;
  readonly isDefault: boolean;
  readonly caFile: string | undefined;
  readonly caData: string | undefined;
  /** PEM of the certificate and the private key that prove to the server who we are; both or none. */
  readonly clientCertFile: string | undefined;
  readonly clientKeyFile: string | undefined;
  readonly proxy: ProxyChoice;
  /** URL of the host where its images are looked up instead, its path the start of theirs there. */
  readonly mirror: string | undefined;
  readonly loginToMirror: boolean;
  /** Milliseconds; `undefined` is what the client does by itself. */
  readonly connectTimeout: number | undefined;
  readonly timeout: number | undefined;
  /** Role to assume for Amazon ECR, in place of the process's own AWS identity. */
  readonly awsRoleArn?: string | undefined;
  readonly awsExternalId?: string | undefined;
}

/** Through which proxy a registry is asked. */
export type ProxyChoice =
  /** `HTTPS_PROXY` and `NO_PROXY` decide. */
  | { readonly kind: 'environment' }
  | { readonly kind: 'none' }
  | { readonly kind: 'url'; readonly url: string; readonly credentials: SecretPlace | undefined };

/** Where `user:password` is. */
export type SecretPlace =
  { readonly kind: 'env'; readonly variable: string } | { readonly kind: 'file'; readonly path: string };
