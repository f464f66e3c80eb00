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
  const reach = Math.min(3, Math.floor(plain.length / 3));
  const near = known
    .map((candidate) => ({ candidate, distance: distanceOf(plain, plainOf(candidate)) }))
    .filter(({ distance }) => distance <= reach)
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.candidate;
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

/** Levenshtein: the fewest letters to add, drop or replace. */
function distanceOf(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
