import { createHash } from 'node:crypto';
import type { SignatureMaterial } from '../../src/ports/signatures.ts';
import { pushBlob, pushManifest } from './signature-fixtures.ts';
import type { Signed } from './sigstore-stand-in.ts';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

interface Layer {
  readonly mediaType: string;
  readonly text: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Pushes bundles beside an image, in place of what was there, as cosign 3 does where a registry lists no referrers. */
export async function pushBundles(
  registryUrl: string,
  path: string,
  digest: string,
  bundles: readonly { readonly text: string; readonly type?: string }[],
): Promise<void> {
  const entries = await Promise.all(
    bundles.map(async ({ text, type }) => {
      const annotations = type === undefined ? {} : { 'dev.sigstore.bundle.predicateType': type };
      const content = await pushLayers(registryUrl, path, [{ mediaType: BUNDLE, text }]);
      const described = JSON.stringify({ ...content, artifactType: BUNDLE, annotations });
      const own = digestOf(described);
      await pushManifest(registryUrl, path, {
        reference: own,
        manifest: { type: MANIFEST, digest: own, content: described },
      });
      return {
        mediaType: MANIFEST,
        digest: own,
        size: Buffer.byteLength(described),
        artifactType: BUNDLE,
        annotations,
      };
    }),
  );
  const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: entries });
  await pushTagged(registryUrl, path, { tag: digest.replace(':', '-'), type: INDEX, content: index });
}

/** Pushes what cosign 1 and 2 keep: the tag `sha256-….sig`, or `.att` for an envelope. */
export async function pushLegacy(
  registryUrl: string,
  path: string,
  digest: string,
  material: Signed['simple'] | Signed['envelope'],
): Promise<void> {
  const end = material.kind === 'envelope' ? 'att' : 'sig';
  const content = JSON.stringify(await pushLayers(registryUrl, path, [layerOf(material)]));
  await pushTagged(registryUrl, path, { tag: `${digest.replace(':', '-')}.${end}`, type: MANIFEST, content });
}

function layerOf(material: Extract<SignatureMaterial, { kind: 'simple-signing' | 'envelope' }>): Layer {
  const { certificate = '', entry = '', timestamp = '' } = material.proofs ?? {};
  const proofs = {
    'dev.sigstore.cosign/certificate': certificate,
    'dev.sigstore.cosign/bundle': entry,
    'dev.sigstore.cosign/rfc3161timestamp': timestamp,
  };
  const annotations = Object.fromEntries(Object.entries(proofs).filter(([, text]) => text !== ''));
  if (material.kind === 'simple-signing')
    return {
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      text: material.payload.toString(),
      annotations: { ...annotations, 'dev.cosignproject.cosign/signature': material.signature },
    };
  const text = material.bytes.toString();
  const { payload } = JSON.parse(text) as { readonly payload: string };
  const { predicateType } = JSON.parse(Buffer.from(payload, 'base64').toString()) as {
    readonly predicateType: string;
  };
  return {
    mediaType: 'application/vnd.dsse.envelope.v1+json',
    text,
    annotations: { ...annotations, 'dev.cosignproject.cosign/signature': '', predicateType },
  };
}

async function pushLayers(registryUrl: string, path: string, layers: readonly Layer[]): Promise<object> {
  const config = '{}';
  await pushBlob(registryUrl, path, { digest: digestOf(config), content: config });
  for (const { text } of layers) await pushBlob(registryUrl, path, { digest: digestOf(text), content: text });
  return {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(config), size: config.length },
    layers: layers.map(({ mediaType, text, annotations = {} }) => ({
      mediaType,
      digest: digestOf(text),
      size: Buffer.byteLength(text),
      annotations,
    })),
  };
}

async function pushTagged(
  registryUrl: string,
  path: string,
  { tag, type, content }: { readonly tag: string; readonly type: string; readonly content: string },
): Promise<void> {
  const manifest = { type, digest: digestOf(content), content };
  await pushManifest(registryUrl, path, { reference: tag, manifest });
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
