import { DEFAULT_REGISTRY_LIMIT, REGISTRY_APIS, type RegistryApi } from '../core/registry-api.ts';
import { alternatives, type CheckedRows, key } from './keys.ts';
import * as values from './registry-values.ts';
import { parsed, wholeNumber, YES_OR_NO } from './value-type.ts';

/**
 * An entry of `registries` and of `registries.conf`, where `apiUrl` is `api_url` unless `conf` has another name. A blank
 * text counts as missing, as with Argo CD Image Updater. Rules on the entry as a whole, also on keys that are missing, are
 * in `config/registry-rules.ts`.
 */
// prettier-ignore
export const REGISTRY = {
  name: key('Name for people; required', values.TRIMMED),
  apiUrl: key('Base URL of the registry API, https or http; required', values.API_URL),
  prefix: key('Host as in image names, perhaps with the start of a path; only the default registry can do without', values.PREFIX),
  credentials: key('Where the login is: `env:NAME`, `ext:/path`, `secret:namespace/name#field`, `pullsecret:namespace/name`, or `github-app:env`, `github-app:/folder`, `github-app:namespace/name`', values.CREDENTIALS),
  credentialsExpire: key('After how long the login is read again, such as 10h; without it never', values.EXPIRY, { conf: 'credsexpire' }),
  tagSortMode: key('Order in which the registry lists tags: unsorted (also none), latest-first or latest-last', values.TAG_SORT_MODE, { default: 'unsorted', conf: 'tagsortmode' }),
  api: key(`Interface that lists digests and times in bulk: ${alternatives(REGISTRY_APIS)}`, values.API, { default: 'auto' }),
  defaultNamespace: key('Put in front of image names of one component', values.NAMESPACE, { default: '', conf: 'defaultns' }),
  insecure: key('Do not check the TLS certificate', YES_OR_NO, { default: false }),
  limit: key('Requests per second; 0 means the default too', parsed(wholeNumber(0, 10_000), (limit) => (limit === 0 ? DEFAULT_REGISTRY_LIMIT : limit)), { default: DEFAULT_REGISTRY_LIMIT }),
  pageSize: key('Tags that are asked for at a time, 1 to 10000, or `none` to ask for no number; without it 1000', values.PAGE_SIZE),
  immutableTags: key('No tag of this registry ever moves: a tag whose digest is known is not asked again', YES_OR_NO),
  concurrency: key('Requests at the same time, 1 to 100; without it what is known of the registry, 10 at most', wholeNumber(1, 100)),
  default: key('Use it for image names without a host; one registry only', YES_OR_NO, { default: false }),
  caFile: key('PEM file of certificate authorities that are trusted in addition', values.TRIMMED),
  caData: key('The same as text', values.PEM),
  clientCertFile: key('PEM file of the certificate that is shown to the registry', values.TRIMMED),
  clientKeyFile: key('PEM file of its private key; both or none', values.TRIMMED),
  tokenServers: key('Origins of its token servers that are not at https:// on its own host, such as `https://gitlab.example.com`', values.TOKEN_SERVERS),
  proxy: key('URL of the proxy to reach it through, or `none`; without it `HTTPS_PROXY` and `NO_PROXY` decide', values.PROXY),
  proxyCredentials: key('Where `user:password` for the proxy is: `env:NAME` or `file:/path`', values.PROXY_CREDENTIALS),
  mirror: key('Where its images are read instead: a URL, its path the start of their paths there', values.MIRROR),
  loginToMirror: key('Offer the login of the registry to its mirror', YES_OR_NO, { default: false }),
  connectTimeout: key('Longest time for a connection, and for its TLS, 1s to 10m; without it 10s', values.TIME),
  timeout: key('Longest time for one answer, 1s to 10m; without it 2m, and 30s until it begins', values.TIME),
  awsRoleArn: key('Role to assume for Amazon ECR, in place of the own AWS identity', values.ROLE_ARN),
  awsExternalId: key('External ID that the trust policy of that role asks for; beside a role only', values.EXTERNAL_ID),
};

/** An entry with each key checked by itself. */
export type RegistryEntry = CheckedRows<typeof REGISTRY>;

/** How one registry is reached: an entry that was checked as a whole, or what is known of a public registry. Durations are milliseconds. */
export interface RegistryEndpoint extends Omit<
  RegistryEntry,
  'name' | 'apiUrl' | 'prefix' | 'api' | 'default' | 'proxy' | 'proxyCredentials'
> {
  readonly name: string;
  /** Base URL without a trailing slash; what the OCI distribution spec calls `/v2/` comes after it. */
  readonly apiUrl: string;
  /** Host as in image names, perhaps with the start of a path; `''` only for the default. */
  readonly prefix: string;
  /** Interface of a vendor that lists in bulk; without it `auto`. */
  readonly api?: RegistryApi;
  readonly isDefault: boolean;
  readonly proxy: values.ProxyChoice;
}
