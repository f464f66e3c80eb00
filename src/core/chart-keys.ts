import { formatName, parseImageReference, sameRepository, type ImageReference } from './image/reference.ts';
import { canonicalHost, canonicalPrefix, DOCKER_HUB } from './image/registry-host.ts';

/**
 * Keys in which charts keep the registry of an image whose name stands at `path`, the nearest first: beside it
 * (`image.registry` for `image.repository`, `imageRegistry` for `imageName`), then for the whole chart. An empty one counts as missing.
 */
export function registryKeysOf(path: string): readonly string[] {
  return [...registryKeysBeside(path), ...GLOBAL_REGISTRY_KEYS];
}

const GLOBAL_REGISTRY_KEYS = ['global.imageRegistry', 'global.image.registry', 'global.registry'];

/** Those beside it alone: a key that holds a whole reference is seldom put behind the registry of the whole chart. */
export function registryKeysBeside(path: string): readonly string[] {
  const { parent, last } = splitPath(path);
  const composed = /^(.*[a-z0-9])(?:Name|Repository)$/.exec(last)?.[1];
  return [...(composed === undefined ? [] : [`${parent}${composed}Registry`]), `${parent}registry`];
}

/** Keys beside that of a tag in which charts keep the name that the tag belongs to: `image.repository` for `image.tag`. */
export function nameKeysBeside(path: string): readonly string[] {
  const { parent, last } = splitPath(path);
  const composed = /^(.*[a-z0-9])Tag$/.exec(last)?.[1];
  if (composed !== undefined)
    return [`${parent}${composed}Repository`, `${parent}${composed}Name`, `${parent}${composed}`];
  return last.toLowerCase() === 'tag' ? [`${parent}repository`, `${parent}image`] : [];
}

/** The key beside that of a tag in which charts keep the digest: `image.digest` for `image.tag`, `apiDigest` for `apiTag`. */
export function digestKeyBeside(path: string): string | undefined {
  const { parent, last } = splitPath(path);
  if (!/(?:^t|[a-z0-9]T|_t|-t)ag$/.test(last)) return undefined;
  return `${parent}${last.replace(/([tT])ag$/, (_, first) => (first === 't' ? 'digest' : 'Digest'))}`;
}

/** Whether a key is one for a digest alone: `image.digest`, `apiDigest`. */
export function isDigestKey(path: string): boolean {
  return /digest$/i.test(path);
}

/** A key path in front of its last key, with the dot, and that key. */
function splitPath(path: string): { readonly parent: string; readonly last: string } {
  const dot = path.lastIndexOf('.');
  return { parent: path.slice(0, dot + 1), last: path.slice(dot + 1) };
}

/**
 * What is left of an image's name behind a registry: `acme/api` behind `ghcr.io`, `api` behind `ghcr.io/acme`;
 * `undefined` when the image is in another one.
 */
export function nameBehind(registry: string, image: ImageReference): string | undefined {
  const prefix = `${canonicalPrefix(registry.replace(/\/+$/, ''))}/`;
  const host = canonicalHost(image.registry === '' ? DOCKER_HUB : image.registry);
  const whole = `${host}/${image.name}`;
  return whole.startsWith(prefix) && whole !== prefix ? whole.slice(prefix.length) : undefined;
}

/** Whether a registry and the name behind it are this image: `ghcr.io/acme` and `api` are `ghcr.io/acme/api`. */
export function composesImage(registry: string, name: string, image: ImageReference): boolean {
  try {
    const front = registry.replace(/\/+$/, '');
    const whole = parseImageReference(front === '' ? name : `${front}/${name}`);
    return sameRepository(whole, image);
  } catch {
    return false;
  }
}

/** The registry and the name behind it, for keys of their own. */
export function namePartsOf(image: ImageReference): { readonly registry: string; readonly name: string } {
  return {
    registry: image.registry === '' ? DOCKER_HUB : image.registry,
    name: formatName({ ...image, registry: '' }),
  };
}
