import type { Key } from '../settings/keys.ts';
import { peerFallsBackInConf } from '../settings/peer-fallbacks.ts';
import { REGISTRY, type RegistryEntry } from '../settings/registry.ts';
import { shownValue } from '../settings/value-type.ts';
import { checkedTree, unknownKeyText } from './checked-tree.ts';
import { type ConfigFault, FaultList } from './faults.ts';
import type { PlacedEntry } from './registry-rules.ts';
import { REGISTRY_SCHEMA } from './schema.ts';
import { isTreeMap, treePathText, type TreePath } from './tree.ts';
import { parseYamlText } from './yaml-text.ts';

/** Where each name of `registries.conf` stands in the configuration file. */
export const CONF_NAMES: ReadonlyMap<string, keyof RegistryEntry> = new Map(
  Object.entries(REGISTRY).map(([name, { options }]) => [
    options.conf ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    // The entries of an object are its keys.
    name as keyof RegistryEntry,
  ]),
);

/** A key of Argo CD Image Updater that is taken and not used, as there. */
const UNUSED_SWITCH = 'ping';

// prettier-ignore
/** What Go's YAML reader takes for a bool. */
const SWITCH_VALUES: ReadonlyMap<string, boolean> = new Map([
  ['true', true], ['yes', true], ['on', true], ['y', true],
  ['false', false], ['no', false], ['off', false], ['n', false],
]);

type AddFault = (path: TreePath, message: string) => void;

/**
 * The entries of a `registries.conf`: one key `registries` with a list of maps. Unknown keys are faults. Scalars are read
 * as the text that stands there, so that `name: 0123` stays `0123` and `insecure: yes` is true, as Go reads them.
 */
export function parseRegistriesConf(
  text: string,
  fileName: string,
  faults: FaultList,
): readonly PlacedEntry[] {
  const yaml = parseYamlText({ text, fileName, schema: 'failsafe' }, faults);
  if (yaml === undefined) return [];
  const fault: AddFault = (path, message) =>
    faults.add({ path: treePathText(path), origin: yaml.originOf(path), message });
  const items = entriesOf(yaml.value, fault);
  const withoutPrefix = items.filter(({ item }) => isBlank(item['prefix'])).length;
  return items.map(({ item, index }) => {
    const at: TreePath = ['registries', index];
    const tree = withFileKeys(item, at, fault);
    const own = new FaultList();
    const check = {
      schema: REGISTRY_SCHEMA,
      at,
      pathOf: (path: TreePath) => treePathText(path.map(confNameOf)),
      originOf: (path: TreePath) => yaml.originOf(path.map(confNameOf)),
    };
    // What `checkedTree` returns fits the schema.
    const entry = REGISTRY_SCHEMA.parse(checkedTree(tree, check, own)) as unknown as RegistryEntry;
    for (const one of own.all) faults.add(withFallback(one, item));
    return {
      entry,
      place: {
        pathOf: (key) => check.pathOf([...at, key]),
        originOf: (key) => check.originOf([...at, key]),
        // Argo CD Image Updater takes one entry for all hosts that it does not know, and of several for one prefix the last.
        mayLackPrefix: withoutPrefix === 1,
        mayBeReplaced: true,
      },
    };
  });
}

/** A fault of one key, with what counts instead where Argo CD Image Updater starts with it. */
function withFallback(fault: ConfigFault, item: Record<string, unknown>): ConfigFault {
  const name = fault.path.split('.').at(-1) ?? '';
  const [key, written] = [CONF_NAMES.get(name), item[name]];
  if (key === undefined || typeof written !== 'string' || !peerFallsBackInConf(key, written)) return fault;
  return { ...fault, fallback: ['apiUrl', 'prefix'].includes(key) ? 'no-entry' : 'no-key' };
}

function isBlank(written: unknown): boolean {
  return written === undefined || (typeof written === 'string' && /^(?:~|null)?$/i.test(written.trim()));
}

interface ConfEntry {
  readonly item: Record<string, unknown>;
  readonly index: number;
}

function entriesOf(root: unknown, fault: AddFault): readonly ConfEntry[] {
  if (!isTreeMap(root)) {
    fault([], `expected one key, registries, with a list, found ${shownValue(root)}`);
    return [];
  }
  for (const name of Object.keys(root)) {
    if (name !== 'registries') fault([name], 'is no known key; the only one here is registries');
  }
  const list = root['registries'];
  if (list === undefined || list === '') return [];
  if (!Array.isArray(list)) {
    fault(['registries'], `expected a list, found ${shownValue(list)}`);
    return [];
  }
  return list.flatMap((item: unknown, index) => {
    if (isTreeMap(item)) return [{ item, index }];
    fault(['registries', index], `expected a map, found ${shownValue(item)}`);
    return [];
  });
}

function confNameOf(step: string | number): string | number {
  return [...CONF_NAMES].find(([, key]) => key === step)?.[0] ?? step;
}

/** An entry as the configuration file would have it. What fits no value of its kind stays, for the schema to refuse. */
function withFileKeys(item: Record<string, unknown>, at: TreePath, fault: AddFault): Record<string, unknown> {
  const entry: Record<string, unknown> = {};
  for (const [name, written] of Object.entries(item)) {
    const key = CONF_NAMES.get(name);
    if (key !== undefined) {
      const value = valueOf(written, REGISTRY[key]);
      if (value !== undefined) entry[key] = value;
    } else if (name !== UNUSED_SWITCH) {
      fault([...at, name], unknownKeyText(name, [...CONF_NAMES.keys(), UNUSED_SWITCH]));
    } else if (typeof switchOf(written) !== 'boolean' && written !== '') {
      fault([...at, name], `expected true or false, found ${shownValue(written)}`);
    }
  }
  return entry;
}

function valueOf(written: unknown, { type }: Key<unknown>): unknown {
  if (typeof written !== 'string') return written;
  if (/^(?:~|null)?$/i.test(written)) return undefined;
  if (type.reading === 'switch') return switchOf(written);
  return type.reading === 'number' && /^\d{1,5}$/.test(written) ? Number(written) : written;
}

function switchOf(written: unknown): unknown {
  return typeof written === 'string' ? (SWITCH_VALUES.get(written.toLowerCase()) ?? written) : written;
}
