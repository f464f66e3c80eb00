import { toldMilliseconds, type ToldTag } from '../told-tags.ts';
import { isJsonObject, type JsonObject } from '../../http/json.ts';

/**
 * What Google's registries tell beside the names, in the answer of `tags/list` itself: a member `manifest` with the
 * digest of every manifest, its tags and when it was uploaded (`timeUploadedMs`, a text at gcr.io and a number at
 * Artifact Registry; see `rawManifestInfo` in google/go-containerregistry, pkg/v1/google/list.go). Their own tools
 * read it. Nothing where it is missing, as at every other registry.
 */
export function readGoogleManifests(page: JsonObject | undefined): readonly ToldTag[] {
  const manifests = page?.['manifest'];
  if (!isJsonObject(manifests)) return [];
  return Object.entries(manifests).flatMap(([digest, entry]) => {
    const tags: unknown = isJsonObject(entry) ? entry['tag'] : undefined;
    if (!isJsonObject(entry) || !Array.isArray(tags)) return [];
    const pushed = toldMilliseconds(entry['timeUploadedMs']);
    return tags.flatMap((tag: unknown) => (typeof tag === 'string' ? [{ tag, digest, pushed }] : []));
  });
}
