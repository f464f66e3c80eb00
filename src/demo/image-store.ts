import { createHash } from 'node:crypto';

/** What is pushed under a tag: one image per platform behind one index. */
export interface DemoImage {
  readonly created: string;
  readonly platforms?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** Everything that the registry holds, under its digest, and which tags point at what. */
export interface Contents {
  readonly objects: Map<string, Stored>;
  readonly tags: Map<string, Map<string, string>>;
}

interface Stored {
  readonly type: string;
  readonly bytes: Buffer;
}

export const INDEX = 'application/vnd.oci.image.index.v1+json';
export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** Puts an image of several platforms under `name:tag`; the digest of its index. A tag that exists moves. */
export function pushImage(contents: Contents, reference: string, image: DemoImage): string {
  const [repository = '', tag = ''] = reference.split(':');
  const platforms = image.platforms ?? ['linux/amd64', 'linux/arm64'];
  const manifests = platforms.map((platform) => {
    const [os = 'linux', architecture = 'amd64'] = platform.split('/');
    const config = store(contents, CONFIG, {
      created: image.created,
      os,
      architecture,
      config: { Labels: image.labels ?? {} },
      rootfs: { type: 'layers', diff_ids: [] },
    });
    const layer = store(contents, LAYER, { of: reference, platform });
    const manifest = store(contents, MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config,
      layers: [layer],
    });
    return { ...manifest, platform: { os, architecture } };
  });
  const { digest } = store(contents, INDEX, { schemaVersion: 2, mediaType: INDEX, manifests });
  const tags = contents.tags.get(repository) ?? new Map<string, string>();
  contents.tags.set(repository, tags.set(tag, digest));
  return digest;
}

function store(
  contents: Contents,
  type: string,
  content: unknown,
): { mediaType: string; digest: string; size: number } {
  const bytes = Buffer.from(JSON.stringify(content));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  contents.objects.set(digest, { type, bytes });
  return { mediaType: type, digest, size: bytes.length };
}
