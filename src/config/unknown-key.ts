import { didYouMean as nearest } from '../core/did-you-mean.ts';

/** Words people bring along from `registries.conf`, from Argo CD Image Updater's manifests and from habit. */
const HABITS: Readonly<Record<string, string>> = {
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

/** The known word that somebody most likely meant, or `undefined` when none is near. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const plain = plainOf(word);
  const same = known.find((candidate) => plainOf(candidate) === plain);
  if (same !== undefined) return same;
  const habit = HABITS[plain];
  if (habit !== undefined && known.includes(habit)) return habit;
  const near = nearest(plain, known.map(plainOf));
  return known.find((candidate) => plainOf(candidate) === near);
}

/** What to say of a key that does not exist. */
export function unknownKeyText(name: string, known: readonly string[]): string {
  const near = didYouMean(name, known);
  if (near !== undefined) return `is no known key; did you mean ${near}?`;
  return `is no known key; known here: ${known.join(', ')}`;
}

function plainOf(word: string): string {
  return word
    .slice(0, 64)
    .toLowerCase()
    .replaceAll(/[-_.\s]/g, '');
}
