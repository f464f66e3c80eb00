import { parseCredentialSpec } from '../core/credential-spec.ts';
import { canonicalPrefix } from '../core/image/registry-host.ts';
import { REGISTRY_APIS, type RegistryApi } from '../core/registry-api.ts';
import { asLynceusError } from '../errors.ts';
import type { RegistryConfig } from './config.ts';
import { DEFAULT_REGISTRY_LIMIT } from './defaults.ts';
import { parseDuration } from '../core/duration.ts';
import { type FaultList, shown } from './faults.ts';
import { type AwsKeys, awsRoleOf } from './registry-aws.ts';
import { type NetworkKeys, networkOf } from './registry-network.ts';

/** A registry as somebody wrote it, in either file; the types are already right. */
export interface RegistryEntry extends NetworkKeys, AwsKeys {
  readonly name?: string | undefined;
  readonly prefix?: string | undefined;
  readonly credentials?: string | undefined;
  readonly credentialsExpire?: string | undefined;
  readonly tagSortMode?: string | undefined;
  readonly api?: string | undefined;
  readonly defaultNamespace?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly default?: boolean | undefined;
  readonly caFile?: string | undefined;
  readonly caData?: string | undefined;
  readonly immutableTags?: boolean | undefined;
}

/** Where an entry and its keys stand, for faults. */
export interface EntryPlace {
  /** `registries[1].api_url`; without a key the entry itself. */
  pathOf(key?: keyof RegistryEntry): string;
  originOf(key?: keyof RegistryEntry): string;
}

export interface PlacedEntry {
  readonly entry: RegistryEntry;
  readonly place: EntryPlace;
}

/**
 * The registries of both files. Faults are added for every entry, not only for the first or last wrong one:
 * two with one prefix, two defaults, a missing prefix without `default: true`, and whatever a single key says.
 */
export function checkedRegistries(
  entries: readonly PlacedEntry[],
  faults: FaultList,
): readonly RegistryConfig[] {
  const prefixes = new Map<string, string>();
  let fallback: string | undefined;
  for (const { entry, place } of entries) {
    const fault = faultAdder(place, faults);
    const prefix = prefixOf(entry);
    const label = `registry ${shown(entry.name ?? '')}`;
    if (entry.default === true) {
      if (fallback !== undefined)
        fault('default', `only one registry can be the default, and ${fallback} is already`);
      fallback ??= label;
    } else if (prefix === '') {
      fault('prefix', 'is missing; only the registry with "default: true" can do without');
    }
    const other = prefixes.get(canonicalPrefix(prefix));
    if (other !== undefined && prefix !== '')
      fault('prefix', `${shown(prefix)} is the prefix of ${other} too`);
    else prefixes.set(canonicalPrefix(prefix), label);
  }
  return entries.map(({ entry, place }) => checkedEntry(entry, faultAdder(place, faults)));
}

type AddFault = (key: keyof RegistryEntry, message: string) => void;

function faultAdder(place: EntryPlace, faults: FaultList): AddFault {
  return (key, message) => faults.add({ path: place.pathOf(key), origin: place.originOf(key), message });
}

function checkedEntry(entry: RegistryEntry, fault: AddFault): RegistryConfig {
  if ((entry.name ?? '').trim() === '') fault('name', 'is missing; expected a name for people');
  return {
    name: (entry.name ?? '').trim(),
    apiUrl: apiUrlOf(entry, fault),
    prefix: checkedPrefix(entry, fault),
    credentials: credentialsOf(entry, fault),
    credentialsExpire: expiryOf(entry, fault),
    tagSortMode: tagSortModeOf(entry, fault),
    api: apiOf(entry, fault),
    defaultNamespace: defaultNamespaceOf(entry, fault),
    insecure: entry.insecure ?? false,
    limit: entry.limit === undefined || entry.limit === 0 ? DEFAULT_REGISTRY_LIMIT : entry.limit,
    ...(entry.immutableTags === true ? { immutableTags: true } : {}),
    concurrency: concurrencyOf(entry, fault),
    isDefault: entry.default ?? false,
    caFile: textOf(entry.caFile),
    caData: caDataOf(entry, fault),
    ...networkOf(entry, fault),
    ...awsRoleOf(entry, fault),
  };
}

const MOST_AT_ONCE = 100;

function concurrencyOf({ concurrency }: RegistryEntry, fault: AddFault): number | undefined {
  if (concurrency !== undefined && (concurrency < 1 || concurrency > MOST_AT_ONCE))
    fault('concurrency', `expected a whole number from 1 to ${MOST_AT_ONCE}, found ${concurrency}`);
  return concurrency;
}

function textOf(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? undefined : trimmed;
}

function apiUrlOf(entry: RegistryEntry, fault: AddFault): string {
  const text = textOf(entry.apiUrl);
  const expected = 'expected a URL such as https://registry.example.com';
  if (text === undefined) {
    fault('apiUrl', `is missing; ${expected}`);
    return '';
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['https:', 'http:'].includes(url.protocol)) {
    fault('apiUrl', `${expected}, found ${shown(text)}`);
  } else if (url.username !== '' || url.password !== '') {
    fault('apiUrl', 'must not hold a user name or password; name their place with credentials');
  } else if (url.search !== '' || url.hash !== '') {
    fault('apiUrl', `${expected} without ? and #, found ${shown(`${url.origin}${url.pathname}…`)}`);
  }
  return text.replace(/\/+$/, '');
}

function prefixOf(entry: RegistryEntry): string {
  return (textOf(entry.prefix) ?? '').replace(/\/+$/, '');
}

const PREFIX =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?(?:\/[A-Za-z0-9][\w.-]*)*$/;

function checkedPrefix(entry: RegistryEntry, fault: AddFault): string {
  const prefix = prefixOf(entry);
  if (prefix === '' || PREFIX.test(prefix)) return prefix;
  fault(
    'prefix',
    `expected a host as in image names, perhaps with the start of a path, found ${shown(prefix)}`,
  );
  return prefix;
}

function credentialsOf(entry: RegistryEntry, fault: AddFault): RegistryConfig['credentials'] {
  const text = textOf(entry.credentials);
  if (text === undefined) return undefined;
  try {
    return parseCredentialSpec(text);
  } catch (error) {
    // Its message never repeats the text: people put passwords here.
    fault('credentials', asLynceusError(error).line);
    return undefined;
  }
}

function expiryOf(entry: RegistryEntry, fault: AddFault): number | undefined {
  const text = textOf(entry.credentialsExpire);
  if (text === undefined) return undefined;
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) {
    fault('credentialsExpire', `expected a duration with its unit such as 5h or 1h30m, found ${shown(text)}`);
  }
  return milliseconds === 0 ? undefined : milliseconds;
}

const TAG_SORT_MODES: Readonly<Record<string, RegistryConfig['tagSortMode']>> = {
  '': 'unsorted',
  none: 'unsorted',
  unsorted: 'unsorted',
  'latest-first': 'latest-first',
  'latest-last': 'latest-last',
};

function tagSortModeOf(entry: RegistryEntry, fault: AddFault): RegistryConfig['tagSortMode'] {
  const word = (textOf(entry.tagSortMode) ?? '').toLowerCase();
  const mode = Object.hasOwn(TAG_SORT_MODES, word) ? TAG_SORT_MODES[word] : undefined;
  if (mode === undefined)
    fault('tagSortMode', `expected latest-first, latest-last or none, found ${shown(word)}`);
  return mode ?? 'unsorted';
}

function apiOf(entry: RegistryEntry, fault: AddFault): RegistryApi {
  const word = textOf(entry.api)?.toLowerCase() ?? 'auto';
  const api = REGISTRY_APIS.find((name) => name === word);
  if (api === undefined) fault('api', `expected one of ${REGISTRY_APIS.join(', ')}, found ${shown(word)}`);
  return api ?? 'auto';
}

function defaultNamespaceOf(entry: RegistryEntry, fault: AddFault): string {
  const text = textOf(entry.defaultNamespace) ?? '';
  if (text !== '' && !/^[a-z0-9][a-z0-9._/-]*$/.test(text)) {
    fault('defaultNamespace', `expected the start of an image path such as library, found ${shown(text)}`);
  }
  return text.replace(/\/+$/, '');
}

function caDataOf(entry: RegistryEntry, fault: AddFault): string | undefined {
  const text = textOf(entry.caData);
  if (text !== undefined && !text.includes('-----BEGIN CERTIFICATE-----')) {
    fault('caData', 'expected certificates in PEM form, starting with -----BEGIN CERTIFICATE-----');
  }
  return text;
}
