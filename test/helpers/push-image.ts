import { createHash } from 'node:crypto';
import type { ClientFiles, DockerRegistry } from './docker-registry.ts';
import { fetchBytes, type Fetched, type FetchOptions } from './fetch-bytes.ts';

export interface PushOptions {
  readonly auth?: { readonly username: string; readonly password: string };
  /** PEM of the registry's authority. */
  readonly ca?: string;
  /** What is shown to a registry that wants to know who we are. */
  readonly client?: ClientFiles;
}

export interface ImageOptions extends PushOptions {
  /** Build time as the image configuration writes it; none unless said. */
  readonly created?: string | Date;
  readonly labels?: Readonly<Record<string, string>>;
  /** `os/architecture[/variant]` of a single image; `linux/amd64` unless said. */
  readonly platform?: string;
  /** Pushes an index with one image a platform instead of a single image. */
  readonly platforms?: readonly string[];
  /** Adds an `unknown/unknown` attestation for each image of the index, as BuildKit does. */
  readonly attestations?: boolean;
  /** Docker's media types instead of the OCI's. */
  readonly docker?: boolean;
}

export interface PushedImage {
  /** Digest of what the tag names: the index, when there is one. */
  readonly digest: string;
  /** Digest of each image by its platform. */
  readonly images: Readonly<Record<string, string>>;
}

/** Things that carry a tag and are no image. */
export type ArtifactKind = 'helm-chart' | 'cosign-signature' | 'artifact';

/** Pushes an image of one small layer; a few requests, some milliseconds. */
export async function pushImage(
  registryUrl: string,
  path: string,
  tag: string,
  options: ImageOptions = {},
): Promise<PushedImage> {
  const push = createPusher(registryUrl, path, options);
  if (options.platforms === undefined) {
    const platform = options.platform ?? 'linux/amd64';
    const { digest } = await pushOne(push, tag, platform, options);
    return { digest, images: { [platform]: digest } };
  }
  const entries: { readonly platform: string; readonly entry: IndexEntry }[] = [];
  for (const platform of options.platforms) {
    const image = await pushOne(push, undefined, platform, options);
    entries.push({ platform, entry: { ...image, platform: platformFields(platform) } });
  }
  const attestations =
    options.attestations === true
      ? await pushAttestations(
          push,
          entries.map(({ entry }) => entry),
        )
      : [];
  const manifests = [...entries.map(({ entry }) => entry), ...attestations];
  const { index } = mediaTypes(options);
  const { digest } = await push.manifest(tag, index, { schemaVersion: 2, mediaType: index, manifests });
  return {
    digest,
    images: Object.fromEntries(entries.map(({ platform, entry }) => [platform, entry.digest])),
  };
}

/** Pushes something that carries a tag and is no image. */
export async function pushArtifact(
  registryUrl: string,
  path: string,
  tag: string,
  kind: ArtifactKind,
  options: PushOptions = {},
): Promise<PushedImage> {
  const push = createPusher(registryUrl, path, options);
  const { config, layerType, artifactType } = ARTIFACTS[kind];
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    ...(artifactType === undefined ? {} : { artifactType }),
    config: await push.blob(config.type, JSON.stringify(config.content)),
    layers: [await push.blob(layerType, `content of a ${kind}`)],
  };
  const { digest } = await push.manifest(tag, OCI.manifest, manifest);
  return { digest, images: {} };
}

/** `pushImage` with the authority of a TLS registry filled in. */
export function pushTo(
  { url, ca, client }: DockerRegistry,
  path: string,
  tag: string,
  options: ImageOptions = {},
): Promise<PushedImage> {
  return pushImage(url, path, tag, {
    ...options,
    ...(ca === undefined ? {} : { ca }),
    ...(client === undefined ? {} : { client }),
  });
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface IndexEntry extends Descriptor {
  readonly platform: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Pusher {
  blob(mediaType: string, content: string): Promise<Descriptor>;
  manifest(tag: string | undefined, mediaType: string, content: unknown): Promise<Descriptor>;
}

const OCI = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

const DOCKER = {
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

const EMPTY_IMAGE_CONFIG = {
  architecture: '',
  os: '',
  created: '0001-01-01T00:00:00Z',
  config: {},
  rootfs: { type: 'layers', diff_ids: [] },
};

const ARTIFACTS: Readonly<
  Record<
    ArtifactKind,
    { config: { type: string; content: unknown }; layerType: string; artifactType?: string }
  >
> = {
  'helm-chart': {
    config: {
      type: 'application/vnd.cncf.helm.config.v1+json',
      content: { name: 'shop', version: '1.0.0', apiVersion: 'v2' },
    },
    layerType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
  },
  // Signatures of cosign carry an image configuration: only their layers tell.
  'cosign-signature': {
    config: { type: OCI.config, content: EMPTY_IMAGE_CONFIG },
    layerType: 'application/vnd.dev.cosign.simplesigning.v1+json',
  },
  artifact: {
    config: { type: 'application/vnd.oci.empty.v1+json', content: {} },
    layerType: 'application/vnd.acme.report.v1+json',
    artifactType: 'application/vnd.acme.report.v1',
  },
};

function mediaTypes({ docker }: ImageOptions): typeof OCI {
  return docker === true ? DOCKER : OCI;
}

async function pushOne(
  push: Pusher,
  tag: string | undefined,
  platform: string,
  options: ImageOptions,
): Promise<Descriptor> {
  const types = mediaTypes(options);
  const { created, labels } = options;
  const config = await push.blob(
    types.config,
    JSON.stringify({
      ...platformFields(platform),
      ...(created === undefined
        ? {}
        : { created: created instanceof Date ? created.toISOString() : created }),
      config: labels === undefined ? {} : { Labels: labels },
      rootfs: { type: 'layers', diff_ids: [] },
    }),
  );
  const layers = [await push.blob(types.layer, 'one small layer')];
  return push.manifest(tag, types.manifest, { schemaVersion: 2, mediaType: types.manifest, config, layers });
}

async function pushAttestations(push: Pusher, images: readonly Descriptor[]): Promise<readonly IndexEntry[]> {
  const attestations: IndexEntry[] = [];
  for (const image of images) {
    const manifest = {
      schemaVersion: 2,
      mediaType: OCI.manifest,
      config: await push.blob(
        OCI.config,
        JSON.stringify({ ...EMPTY_IMAGE_CONFIG, architecture: 'unknown', os: 'unknown' }),
      ),
      layers: [await push.blob('application/vnd.in-toto+json', `provenance of ${image.digest}`)],
    };
    attestations.push({
      ...(await push.manifest(undefined, OCI.manifest, manifest)),
      annotations: {
        'vnd.docker.reference.digest': image.digest,
        'vnd.docker.reference.type': 'attestation-manifest',
      },
      platform: { os: 'unknown', architecture: 'unknown' },
    });
  }
  return attestations;
}

function platformFields(platform: string): Readonly<Record<string, string>> {
  const [os = '', architecture = '', variant] = platform.split('/');
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

function createPusher(registryUrl: string, path: string, options: PushOptions): Pusher {
  const base = `${registryUrl}/v2/${path}`;
  const send = createSender(path, options);
  const uploaded = new Set<string>();

  return {
    async blob(mediaType, content) {
      const body = Buffer.from(content);
      const digest = sha256(body);
      if (!uploaded.has(digest)) {
        const begun = await send(`${base}/blobs/uploads/`, { method: 'POST' }, 202);
        const place = new URL(begun.headers.location ?? '', base);
        place.searchParams.set('digest', digest);
        await send(
          place,
          { method: 'PUT', body, headers: { 'content-type': 'application/octet-stream' } },
          201,
        );
        uploaded.add(digest);
      }
      return { mediaType, digest, size: body.length };
    },
    async manifest(tag, mediaType, content) {
      const body = Buffer.from(JSON.stringify(content, undefined, 2));
      const digest = sha256(body);
      await send(
        `${base}/manifests/${tag ?? digest}`,
        { method: 'PUT', body, headers: { 'content-type': mediaType } },
        201,
      );
      return { mediaType, digest, size: body.length };
    },
  };
}

/** Sends with whatever the registry asks for: nothing, basic authentication or a token. */
function createSender(path: string, { auth, ca, client }: PushOptions) {
  const basic =
    auth === undefined
      ? undefined
      : `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
  let authorization: string | undefined;

  async function attempt(url: string | URL, options: FetchOptions): Promise<Fetched> {
    const headers = { ...options.headers, ...(authorization === undefined ? {} : { authorization }) };
    return fetchBytes(url, {
      ...options,
      headers,
      ...(ca === undefined ? {} : { ca }),
      ...(client === undefined ? {} : { client }),
    });
  }

  async function authorizationFor(challenge: string): Promise<string | undefined> {
    const [, realm] = /^Bearer .*realm="([^"]+)"/.exec(challenge) ?? [];
    if (realm === undefined) return basic;
    const url = new URL(realm);
    url.searchParams.set('service', /service="([^"]+)"/.exec(challenge)?.[1] ?? '');
    url.searchParams.set('scope', `repository:${path}:pull,push`);
    const headers: Record<string, string> = basic === undefined ? {} : { authorization: basic };
    const { body } = await fetchBytes(url, ca === undefined ? { headers } : { headers, ca });
    return `Bearer ${(JSON.parse(body.toString()) as { token: string }).token}`;
  }

  return async function send(url: string | URL, options: FetchOptions, expected: number): Promise<Fetched> {
    let answer = await attempt(url, options);
    if (answer.status === 401) {
      authorization = await authorizationFor(answer.headers['www-authenticate'] ?? '');
      answer = await attempt(url, options);
    }
    if (answer.status === expected) return answer;
    throw new Error(
      `pushing ${path}: ${options.method} answered ${answer.status}, not ${expected}: ${answer.body.toString()}`,
    );
  };
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
