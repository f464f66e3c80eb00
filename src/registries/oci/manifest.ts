import { isDigest } from '../../core/image/grammar.ts';
import type { Platform } from '../../core/image/platform.ts';
import { isJsonObject, objectField, parseJsonObject, textField, type JsonObject } from '../../http/json.ts';

/** A pointer to some content (OCI image spec, "Content Descriptors"). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
}

/** One entry of an index. */
export interface IndexEntry extends Descriptor {
  readonly platform: Platform | undefined;
  /** Declares itself that it is no image: an attestation, or something with an artifact type. */
  readonly isArtifact: boolean;
}

/** The parts of a manifest that are used here. */
export type Manifest =
  | { readonly kind: 'index'; readonly entries: readonly IndexEntry[] }
  | { readonly kind: 'image'; readonly config: Descriptor }
  /** A chart, a signature, a bill of materials: anything but an image. */
  | { readonly kind: 'artifact' };

export type ManifestResult =
  | { readonly kind: 'read'; readonly manifest: Manifest }
  | { readonly kind: 'refused'; readonly reason: string };

const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
const IMAGE_CONFIG_TYPES = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];
const SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1+';
const IMAGE_LAYER = /^application\/vnd\.(?:oci\.image\.layer\.|docker\.image\.rootfs\.)/;

/** What we can read, for the `Accept` header. */
export const ACCEPTED_MANIFESTS = [...INDEX_TYPES, ...MANIFEST_TYPES].join(', ');

/** Whether a descriptor of this type leads to an index. */
export function isIndexType(mediaType: string): boolean {
  return INDEX_TYPES.includes(mediaType);
}

/** Whether a descriptor of this type leads to the manifest of one image, or of something in its shape. */
export function isManifestType(mediaType: string): boolean {
  return MANIFEST_TYPES.includes(mediaType);
}

/**
 * Reads the bytes of a manifest. Its own `mediaType` decides, the `Content-Type` only where it has none. A text that
 * could be read as an index and as an image at once is refused (CVE-2021-41190), and so is Docker's schema 1, whose
 * digest is not that of its bytes.
 */
export function readManifest(bytes: Buffer, contentType: string | undefined): ManifestResult {
  const content = parseJsonObject(bytes);
  if (content === undefined) return refused('is not a JSON object, or only a part of one');
  const mediaType =
    textField(content, 'mediaType') || (contentType ?? '').split(';')[0]?.trim().toLowerCase() || '';
  if (content['schemaVersion'] === 1 || mediaType.startsWith(SCHEMA_1))
    return refused("has Docker's schema 1, which is not supported");
  if (
    content['manifests'] !== undefined &&
    (content['config'] !== undefined || content['layers'] !== undefined)
  ) {
    return refused('is an index and an image at once');
  }
  if (isIndexType(mediaType) || (!isManifestType(mediaType) && Array.isArray(content['manifests'])))
    return readIndex(content);
  if (isManifestType(mediaType) || isJsonObject(content['config'])) return readImage(content);
  return refused(`has the unknown type ${JSON.stringify(mediaType.slice(0, 100))}`);
}

function readIndex(content: JsonObject): ManifestResult {
  const list = content['manifests'];
  if (!Array.isArray(list)) return refused('is an index without a list of manifests');
  const entries: IndexEntry[] = [];
  for (const item of list as readonly unknown[]) {
    const descriptor = readDescriptor(item);
    if (descriptor === undefined || !isJsonObject(item))
      return refused('is an index with an entry that has no digest');
    entries.push({
      ...descriptor,
      platform: readPlatform(objectField(item, 'platform')),
      isArtifact: isArtifactEntry(item),
    });
  }
  return { kind: 'read', manifest: { kind: 'index', entries } };
}

/** BuildKit marks its attestations by an annotation and by the platform `unknown/unknown`. */
function isArtifactEntry(item: JsonObject): boolean {
  const { os, architecture } = objectField(item, 'platform');
  return (
    textField(objectField(item, 'annotations'), 'vnd.docker.reference.type') === 'attestation-manifest' ||
    textField(item, 'artifactType') !== '' ||
    (os === 'unknown' && architecture === 'unknown')
  );
}

/**
 * An image has an image configuration and, if it has layers, at least one that is part of a file system. Signatures of
 * cosign and attestations of BuildKit have the configuration of an image and other layers.
 */
function readImage(content: JsonObject): ManifestResult {
  const config = readDescriptor(content['config']);
  if (config === undefined) return refused('is a manifest without a config that has a digest');
  const layers: readonly unknown[] = Array.isArray(content['layers']) ? content['layers'] : [];
  const hasImageLayer =
    layers.length === 0 ||
    layers.some((layer) => isJsonObject(layer) && IMAGE_LAYER.test(textField(layer, 'mediaType')));
  const isImage = IMAGE_CONFIG_TYPES.includes(config.mediaType) && hasImageLayer;
  return { kind: 'read', manifest: isImage ? { kind: 'image', config } : { kind: 'artifact' } };
}

function readDescriptor(value: unknown): Descriptor | undefined {
  if (!isJsonObject(value)) return undefined;
  const digest = textField(value, 'digest');
  return isDigest(digest) ? { mediaType: textField(value, 'mediaType'), digest } : undefined;
}

/** The platform in an entry of an index or in an image configuration; `undefined` when it names no real one. */
export function readPlatform(fields: JsonObject): Platform | undefined {
  const os = textField(fields, 'os');
  const architecture = textField(fields, 'architecture');
  if (os === '' || architecture === '' || (os === 'unknown' && architecture === 'unknown')) return undefined;
  const variant = textField(fields, 'variant');
  return variant === '' ? { os, architecture } : { os, architecture, variant };
}

function refused(reason: string): ManifestResult {
  return { kind: 'refused', reason };
}
