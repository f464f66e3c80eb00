import { LynceusError } from '../../errors.ts';
import { quoted } from '../quoted.ts';
import { isDigest, isHost, isName, isTag, looksLikeHost } from './grammar.ts';
import { canonicalPrefix, DOCKER_HUB } from './registry-host.ts';

/**
 * An image reference, as it was written.
 *
 * `acme/api:1.2@sha256:…` keeps both its tag and its digest. `registry` is `''` when no host was written.
 */
export interface ImageReference {
  /** Host with optional port as written, `''` when none was written. */
  readonly registry: string;
  /** Path as written, without the host: `nginx`, `acme/api`. */
  readonly name: string;
  readonly tag: string | undefined;
  /** With its algorithm: `sha256:…`. */
  readonly digest: string | undefined;
}

/**
 * An image repository under its one canonical name: `docker.io/library/nginx`, however it was written.
 * Two references are the same image exactly when their repositories are equal.
 */
export interface ImageRepository {
  /** Host with optional port, as `canonicalHost` spells it; `''` for a default registry that image names do not mention. */
  readonly registry: string;
  /** Path, with `library/` for Docker Hub's official images. */
  readonly path: string;
}

/** One item of an image list: an image, and a constraint in the place of the tag. */
export interface ConstrainedReference {
  /** Its tag is `undefined`: what was written there is the constraint. Its digest is the one below. */
  readonly image: ImageReference;
  /** As written, without surrounding space; `''` when there is none. Not checked: its meaning depends on the strategy. */
  readonly constraint: string;
  readonly digest: string | undefined;
}

const LONGEST_REFERENCE = 4096;

/**
 * Reads `[HOST/]NAME[:TAG][@DIGEST]` as the Docker reference grammar does, keeping the text as it was written.
 * Throws `reference-invalid`, also for `nginx:~1.2`: only `parseConstrainedReference` takes a constraint for a tag.
 */
export function parseImageReference(text: string): ImageReference {
  const { version, ...image } = readReference(text);
  if (version === undefined || isTag(version)) return { ...image, tag: version };
  const expected = 'a tag of 1 to 128 letters, digits, "_", "." and "-" that does not begin with "." or "-"';
  throw invalid(`expected ${expected} after ${quoted(formatName(image))} and ":", found ${quoted(version)}`);
}

/** The reference, or `undefined` where `parseImageReference` throws. */
export function tryImageReference(text: string): ImageReference | undefined {
  try {
    return parseImageReference(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads an item such as `acme/web:>=1.0,<2.0` or `localhost:5000/app:~1.2`. A host is the text before the first
 * `/`, so a constraint never swallows it. Throws `reference-invalid` for anything but the constraint.
 */
export function parseConstrainedReference(text: string): ConstrainedReference {
  const { version = '', ...image } = readReference(text);
  return { image: { ...image, tag: undefined }, constraint: version.trim(), digest: image.digest };
}

/** The reference as text, as it was written. */
export function formatReference(reference: ImageReference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${formatName(reference)}${tag}${digest}`;
}

/** Registry and name as they were written, without tag and digest: `ghcr.io/acme/api`, `nginx`. */
export function formatName(reference: Pick<ImageReference, 'registry' | 'name'>): string {
  return reference.registry === '' ? reference.name : `${reference.registry}/${reference.name}`;
}

/**
 * The canonical name. `nginx`, `library/nginx`, `docker.io/nginx` and `index.docker.io/library/nginx` are one image, and
 * so are `GHCR.io:443/x` and `ghcr.io/x`. A name without a host goes to `defaultRegistry`, a host or a host with the
 * start of a path, or `''` for one that has no name of its own; `library/` belongs to Docker Hub alone, so `ghcr.io/library/x`
 * and `ghcr.io/x` stay two.
 */
export function repositoryOf(
  reference: ImageReference,
  defaultRegistry: string = DOCKER_HUB,
): ImageRepository {
  const prefix = canonicalPrefix(reference.registry === '' ? defaultRegistry : reference.registry);
  const [registry = '', ...start] = prefix.split('/');
  const path = [...start, reference.name].join('/');
  return { registry, path: registry === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path };
}

/** `docker.io/library/nginx`; `nginx` of a default registry that names do not mention. */
export function formatRepository({ registry, path }: ImageRepository): string {
  return registry === '' ? path : `${registry}/${path}`;
}

/** Whether two references name the same image repository; tags and digests do not count. */
export function sameRepository(a: ImageReference, b: ImageReference): boolean {
  const [one, other] = [repositoryOf(a), repositoryOf(b)];
  return one.registry === other.registry && one.path === other.path;
}

interface ReferenceText extends Omit<ImageReference, 'tag'> {
  /** The text between the `:` after the name and the `@`, unchecked; `undefined` without a `:`. */
  readonly version: string | undefined;
}

function readReference(text: string): ReferenceText {
  if (text.length > LONGEST_REFERENCE) {
    throw invalid(`expected an image of at most ${LONGEST_REFERENCE} characters, found ${text.length}`);
  }
  const trimmed = text.trim();
  if (trimmed === '') throw invalid('expected an image, found nothing');
  rejectScheme(trimmed);
  const [beforeDigest, digest] = cut(trimmed, '@');
  const slash = beforeDigest.indexOf('/');
  const first = slash < 0 ? '' : beforeDigest.slice(0, slash);
  const registry = looksLikeHost(first) ? first : '';
  const [name, version] = cut(registry === '' ? beforeDigest : beforeDigest.slice(slash + 1), ':');
  if (registry !== '' && !isHost(registry)) {
    throw invalid(
      `expected a host such as ghcr.io or localhost:5000 before the first "/", found ${quoted(registry)}`,
    );
  }
  if (!isName(name)) throw invalid(`expected the name of an image, ${NAME_RULE}, found ${quoted(name)}`);
  if (digest !== undefined && !isDigest(digest)) {
    throw invalid(
      `expected a digest such as sha256:<64 hexadecimal digits> after "@", found ${quoted(digest)}`,
    );
  }
  return { registry, name, version, digest };
}

const NAME_RULE = 'parts of letters and digits joined by "/", ".", "_", "__" or "-", at most 255 characters';

function rejectScheme(text: string): void {
  const scheme = text.indexOf('://');
  if (scheme < 0) return;
  // What follows is not shown: it may begin with a user name and a password.
  const found = quoted(text.slice(0, scheme + 3));
  throw invalid(
    `expected an image without a scheme, found ${found} in front of it`,
    'drop everything up to "://"',
  );
}

function cut(text: string, separator: string): readonly [string, string | undefined] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

function invalid(
  message: string,
  hint = 'an image is written [HOST/]NAME[:TAG][@DIGEST], for example ghcr.io/acme/web:1.2',
): LynceusError {
  return new LynceusError('reference-invalid', message, { hint });
}
