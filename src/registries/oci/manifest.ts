import { isDigest } from '../../core/image/grammar.ts';
import { normalPlatform, type Platform } from '../../core/image/platform.ts';
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
  /** A chart, a signature, a bill of materials: anything but an image. `type` is a media type, `''` for none. */
  | { readonly kind: 'artifact'; readonly type: string }
  /** Nothing that could be run: `reason` goes on after its name. */
  | RefusedManifest;

export interface RefusedManifest {
  readonly kind: 'refused';
  readonly reason: string;
}

/** What a text is as a manifest, and whether it is one beyond doubt. */
export interface ReadManifest {
  readonly manifest: Manifest;
  /** Docker's schema 1, whose digest is not that of its bytes. */
  readonly isSchema1: boolean;
  /** It declares itself a manifest, so that it is no page of a proxy. */
  readonly isDeclared: boolean;
}

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
/** Types that say nothing. Some tools give them to the configuration of an image, or none at all. */
const VAGUE_TYPES = ['', 'application/octet-stream', 'application/json', 'text/plain'];
const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json';
const SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1+';
const IMAGE_LAYER = /^application\/vnd\.(?:oci\.image\.layer\.|docker\.image\.rootfs\.)/;

/** RFC 6838, section 4.2: each of the two names has at most 127 characters. */
const LONGEST_TYPE = 255;

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
 * could be read as an index and as an image at once is refused (CVE-2021-41190), and so is Docker's schema 1.
 */
export function readManifest(bytes: Buffer, contentType: string | undefined): ReadManifest {
  const sentType = typeOf(contentType ?? '');
  const content = parseJsonObject(bytes);
  if (content === undefined) {
    const manifest = refused('is not a JSON object, or only a part of one');
    return { manifest, isSchema1: false, isDeclared: isDeclaredType(sentType) };
  }
  const mediaType = typeOf(textField(content, 'mediaType')) || sentType;
  const isDeclared = typeof content['schemaVersion'] === 'number' || isDeclaredType(mediaType);
  if (content['schemaVersion'] === 1 || mediaType.startsWith(SCHEMA_1)) {
    const manifest = refused("has Docker's schema 1, which is not supported");
    return { manifest, isSchema1: true, isDeclared };
  }
  return { manifest: manifestFrom(content, mediaType), isSchema1: false, isDeclared };
}

/** A media type without its parameters. */
function typeOf(text: string): string {
  return text.split(';')[0]?.trim().toLowerCase() ?? '';
}

function isDeclaredType(mediaType: string): boolean {
  return isIndexType(mediaType) || isManifestType(mediaType) || mediaType.startsWith(SCHEMA_1);
}

function manifestFrom(content: JsonObject, mediaType: string): Manifest {
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

function readIndex(content: JsonObject): Manifest {
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
  return { kind: 'index', entries };
}

/** BuildKit marks its attestations by an annotation and by the platform `unknown/unknown`. */
function isArtifactEntry(item: JsonObject): boolean {
  const platform = objectField(item, 'platform');
  return (
    textField(objectField(item, 'annotations'), 'vnd.docker.reference.type') === 'attestation-manifest' ||
    textField(item, 'artifactType') !== '' ||
    (textField(platform, 'os').toLowerCase() === 'unknown' &&
      textField(platform, 'architecture').toLowerCase() === 'unknown')
  );
}

/**
 * An image has an image configuration and, if it has layers, at least one that is part of a file system. Signatures of
 * cosign and attestations of BuildKit have the configuration of an image and other layers. Where the type of the
 * configuration says nothing, the layers decide, unless the whole says that it is an artifact.
 */
function readImage(content: JsonObject): Manifest {
  const config = readDescriptor(content['config']);
  if (config === undefined) return refused('is a manifest without a config that has a digest');
  const artifactType = textField(content, 'artifactType');
  const layers = (Array.isArray(content['layers']) ? (content['layers'] as readonly unknown[]) : []).map(
    (layer) => (isJsonObject(layer) ? typeOf(textField(layer, 'mediaType')) : ''),
  );
  const hasImageLayer = layers.some((type) => IMAGE_LAYER.test(type));
  const isVague = VAGUE_TYPES.includes(config.mediaType) && artifactType === '';
  const isImage =
    (IMAGE_CONFIG_TYPES.includes(config.mediaType) && (layers.length === 0 || hasImageLayer)) ||
    (isVague && hasImageLayer);
  if (isImage) return { kind: 'image', config };
  return { kind: 'artifact', type: tellingType([artifactType, config.mediaType, ...layers]) };
}

/** OCI image spec, "Guidelines for Artifact Usage": the artifact type tells what it is, else the configuration. */
function tellingType(types: readonly string[]): string {
  const silent = [...VAGUE_TYPES, EMPTY_TYPE, ...IMAGE_CONFIG_TYPES];
  return (types.find((type) => !silent.includes(type)) ?? '').slice(0, LONGEST_TYPE);
}

function readDescriptor(value: unknown): Descriptor | undefined {
  if (!isJsonObject(value)) return undefined;
  const digest = textField(value, 'digest');
  return isDigest(digest) ? { mediaType: typeOf(textField(value, 'mediaType')), digest } : undefined;
}

/** The platform in an entry of an index or in an image configuration; `undefined` when it names no real one. */
export function readPlatform(fields: JsonObject): Platform | undefined {
  const platform = normalPlatform({
    os: textField(fields, 'os'),
    architecture: textField(fields, 'architecture'),
    variant: textField(fields, 'variant'),
  });
  const { os, architecture } = platform;
  if (os === '' || architecture === '' || (os === 'unknown' && architecture === 'unknown')) return undefined;
  return platform;
}

function refused(reason: string): RefusedManifest {
  return { kind: 'refused', reason };
}
