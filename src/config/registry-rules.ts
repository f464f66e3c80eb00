import { canonicalPrefix } from '../core/image/registry-host.ts';
import { EXPECTED_API_URL, type ProxyChoice } from '../settings/registry-values.ts';
import type { RegistryEndpoint, RegistryEntry } from '../settings/registry.ts';
import { shownValue } from '../settings/value-type.ts';
import type { Fallback, FaultList } from './faults.ts';

type EntryKey = keyof RegistryEntry;

/** Where an entry and its keys stand, for faults. */
export interface EntryPlace {
  /** `registries[1].api_url`. */
  pathOf(key: EntryKey): string;
  originOf(key: EntryKey): string;
  /** Whether Argo CD Image Updater starts with it without a prefix that it should have. */
  readonly mayLackPrefix?: boolean;
  /** Whether a later entry with the same prefix takes its place there. */
  readonly mayBeReplaced?: boolean;
}

/** An entry of either file, of which keys that are wrong by themselves are left out. */
export interface PlacedEntry {
  readonly entry: RegistryEntry;
  readonly place: EntryPlace;
}

/**
 * The registries of both files. Faults are added for every entry, not only for the first or last wrong one:
 * two with one prefix, two defaults, a missing key, and keys that do not go together. Entries that cannot be used are not
 * returned.
 */
export function checkedRegistries(
  entries: readonly PlacedEntry[],
  faults: FaultList,
): readonly RegistryEndpoint[] {
  const prefixes = new Map<string, { readonly placed: PlacedEntry; readonly label: string }>();
  const unused = new Set<PlacedEntry>();
  let fallback: string | undefined;
  for (const placed of entries) {
    const { entry, place } = placed;
    const { fault } = rulesFor(place, faults);
    const { prefix = '', apiUrl } = entry;
    if (apiUrl === undefined || (prefix === '' && !entry.default)) unused.add(placed);
    const label = `registry ${shownValue(entry.name ?? '')}`;
    if (entry.default) {
      if (fallback !== undefined)
        fault('default', `only one registry can be the default, and ${fallback} is already`);
      fallback ??= label;
    } else if (prefix === '') {
      const message = 'is missing; only the registry with "default: true" can do without';
      fault('prefix', message, place.mayLackPrefix === true ? 'no-entry' : undefined);
    }
    const other = prefixes.get(canonicalPrefix(prefix));
    if (other !== undefined && prefix !== '') {
      const message = `${shownValue(prefix)} is the prefix of ${other.label} too`;
      const mayBeReplaced = other.placed.place.mayBeReplaced === true && place.mayBeReplaced === true;
      fault('prefix', message, mayBeReplaced ? { value: 'the later entry' } : undefined);
      unused.add(other.placed);
    }
    prefixes.set(canonicalPrefix(prefix), { placed, label });
  }
  return entries.flatMap((placed) => {
    const endpoint = checkedEntry(placed.entry, rulesFor(placed.place, faults));
    return unused.has(placed) ? [] : [endpoint];
  });
}

interface Rules {
  readonly fault: (key: EntryKey, message: string, fallback?: Fallback) => void;
  /** Whether what was written at a key is wrong by itself: then nothing follows from its absence. */
  readonly isWrong: (key: EntryKey) => boolean;
}

function rulesFor(place: EntryPlace, faults: FaultList): Rules {
  const at = (key: EntryKey) => ({ path: place.pathOf(key), origin: place.originOf(key) });
  return {
    fault: (key, message, fallback) =>
      faults.add({ ...at(key), message, ...(fallback === undefined ? {} : { fallback }) }),
    isWrong: (key) => faults.has(at(key)),
  };
}

function checkedEntry(
  { default: isDefault, proxy, proxyCredentials, ...entry }: RegistryEntry,
  rules: Rules,
): RegistryEndpoint {
  const { fault } = rules;
  if (entry.name === undefined) fault('name', 'is missing; expected a name for people');
  if (entry.apiUrl === undefined) fault('apiUrl', `is missing; ${EXPECTED_API_URL}`);
  if (entry.clientCertFile === undefined && entry.clientKeyFile !== undefined)
    fault('clientCertFile', 'is missing; a key without its certificate proves nothing');
  if (entry.clientCertFile !== undefined && entry.clientKeyFile === undefined)
    fault('clientKeyFile', 'is missing; expected the path of the private key of the client certificate');
  if (entry.loginToMirror && entry.mirror === undefined && !rules.isWrong('mirror'))
    fault('loginToMirror', 'is only for an entry with a mirror');
  checkRole(entry, rules);
  const { name = '', apiUrl = '', prefix = '' } = entry;
  return {
    ...entry,
    name,
    apiUrl,
    prefix,
    isDefault,
    proxy: proxyChoiceOf({ apiUrl, proxy, proxyCredentials }, rules),
  };
}

function proxyChoiceOf(
  { apiUrl = '', proxy, proxyCredentials }: Pick<RegistryEntry, 'apiUrl' | 'proxy' | 'proxyCredentials'>,
  { fault, isWrong }: Rules,
): ProxyChoice {
  if (proxy?.kind === 'url') {
    if (/^http:/i.test(apiUrl))
      fault('proxy', 'is only for registries at an https:// URL; others are asked directly');
    return { ...proxy, credentials: proxyCredentials };
  }
  if (proxyCredentials !== undefined && !isWrong('proxy'))
    fault('proxyCredentials', 'is only for an entry with the URL of a proxy');
  return proxy ?? { kind: 'environment' };
}

const ECR_PREFIX = /^\d{12}\.dkr[.-]ecr/;

function checkRole(
  { prefix = '', credentials, awsRoleArn, awsExternalId }: Omit<RegistryEntry, 'default'>,
  { fault, isWrong }: Rules,
): void {
  if (awsRoleArn === undefined) {
    if (awsExternalId !== undefined && !isWrong('awsRoleArn'))
      fault('awsExternalId', 'is only for an entry with the role to assume');
    return;
  }
  if (!ECR_PREFIX.test(prefix) && !isWrong('prefix'))
    fault('awsRoleArn', 'is only for Amazon ECR; expected its host as the prefix');
  if (credentials !== undefined || isWrong('credentials'))
    fault('awsRoleArn', 'has no effect beside credentials, which are the login then; remove one of them');
}
