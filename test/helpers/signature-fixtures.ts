import { readFileSync } from 'node:fs';
import { fetchBytes } from './fetch-bytes.ts';

interface SignatureFixtures {
  /** Of those without keys. */
  readonly trustRoot?: string;
  /** Public keys in PEM. */
  readonly keys: Readonly<Record<string, string>>;
  /** Of each repository the manifests by their tags and digests. */
  readonly repositories: Readonly<Record<string, Readonly<Record<string, FixtureManifest>>>>;
  /** By their digests. */
  readonly blobs: Readonly<Record<string, string>>;
}

export interface FixtureManifest {
  readonly type: string;
  readonly digest: string;
  readonly content: string;
}

/** What real cosign made, see test/fixtures/signatures/make.sh and make-keyless.sh. */
export const SIGNATURES = readFixtures('signatures.json');
const KEYLESS = readFixtures('keyless.json');

function readFixtures(file: string): SignatureFixtures {
  const text = readFileSync(new URL(`../fixtures/signatures/${file}`, import.meta.url), 'utf8');
  return JSON.parse(text) as SignatureFixtures;
}

/** The `trusted_root.json` of what was signed without a key. */
export function fixtureTrustRoot(): string {
  return KEYLESS.trustRoot ?? '';
}

/** A key of the fixtures. Throws for one that is not there. */
export function fixtureKey(name: string): string {
  const key = SIGNATURES.keys[name];
  if (key === undefined) throw new Error(`there is no key ${name}`);
  return key;
}

/** The manifests of a repository of the fixtures. Throws for one that is not there. */
export function fixtureManifests(repository: string): Readonly<Record<string, FixtureManifest>> {
  const found = SIGNATURES.repositories[repository] ?? KEYLESS.repositories[repository];
  if (found === undefined) throw new Error(`there is no repository ${repository}`);
  return found;
}

/** The digest of the image 1.1.0 of a repository of the fixtures. */
export function fixtureDigest(repository: string): string {
  return fixtureManifests(repository)['1.1.0']?.digest ?? '';
}

/**
 * Pushes a repository of the fixtures to a registry: images, signatures and all. The image 1.1.0 may get other tags.
 * `only` names tags; absent means all.
 */
export async function pushFixture(
  registryUrl: string,
  from: string,
  {
    to = from,
    only,
    tags = ['1.1.0'],
  }: {
    readonly to?: string;
    readonly only?: (reference: string) => boolean;
    readonly tags?: readonly string[];
  } = {},
): Promise<void> {
  const manifests = Object.entries(fixtureManifests(from)).toReversed();
  const { blobs } = from in KEYLESS.repositories ? KEYLESS : SIGNATURES;
  for (const [digest, content] of Object.entries(blobs)) await pushBlob(registryUrl, to, { digest, content });
  // Parts before the whole.
  for (const [reference, manifest] of manifests.filter(([one]) => only?.(one) ?? true))
    for (const name of reference === '1.1.0' ? tags : [reference])
      await pushManifest(registryUrl, to, { reference: name, manifest });
}

/** Puts a blob into a repository. */
export async function pushBlob(
  registryUrl: string,
  path: string,
  { digest, content }: { readonly digest: string; readonly content: string },
): Promise<void> {
  const started = await fetchBytes(`${registryUrl}/v2/${path}/blobs/uploads/`, { method: 'POST' });
  const url = new URL(started.headers['location'] ?? '', registryUrl);
  url.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  const { status, body } = await fetchBytes(url, { method: 'PUT', body: Buffer.from(content), headers });
  if (status !== 201) throw new Error(`pushing ${path}@${digest}: ${status} ${body.toString()}`);
}

/** Puts a manifest into a repository, under a tag or its digest. */
export async function pushManifest(
  registryUrl: string,
  path: string,
  { reference, manifest }: { readonly reference: string; readonly manifest: FixtureManifest },
): Promise<void> {
  const { status, body } = await fetchBytes(`${registryUrl}/v2/${path}/manifests/${reference}`, {
    method: 'PUT',
    body: Buffer.from(manifest.content),
    headers: { 'content-type': manifest.type },
  });
  if (status !== 201) throw new Error(`pushing ${path}:${reference}: ${status} ${body.toString()}`);
}
