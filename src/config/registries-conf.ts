import { unknownKeyText } from './unknown-key.ts';
import { type FaultList, shown } from './faults.ts';
import type { PlacedEntry, RegistryEntry } from './registry-entry.ts';
import { isMap, pathText, type TreePath } from './tree.ts';
import { parseYamlText } from './yaml-text.ts';

type Kind = 'text' | 'switch' | 'number' | 'unused-switch';

interface Key {
  readonly key: keyof RegistryEntry | undefined;
  readonly kind: Kind;
}

/** The keys of an entry of `registries.conf`: those of Argo CD Image Updater, `concurrency`, and those after `ca_data`. */
const KEYS: Readonly<Record<string, Key>> = {
  name: { key: 'name', kind: 'text' },
  api_url: { key: 'apiUrl', kind: 'text' },
  prefix: { key: 'prefix', kind: 'text' },
  ping: { key: undefined, kind: 'unused-switch' },
  credentials: { key: 'credentials', kind: 'text' },
  credsexpire: { key: 'credentialsExpire', kind: 'text' },
  tagsortmode: { key: 'tagSortMode', kind: 'text' },
  api: { key: 'api', kind: 'text' },
  defaultns: { key: 'defaultNamespace', kind: 'text' },
  insecure: { key: 'insecure', kind: 'switch' },
  limit: { key: 'limit', kind: 'number' },
  immutable_tags: { key: 'immutableTags', kind: 'switch' },
  concurrency: { key: 'concurrency', kind: 'number' },
  default: { key: 'default', kind: 'switch' },
  ca_file: { key: 'caFile', kind: 'text' },
  ca_data: { key: 'caData', kind: 'text' },
  client_cert_file: { key: 'clientCertFile', kind: 'text' },
  client_key_file: { key: 'clientKeyFile', kind: 'text' },
  proxy: { key: 'proxy', kind: 'text' },
  proxy_credentials: { key: 'proxyCredentials', kind: 'text' },
  mirror: { key: 'mirror', kind: 'text' },
  login_to_mirror: { key: 'loginToMirror', kind: 'switch' },
  connect_timeout: { key: 'connectTimeout', kind: 'text' },
  timeout: { key: 'timeout', kind: 'text' },
  aws_role_arn: { key: 'awsRoleArn', kind: 'text' },
  aws_external_id: { key: 'awsExternalId', kind: 'text' },
};

// prettier-ignore
/** What Go's YAML reader takes for a bool. */
const SWITCH_WORDS: Readonly<Record<string, boolean>> = {
  'true': true, 'yes': true, 'on': true, 'y': true, '': false,
  'false': false, 'no': false, 'off': false, 'n': false,
};

/**
 * The entries of a `registries.conf`: one key `registries` with a list of maps. Unknown keys are faults. `ping` is
 * taken and not used, as by Argo CD Image Updater. Scalars are read as the text that stands there, so that
 * `name: 0123` stays `0123` and `insecure: yes` is true, as Go reads them.
 */
export function parseRegistriesConf(
  text: string,
  fileName: string,
  faults: FaultList,
): readonly PlacedEntry[] {
  const yaml = parseYamlText({ text, fileName, schema: 'failsafe' }, faults);
  if (yaml === undefined) return [];
  const fault = (path: TreePath, message: string): void =>
    faults.add({ path: pathText(path), origin: yaml.originOf(path), message });
  const root = yaml.value;
  if (!isMap(root)) {
    fault([], `expected one key, registries, with a list, found ${shown(root)}`);
    return [];
  }
  for (const name of Object.keys(root)) {
    if (name !== 'registries') fault([name], 'is no known key; the only one here is registries');
  }
  const list = root['registries'];
  if (list === undefined || list === '') return [];
  if (!Array.isArray(list)) {
    fault(['registries'], `expected a list, found ${shown(list)}`);
    return [];
  }
  return list.flatMap((item: unknown, index) => {
    const at: TreePath = ['registries', index];
    if (!isMap(item)) {
      fault(at, `expected a map, found ${shown(item)}`);
      return [];
    }
    const pathOf = (key?: keyof RegistryEntry): TreePath => (key === undefined ? at : [...at, nameOf(key)]);
    const place = {
      pathOf: (key?: keyof RegistryEntry) => pathText(pathOf(key)),
      originOf: (key?: keyof RegistryEntry) => yaml.originOf(pathOf(key)),
    };
    return [{ entry: entryOf(item, (name, message) => fault([...at, name], message)), place }];
  });
}

function nameOf(key: keyof RegistryEntry): string {
  return Object.keys(KEYS).find((name) => KEYS[name]?.key === key) ?? key;
}

function entryOf(
  item: Record<string, unknown>,
  fault: (name: string, message: string) => void,
): RegistryEntry {
  const entry: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(item)) {
    const row = Object.hasOwn(KEYS, name) ? KEYS[name] : undefined;
    if (row === undefined) {
      fault(name, unknownKeyText(name, Object.keys(KEYS)));
      continue;
    }
    const read = valueOf(value, row.kind);
    if (read === undefined)
      fault(name, `expected ${EXPECTED[row.kind]}${SECRETIVE.has(name) ? '' : `, found ${shown(value)}`}`);
    else if (row.key !== undefined) entry[row.key] = read;
  }
  return entry;
}

/** Keys where people put passwords by mistake. */
const SECRETIVE = new Set(['credentials', 'proxy_credentials', 'proxy']);

const EXPECTED: Readonly<Record<Kind, string>> = {
  text: 'text',
  switch: 'true or false',
  'unused-switch': 'true or false',
  number: 'a whole number from 0 to 10000',
};

function valueOf(value: unknown, kind: Kind): string | boolean | number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = /^(?:~|null)$/i.test(value) ? '' : value;
  if (kind === 'text') return text;
  if (kind === 'number') return text === '' ? 0 : limitOf(text);
  const word = text.toLowerCase();
  return Object.hasOwn(SWITCH_WORDS, word) ? SWITCH_WORDS[word] : undefined;
}

function limitOf(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 10_000 ? Number(text) : undefined;
}
