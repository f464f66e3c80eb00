import { parseKeyPath } from '../key-path.ts';

/** Which part of an image a key is to hold; `image` is all of it in one. */
export type KeyPart = 'tag' | 'digest' | 'name' | 'registry' | 'image';

/**
 * What the words of a key path say. `named`: the key is for this part of an image. `near`: a word of the key, or of the map that it is
 * in, is about images. `unclear`: neither. `other`: the key is for something else, whatever it has.
 */
export type KeyMeaning = 'named' | 'near' | 'unclear' | 'other';

/** The words of a key path. */
export interface KeyWords {
  /** Those of its last key. */
  readonly words: readonly string[];
  /** The last of them, which says what the key holds; `''` for none. */
  readonly head: string;
  /** The word in front of it: what it is the version of; `''` for none. */
  readonly whose: string;
  /** Those of the key that the last one is in. */
  readonly collection: readonly string[];
}

const VERSION = setOf('tag tags version versions ver digest digests image images img');
const REFERENCE = setOf('image images img container containers sidecar sidecars repository repo');

/** The last words of keys that hold a part. */
const HOLDERS: Readonly<Record<KeyPart, ReadonlySet<string>>> = {
  tag: VERSION,
  digest: new Set([...VERSION, 'sha', 'hash']),
  image: new Set([...REFERENCE, ...setOf('tag tags version versions')]),
  name: setOf('image images img repository repo'),
  registry: setOf('registry registries hub mirror'),
};

/** Words that make a key one about images, wherever they stand in it. */
const ABOUT_IMAGES = new Set([...VERSION, ...REFERENCE, ...setOf('sha registry docker oci release build')]);

/** Maps from names to what their own name says: `versions.api`, `images.api`. Labels are called tags as well, so those are not. */
const COLLECTIONS: Readonly<Record<KeyPart, ReadonlySet<string>>> = {
  tag: setOf('images versions digests'),
  digest: setOf('images versions digests'),
  image: setOf('images containers sidecars'),
  name: setOf('images'),
  registry: setOf('registries'),
};

/** Keys that are for something else: what is run, fetched or reached, how much of it, when, and by whom. */
const OTHER = setOf(`
  revision revisions rev ref refs branch branches commit commits chart charts uses checksum
  url urls uri uris href link links endpoint endpoints host hosts hostname hostnames domain domains address addresses
  ip ips cidr subnet port ports path paths dir directory directories folder file files filename
  command commands cmd arg args argument arguments run script scripts exec entrypoint shell hook hooks eval
  enabled disabled enable disable debug replica replicas count number size limit limits request requests cpu memory
  storage capacity timeout timeouts interval period seconds minutes hours schedule cron ttl retries
  policy mode level kind class username password passwd secret secrets credential credentials cert certificate email
  namespace namespaces label labels annotation annotations selector description comment message
  date time timestamp expires region zone timezone locale regex pattern filter template expression
  flag flags weight percent priority uid gid id ids prefix suffix separator volume volumes mount mounts
`);

/** Where an image is, behind a word for it: `imageRef`, `image_url`. */
const LOCATIONS = setOf('ref url uri');
const LOCATED = setOf('image images img');

/** What a version or digest is of, when it is not of an image. */
const OF_OTHERS = setOf(`
  chart charts schema tls ssl min max minimum maximum protocol kube kubernetes helm kustomize dependency dependencies
  git commit branch revision ref refs source module provider crd http ip resource file config content checksum
`);

/** Words behind the one that counts: `imageTagOverride`. */
const ADDITIONS = setOf('override default current');

/** Compounds in small letters: `imagetag`, `targetrevision`. */
const COMPOUND =
  /^(.{2,})(tags?|image|version|digest|sha|repository|registry|revision|branch|commit|command|script|enabled|replicas|schedule|urls?|uri|ref|path)$/;

/** What the words of a key path say of this part. */
export function keyMeaningOf(path: string, part: KeyPart): KeyMeaning {
  const { words, head, whose, collection } = keyWordsOf(path);
  if (OTHER.has(head)) return LOCATIONS.has(head) && LOCATED.has(whose) ? 'named' : 'other';
  if (HOLDERS[part].has(head) || (head === 'sha' && LOCATED.has(whose)))
    return OF_OTHERS.has(whose) ? 'other' : 'named';
  if (words.some((word) => OTHER.has(word))) return 'other';
  if (part === 'name' && head === 'name' && HOLDERS.name.has(whose)) return 'named';
  const kind = collection.at(-1) ?? '';
  if (COLLECTIONS[part].has(kind)) return OF_OTHERS.has(collection.at(-2) ?? '') ? 'other' : 'named';
  return [...words, kind].some((word) => ABOUT_IMAGES.has(word)) ? 'near' : 'unclear';
}

/** Keys of Kubernetes that say nothing of what is below them. */
const SILENT = setOf('spec values');

/** Elements of lists have no words of their own. */
export function keyWordsOf(path: string): KeyWords {
  const keys = parseKeyPath(path)?.flatMap((step) => (step.kind === 'key' ? [step.key] : [])) ?? [path];
  const above = keys.slice(0, -1).map(wordsOf);
  const collection = above.findLast((found) => found.length !== 1 || !SILENT.has(found[0] ?? '')) ?? [];
  const all = wordsOf(keys.at(-1) ?? '');
  const words = all.filter((word, at) => at === 0 || at < all.length - 1 || !ADDITIONS.has(word));
  return { words, head: words.at(-1) ?? '', whose: words.at(-2) ?? collection.at(-1) ?? '', collection };
}

/** In small letters: `apiVersionTag` and `api-version_tag` are `api`, `version`, `tag`. Digits are left out. */
function wordsOf(key: string): readonly string[] {
  const found =
    key
      .replaceAll(/k8s/gi, 'Kubernetes')
      .match(/\p{Lu}{2,}s(?!\p{Ll})|\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{M}]+/gu) ?? [];
  return found.flatMap((word) => {
    const small = word.toLowerCase();
    const [, first, second] = COMPOUND.exec(small) ?? [];
    return first === undefined || second === undefined ? [small] : [first, second];
  });
}

function setOf(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
