import { isJsonObject, parseJsonObject, textField, type JsonObject } from '../../http/json.ts';
import { readPushMilliseconds, type TagEntry } from '../tag-entries.ts';

/** One answer of `tags/list`. */
export interface TagPage {
  /** Texts as they were sent, in their order; some may be no tags. */
  readonly names: readonly string[];
  /** How many elements the list has, whatever they are. */
  readonly count: number;
  /** What Google's registries send beside the names. */
  readonly entries: readonly TagEntry[];
}

/**
 * The page in an answer; `undefined` when it is none. A repository whose tags were all deleted has `null` for its tags, or
 * no member `tags` beside its `name`; `null` among the tags is passed over. Anything else that is no text is no list of tags.
 */
export function readTagPage(body: Buffer): TagPage | undefined {
  const page = parseJsonObject(body);
  if (page === undefined) return undefined;
  const tags = page['tags'] ?? (isEmptyList(page) ? [] : undefined);
  if (!Array.isArray(tags)) return undefined;
  const names = tags.filter((tag) => tag !== null);
  if (!names.every((name) => typeof name === 'string')) return undefined;
  return { names, count: tags.length, entries: readGoogleManifests(page) };
}

function isEmptyList(page: JsonObject): boolean {
  return page['tags'] === null || (textField(page, 'name') !== '' && page['errors'] === undefined);
}

/**
 * What Google's registries send beside the names, in the answer of `tags/list` itself: a member `manifest` with the
 * digest of every manifest, its tags and when it was uploaded (`timeUploadedMs`, a text at gcr.io and a number at
 * Artifact Registry; see `rawManifestInfo` in google/go-containerregistry, pkg/v1/google/list.go). Their own tools
 * read it. Nothing where it is missing, as at every other registry.
 */
function readGoogleManifests(page: JsonObject): readonly TagEntry[] {
  const manifests = page['manifest'];
  if (!isJsonObject(manifests)) return [];
  return Object.entries(manifests).flatMap(([digest, manifest]) => {
    const tags: unknown = isJsonObject(manifest) ? manifest['tag'] : undefined;
    if (!isJsonObject(manifest) || !Array.isArray(tags)) return [];
    const pushed = readPushMilliseconds(manifest['timeUploadedMs']);
    return tags.flatMap((tag: unknown) => (typeof tag === 'string' ? [{ tag, digest, pushed }] : []));
  });
}
