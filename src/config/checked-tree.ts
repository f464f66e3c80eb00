import type { z } from 'zod';
import { didYouMean } from '../core/did-you-mean.ts';
import { REFUSED, shownValue } from '../settings/value-type.ts';
import type { FaultList } from './faults.ts';
import { expectedAt, keysAt } from './schema.ts';
import { type TreePath, valueAt, without } from './tree.ts';

export interface TreeCheck {
  readonly schema: z.ZodType;
  /** Where the tree stands in the configuration file; without it the root of the file. */
  readonly at?: TreePath;
  /** How the path of a fault is written, from the root of the file. */
  readonly pathOf: (path: TreePath) => string;
  readonly originOf: (path: TreePath) => string;
}

/**
 * Checks a tree against the schema. What does not fit becomes faults and is left out, so that the rules between keys can
 * still be checked on the rest.
 */
export function checkedTree(tree: unknown, check: TreeCheck, faults: FaultList): unknown {
  const parsed = check.schema.safeParse(tree);
  if (parsed.success) return tree;
  const { at = [], pathOf, originOf } = check;
  const wrong = parsed.error.issues.flatMap((issue) => wrongPlaces(issue, { tree, at }));
  for (const { path, message } of wrong) {
    const place = [...at, ...path];
    faults.add({ path: pathOf(place), origin: originOf(place), message });
  }
  for (const leaveOut of [leaveOutKey, leaveOutList]) {
    const rest = wrong.reduce(leaveOut, tree);
    if (check.schema.safeParse(rest).success) return rest;
  }
  return {};
}

/** Of an entry of a list, such as one of `registries`, all that is left but the key with the fault. */
function leaveOutKey(tree: unknown, { path }: WrongPlace): unknown {
  return typeof path.at(-1) === 'number' ? tree : without(tree, path);
}

/** Of a list with a fault in it nothing is left: its other elements mean something else without the one. */
function leaveOutList(tree: unknown, { path }: WrongPlace): unknown {
  const position = path.findIndex((step) => typeof step === 'number');
  const keys = (position < 0 ? path : path.slice(0, position)).map(String);
  return keys.length === 0 ? {} : without(tree, keys);
}

interface WrongPlace {
  readonly path: TreePath;
  readonly message: string;
}

function wrongPlaces(
  issue: z.core.$ZodIssue,
  { tree, at }: { readonly tree: unknown; readonly at: TreePath },
): readonly WrongPlace[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt([...at, ...path]);
    return issue.keys.map((name) => ({ path: [...path, name], message: wrongKeyText(name, known) }));
  }
  if (issue.code === 'custom' && issue.params?.[REFUSED] === true) return [{ path, message: issue.message }];
  const found = valueAt(tree, path);
  const expected = `expected ${expectedAt([...at, ...path])}`;
  return [
    {
      path,
      message: found === undefined ? `is missing; ${expected}` : `${expected}${foundText(path, found)}`,
    },
  ];
}

const SECRET_KEYS = /^(?:password|passwd|token|secret|pat)$/i;

function wrongKeyText(name: string, known: readonly string[]): string {
  if (SECRET_KEYS.test(name) && known.includes('passwordFrom')) {
    return 'secrets are not written here; name their place instead: passwordFrom: env:NAME or file:/path';
  }
  return unknownKeyText(name, known);
}

/** Keys whose value may be a secret that was written in the wrong place. */
const MAY_HOLD_SECRET = [
  'passwordFrom',
  'usernameFrom',
  'passphraseFrom',
  'tokenFrom',
  'privateKeyFrom',
  'proxy',
  'proxyCredentials',
  'credentials',
];

function foundText(path: TreePath, found: unknown): string {
  const name = path.findLast((step) => typeof step === 'string');
  const isOfWebhooks = path[0] === 'webhooks' && path[1] === 'secrets';
  if (name !== undefined && (isOfWebhooks || MAY_HOLD_SECRET.includes(name)))
    return '; what is there is not shown, as it may be a secret';
  return `, found ${shownValue(found)}`;
}

/** Names that people know from `registries.conf`, from Argo CD Image Updater's manifests and from other programs. */
const FAMILIAR_KEYS: Readonly<Record<string, string>> = {
  credsexpire: 'credentialsExpire',
  credentialsexpire: 'credsexpire',
  defaultnamespace: 'defaultns',
  defaultns: 'defaultNamespace',
  tagsort: 'tagSortMode',
  taglistsort: 'tagSortMode',
  url: 'apiUrl',
  isdefault: 'default',
  ratelimit: 'limit',
  user: 'name',
  every: 'interval',
  loglevel: 'level',
  logformat: 'format',
  username: 'usernameFrom',
  maxconcurrency: 'concurrency',
  maxconcurrentapps: 'concurrency',
};

/** What is wrong with a key that does not exist. */
export function unknownKeyText(name: string, known: readonly string[]): string {
  const near = didYouMean(name, known, FAMILIAR_KEYS);
  if (near !== undefined) return `is no known key; did you mean ${near}?`;
  return `is no known key; known here: ${known.join(', ')}`;
}
