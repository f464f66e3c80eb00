import { formatName, tryImageReference } from '../image/reference.ts';
import type { ApplicationId } from '../policy.ts';

/** Stands for a namespace that a manifest does not name; no namespace is called so. */
const NO_NAMESPACE = '-';

/** See `ImageStatus.id`. */
export function imageStatusId({
  application,
  alias,
  image,
}: {
  readonly application: ApplicationId;
  readonly alias: string;
  readonly image: string;
}): string {
  const namespace = application.namespace === '' ? NO_NAMESPACE : application.namespace;
  return joinImageId([namespace, application.name, alias === '' ? nameOf(image) : alias]);
}

/** The id of parts that are decoded, such as those of a URL. */
export function joinImageId(parts: readonly string[]): string {
  return parts.map(percentEncoded).join('/');
}

/** Half a character, which YAML can write and UTF-8 cannot, is a character that stands for none. */
export function percentEncoded(part: string): string {
  return encodeURIComponent(part.replaceAll(/\p{Cs}/gu, '\uFFFD'));
}

/** The same for every spelling of one image. */
function nameOf(image: string): string {
  const reference = tryImageReference(image);
  return reference === undefined ? image : formatName(reference);
}

/** Ids that are unique where two images have one: `~2` stands behind that of the second, which no alias or image can have. */
export function uniqueImageIds<Named extends Parameters<typeof imageStatusId>[0]>(
  images: readonly Named[],
): readonly (readonly [id: string, image: Named])[] {
  const counts = new Map<string, number>();
  return images.map((image) => {
    const id = imageStatusId(image);
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    return [count === 1 ? id : `${id}~${count}`, image];
  });
}
