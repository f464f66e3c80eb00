import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { SignaturePlace, SignatureSet } from '../../src/ports/signatures.ts';
import { json, type Answer, type Handler } from '../helpers/registry-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { ANONYMOUS, aStandIn, askAt, basicLogin } from './asking.ts';

const DIGEST = `sha256:${'12'.repeat(32)}`;
const TAG = DIGEST.replace(':', '-');
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const SIMPLE = 'application/vnd.dev.cosign.simplesigning.v1+json';

interface Stored {
  readonly type: string;
  readonly body: string;
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** A repository that answers what is in it, and 404 for everything else. */
function repository(contents: Readonly<Record<string, Stored | Answer>>): Handler {
  return ({ url }) => {
    const rest = `${url.pathname.replace('/v2/acme/api/', '')}${url.search}`;
    const found = contents[rest];
    if (found === undefined) return absent();
    if ('body' in found && 'type' in found)
      return { status: 200, headers: { 'content-type': found.type }, body: found.body };
    return found;
  };
}

function absent(): Answer {
  return { ...json({ errors: [{ code: 'MANIFEST_UNKNOWN' }] }), status: 404 };
}

/** The manifest of one signature, with its blob. */
function signature(
  text: string,
  { type = BUNDLE, annotations = {} }: { readonly type?: string; readonly annotations?: object } = {},
): {
  readonly digest: string;
  readonly contents: Readonly<Record<string, Stored>>;
  readonly content: string;
} {
  const layer = { mediaType: type, digest: digestOf(text), size: Buffer.byteLength(text), annotations };
  const content = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, layers: [layer] });
  const digest = digestOf(content);
  return {
    digest,
    content,
    contents: {
      [`manifests/${digest}`]: { type: IMAGE, body: content },
      [`blobs/${layer.digest}`]: { type: 'application/octet-stream', body: text },
    },
  };
}

function entry(digest: string, annotations?: object): object {
  return {
    mediaType: IMAGE,
    digest,
    size: 1,
    artifactType: BUNDLE,
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function index(entries: readonly object[]): Stored {
  return { type: INDEX, body: JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: entries }) };
}

async function ask(
  handler: Handler,
  place: SignaturePlace = 'referrers',
): Promise<{ readonly set: Promise<SignatureSet>; readonly lines: () => readonly string[] }> {
  const server = await aStandIn(handler);
  const { registry, host } = askAt(server.url);
  const request = {
    repository: { registry: host, path: 'acme/api' },
    login: ANONYMOUS,
    digest: DIGEST,
    place,
  };
  return { set: registry.signaturesIn(request, new AbortController().signal), lines: server.lines };
}

const ONE = signature('{"a":1}');
const FOUND = { materials: [{ kind: 'bundle', bytes: Buffer.from('{"a":1}') }] };
const NOTHING = { materials: [] };

describe('what a registry keeps beside an image', () => {
  test.each<[string, SignaturePlace, Readonly<Record<string, Stored | Answer>>, unknown]>([
    [
      'a referrer',
      'referrers',
      { [`referrers/${DIGEST}`]: index([entry(ONE.digest)]), ...ONE.contents },
      FOUND,
    ],
    [
      'an index behind a tag',
      'referrers-tag',
      { [`manifests/${TAG}`]: index([entry(ONE.digest)]), ...ONE.contents },
      FOUND,
    ],
    [
      'an index whose entries tell no type',
      'referrers-tag',
      { [`manifests/${TAG}`]: index([{ mediaType: IMAGE, digest: ONE.digest, size: 1 }]), ...ONE.contents },
      FOUND,
    ],
    [
      'a manifest behind a tag',
      'referrers-tag',
      { [`manifests/${TAG}`]: { type: IMAGE, body: ONE.content }, ...ONE.contents },
      FOUND,
    ],
    [
      'a list of referrers of several pages',
      'referrers',
      {
        [`referrers/${DIGEST}`]: {
          ...json(JSON.parse(index([]).body), {
            link: `</v2/acme/api/referrers/${DIGEST}?last=a>; rel="next"`,
          }),
        },
        [`referrers/${DIGEST}?last=a`]: index([entry(ONE.digest)]),
        ...ONE.contents,
      },
      FOUND,
    ],
    ['nothing', 'referrers', { [`referrers/${DIGEST}`]: index([]) }, NOTHING],
    ['no list of referrers', 'referrers', {}, NOTHING],
    ['no such tag', 'signature-tag', {}, NOTHING],
    [
      'an index without a list',
      'referrers-tag',
      { [`manifests/${TAG}`]: { type: INDEX, body: '{}' } },
      NOTHING,
    ],
    [
      'artifacts of other types',
      'referrers',
      {
        [`referrers/${DIGEST}`]: index([{ ...entry(ONE.digest), artifactType: 'application/vnd.cyclonedx' }]),
      },
      NOTHING,
    ],
    [
      'an attestation, which is not fetched',
      'referrers',
      { [`referrers/${DIGEST}`]: index([entry(ONE.digest, { 'dev.sigstore.bundle.predicateType': 'x' })]) },
      { materials: [{ kind: 'attestation', type: 'x' }] },
    ],
    [
      'a referrer that is gone',
      'referrers',
      { [`referrers/${DIGEST}`]: index([entry(ONE.digest)]) },
      NOTHING,
    ],
    [
      'a simple signature without its annotation',
      'signature-tag',
      { [`manifests/${TAG}.sig`]: { type: IMAGE, body: signature('a', { type: SIMPLE }).content } },
      NOTHING,
    ],
    [
      'entries of nonsense',
      'referrers',
      { [`referrers/${DIGEST}`]: index([{}, { digest: '../../x' }, { digest: 7 }]) },
      NOTHING,
    ],
  ])('%s', async (_, place, contents, expected) => {
    expect(await (await ask(repository(contents), place)).set).toEqual(expected);
  });

  test.each([400, 404, 405, 406, 501])(
    'a registry that answers %i has no list of referrers',
    async (status) => {
      const { set } = await ask(() => ({ status, body: 'what?' }));
      expect(await set).toEqual(NOTHING);
    },
  );

  test('a page in place of the list is none', async () => {
    const { set } = await ask(() => ({
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html>',
    }));
    expect(await set).toEqual(NOTHING);
  });

  test.each<[string, Answer, string]>([
    ['refuses', { status: 403, body: '{}' }, 'registry-denied'],
    ['is busy', { status: 429, headers: { 'retry-after': '3600' }, body: '{}' }, 'registry-rate-limited'],
    ['is ill', { status: 500, body: 'sorry' }, 'registry-failed'],
    ['breaks off', { reset: 'half-way' }, 'registry-unreachable'],
    ['answers a list in another form', json({ manifests: 'many' }), 'registry-response-invalid'],
    ['answers nested JSON', { ...json({}), body: `${'['.repeat(5_000)}` }, 'registry-response-invalid'],
  ])('a registry that %s has told nothing', async (_, answer, code) => {
    const { set } = await ask(() => answer);
    expect((await errorOf(set)).code).toBe(code);
  });

  test.each<[string, SignaturePlace]>([
    ['the tag of referrers', 'referrers-tag'],
    ['the tag of cosign', 'signature-tag'],
  ])('a 404 from something in between proves nothing: %s', async (_, place) => {
    const { set } = await ask(
      () => ({ status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' }),
      place,
    );
    expect(await errorOf(set)).toMatchObject({ code: 'registry-not-found', retryable: true });
  });

  test.each<[string, Readonly<Record<string, Stored>>]>([
    ['manifest', { [`manifests/${ONE.digest}`]: { type: IMAGE, body: `${ONE.content} ` } }],
    ['blob', { [`blobs/${digestOf('{"a":1}')}`]: { type: 'application/octet-stream', body: '{"a":2}' } }],
  ])('a %s that has another digest is refused', async (_, changed) => {
    const { set } = await ask(
      repository({ [`referrers/${DIGEST}`]: index([entry(ONE.digest)]), ...ONE.contents, ...changed }),
    );
    expect((await errorOf(set)).code).toBe('registry-response-invalid');
  });
});

describe('more than any image has', () => {
  test('of 10,000 referrers 50 are read, those first that say they are signatures', async () => {
    const others = Array.from({ length: 10_000 }, (_, at) => signature(`{"b":${at}}`));
    const sign = entry(ONE.digest, {
      'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1',
    });
    const contents = Object.assign({}, ...others.map((one) => one.contents), ONE.contents) as Record<
      string,
      Stored
    >;
    const list = index([...others.map(({ digest }) => entry(digest)), sign]);
    const { set, lines } = await ask(repository({ ...contents, [`referrers/${DIGEST}`]: list }));
    const { materials, leftOut } = await set;
    expect(materials).toHaveLength(50);
    expect(materials[0]).toEqual(FOUND.materials[0]);
    expect(leftOut).toMatch(/more than 50 artifacts/);
    expect(lines().length).toBeLessThan(110);
  });

  test('pages without an end', async () => {
    const next = { link: `</v2/acme/api/referrers/${DIGEST}?last=a>; rel="next"` };
    const { set, lines } = await ask(() => json({ manifests: [] }, next));
    expect((await set).leftOut).toMatch(/more than 10 pages/);
    expect(lines()).toHaveLength(10);
  });

  test('a layer of a gigabyte is not fetched', async () => {
    const content = JSON.stringify({ layers: [{ mediaType: BUNDLE, digest: digestOf('x'), size: 2 ** 30 }] });
    const { set, lines } = await ask(
      repository({ [`manifests/${TAG}`]: { type: IMAGE, body: content } }),
      'referrers-tag',
    );
    expect(await set).toEqual({ materials: [], leftOut: expect.stringMatching(/more than 524288 bytes/) });
    expect(lines()).toHaveLength(1);
  });

  test.each<[string, (size: string) => Readonly<Record<string, Stored | Answer>>]>([
    [
      'a layer that says it is small',
      (text) => {
        const content = JSON.stringify({ layers: [{ mediaType: BUNDLE, digest: digestOf(text), size: 3 }] });
        return {
          [`referrers/${DIGEST}`]: index([entry(digestOf(content))]),
          [`manifests/${digestOf(content)}`]: { type: IMAGE, body: content },
          [`blobs/${digestOf(text)}`]: { type: 'application/octet-stream', body: text },
        };
      },
    ],
    [
      'a manifest',
      (text) => ({
        [`referrers/${DIGEST}`]: index([entry(digestOf(text))]),
        [`manifests/${digestOf(text)}`]: { type: IMAGE, body: text },
      }),
    ],
    ['the list itself', (text) => ({ [`referrers/${DIGEST}`]: { type: INDEX, body: text } })],
  ])('%s of five megabytes is left out', async (_, contents) => {
    const { set } = await ask(repository(contents(' '.repeat(5 * 1024 * 1024))));
    expect(await set).toEqual({ materials: [], leftOut: expect.stringMatching(/has more than \d+ bytes/) });
  });

  test('signatures in one manifest', async () => {
    const layers = Array.from({ length: 300 }, () => ({
      mediaType: SIMPLE,
      digest: digestOf('x'),
      size: 1,
      annotations: { 'dev.cosignproject.cosign/signature': 'AA==' },
    }));
    const { set } = await ask(
      repository({
        [`manifests/${TAG}.sig`]: { type: IMAGE, body: JSON.stringify({ layers }) },
        [`blobs/${digestOf('x')}`]: { type: 'application/octet-stream', body: 'x' },
      }),
      'signature-tag',
    );
    const { materials, leftOut } = await set;
    expect(materials).toHaveLength(100);
    expect(leftOut).toMatch(/more than 100 signatures/);
  });
});

test('a login that is refused is read again', async () => {
  const seen: string[] = [];
  const server = await aStandIn(({ headers }) => {
    const { authorization = '' } = headers;
    if (authorization !== '') seen.push(authorization);
    return authorization === `Basic ${Buffer.from('bot:new').toString('base64')}`
      ? { status: 200, headers: { 'content-type': INDEX }, body: index([]).body }
      : { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' }, body: '{}' };
  });
  const { registry, host } = askAt(server.url, {
    renewLogin: () => Promise.resolve(basicLogin('bot', 'new')),
  });
  const set = await registry.signaturesIn(
    {
      repository: { registry: host, path: 'acme/api' },
      login: basicLogin('bot', 'old'),
      digest: DIGEST,
      place: 'referrers',
    },
    new AbortController().signal,
  );
  expect(set).toEqual(NOTHING);
  expect(seen.length).toBeGreaterThan(1);
});

describe('attestations that somebody asks for', () => {
  const SLSA = 'https://slsa.dev/provenance/v1';
  const ENVELOPE = 'application/vnd.dsse.envelope.v1+json';
  const stated = (type: string) => ({ 'dev.sigstore.bundle.predicateType': type });

  async function askFor(
    types: readonly string[],
    contents: Readonly<Record<string, Stored | Answer>>,
    place: SignaturePlace = 'referrers',
  ): Promise<{ readonly set: SignatureSet; readonly lines: readonly string[] }> {
    const server = await aStandIn(repository(contents));
    const { registry, host } = askAt(server.url);
    const request = {
      repository: { registry: host, path: 'acme/api' },
      login: ANONYMOUS,
      digest: DIGEST,
      place,
    };
    const set = await registry.signaturesIn(
      { ...request, attestations: types },
      new AbortController().signal,
    );
    return { set, lines: server.lines() };
  }

  test('are fetched by their types, and no others', async () => {
    const [wanted, other] = [signature('{"wanted":1}'), signature('{"other":1}')];
    const entries = [entry(other.digest, stated('x')), entry(wanted.digest, stated(SLSA))];
    const contents = { [`referrers/${DIGEST}`]: index(entries), ...wanted.contents, ...other.contents };
    const { set, lines } = await askFor([SLSA], contents);
    expect(set.materials).toEqual([
      { kind: 'attestation', type: 'x' },
      { kind: 'bundle', bytes: Buffer.from('{"wanted":1}') },
    ]);
    expect(lines.filter((line) => line.includes(other.digest))).toEqual([]);
  });

  test('of cosign are behind a tag of their own, with their proofs beside them', async () => {
    const proofs = {
      'dev.sigstore.cosign/certificate': 'pem',
      'dev.sigstore.cosign/bundle': 'entry',
      'dev.sigstore.cosign/rfc3161timestamp': 'stamp',
    };
    const wanted = signature('{"payload":""}', {
      type: ENVELOPE,
      annotations: { predicateType: SLSA, ...proofs },
    });
    const other = signature('{"x":""}', { type: ENVELOPE, annotations: { predicateType: 'x' } });
    const layers = [wanted, other].flatMap(
      ({ content }) => (JSON.parse(content) as { readonly layers: object[] }).layers,
    );
    const contents = {
      [`manifests/${TAG}.att`]: { type: IMAGE, body: JSON.stringify({ layers }) },
      ...wanted.contents,
    };
    const { set } = await askFor([SLSA], contents, 'attestation-tag');
    expect(set.materials).toEqual([
      {
        kind: 'envelope',
        bytes: Buffer.from('{"payload":""}'),
        proofs: { certificate: 'pem', entry: 'entry', timestamp: 'stamp' },
      },
      { kind: 'attestation', type: 'x' },
    ]);
  });

  test.each([
    ['three megabytes are read', 3, 1],
    ['five are not', 5, 0],
  ])('may be large: %s', async (_, megabytes, count) => {
    const large = signature(' '.repeat(megabytes * 1024 * 1024));
    const contents = {
      [`referrers/${DIGEST}`]: index([entry(large.digest, stated(SLSA))]),
      ...large.contents,
    };
    const { set } = await askFor([SLSA], contents);
    expect(set.materials).toHaveLength(count);
    expect(set.leftOut === undefined).toBe(count === 1);
    // A signature may not, whatever else is asked for.
    const sign = stated('https://sigstore.dev/cosign/sign/v1');
    const signed = { [`referrers/${DIGEST}`]: index([entry(large.digest, sign)]), ...large.contents };
    const content = JSON.parse(large.content) as object;
    const described = JSON.stringify({ ...content, annotations: sign });
    const named = {
      ...signed,
      [`referrers/${DIGEST}`]: index([entry(digestOf(described), sign)]),
      [`manifests/${digestOf(described)}`]: { type: IMAGE, body: described },
    };
    expect((await askFor([SLSA], named)).set).toMatchObject({
      materials: [],
      leftOut: expect.stringMatching(/524288/),
    });
  });

  test('are 32 megabytes at most', async () => {
    const large = Array.from({ length: 10 }, (_, at) => signature(`${at}${' '.repeat(4 * 1024 * 1024 - 1)}`));
    const contents = Object.assign({}, ...large.map((one) => one.contents)) as Record<string, Stored>;
    const list = index(large.map(({ digest }) => entry(digest, stated(SLSA))));
    const { set } = await askFor([SLSA], { ...contents, [`referrers/${DIGEST}`]: list });
    expect(set.materials).toHaveLength(8);
    expect(set.leftOut).toMatch(/more than 33554432 bytes beside the image/);
  });
});
