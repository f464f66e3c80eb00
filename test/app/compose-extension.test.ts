import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { composeExtension, type ExtensionParts } from '../../src/app/compose-extension.ts';
import { formatReplicaPlace } from '../../src/core/replica-place.ts';
import type { ApplicationId } from '../../src/core/policy.ts';
import type { ImageStatus } from '../../src/core/status/image-status.ts';
import type { StatusReader } from '../../src/ports/status.ts';
import type { RunningServer } from '../../src/server/server.ts';
import { extensionArchive } from '../../src/web/extension-archive.ts';
import { aConfig, REAL_CLOCK } from '../helpers/flow-world.ts';
import { createExampleReader, NOTHING_KNOWN } from '../helpers/example-status.ts';
import { SILENT } from '../helpers/logs.ts';
import { imageStatus } from '../web/extension/scripted-status.ts';

const started: RunningServer[] = [];
afterEach(async () => void (await Promise.all(started.splice(0).map((one) => one.close()))));

const HEADERS = { 'Argocd-Application-Name': 'argocd:shop', 'Argocd-Project-Name': 'retail' };
const LEADS: ExtensionParts['leadership'] = {
  announce: () => undefined,
  leaderPlace: () => Promise.resolve(undefined),
};

/** Knows these images. */
function readerOf(images: readonly ImageStatus[]): StatusReader {
  const isOf = (application: ApplicationId | undefined) => (one: ImageStatus) =>
    one.namespace === application?.namespace && one.application === application.name;
  return {
    ...createExampleReader({ ...NOTHING_KNOWN, images }),
    confinedTo: (application) => readerOf(images.filter(isOf(application))),
  };
}

async function start(parts: Partial<ExtensionParts> = {}): Promise<string> {
  const base = aConfig('/nowhere');
  const config = { server: { ...base.server, address: '127.0.0.1', extensionPort: 0 } };
  const server = await composeExtension(
    config,
    { clock: REAL_CLOCK, log: SILENT },
    { reader: readerOf([]), leadership: LEADS, leads: () => true, ...parts },
  );
  started.push(server);
  return `http://127.0.0.1:${server.port}`;
}

async function idsAt(origin: string, headers: Readonly<Record<string, string>> = HEADERS): Promise<unknown> {
  const response = await fetch(`${origin}/api/v1/images`, { headers });
  const answer = (await response.json()) as { readonly items?: readonly ImageStatus[] };
  return response.ok ? answer.items?.map(({ id }) => id) : response.status;
}

describe('the tab', () => {
  const bytes = Buffer.from('an archive');

  test('is given to anybody, with the checksum of its bytes', async () => {
    const origin = await start({ archive: extensionArchive(bytes), leads: () => false });
    const [archive, checksums] = await Promise.all(
      ['extension.tar.gz', 'extension_checksums.txt'].map((name) => fetch(`${origin}/${name}`)),
    );
    expect(archive?.headers.get('content-type')).toBe('application/gzip');
    const got = Buffer.from((await archive?.arrayBuffer()) ?? new ArrayBuffer(0));
    expect(got).toEqual(bytes);
    const [digest, name] = ((await checksums?.text()) ?? '').trim().split('  ');
    expect([digest, name]).toEqual([createHash('sha256').update(got).digest('hex'), 'extension.tar.gz']);
  });
});

describe('a process that does not lead', () => {
  const images = [
    imageStatus('argocd/shop/web', { project: 'retail' }),
    imageStatus('argocd/bank/vault', { project: 'finance' }),
  ];

  test('passes requests on with what they are for', async () => {
    const leader = await start({ reader: readerOf(images) });
    const leaderPlace = () => Promise.resolve(formatReplicaPlace({ origin: leader, fingerprint: '' }));
    const standby = await start({ leadership: { ...LEADS, leaderPlace }, leads: () => false });
    expect(await idsAt(standby)).toEqual(['argocd/shop/web']);
    expect(await idsAt(standby, { ...HEADERS, 'Argocd-Project-Name': 'finance' })).toEqual([]);
    expect(await idsAt(standby, {})).toBe(403);
  });

  test('says so where nobody leads', async () => {
    expect(await idsAt(await start({ leads: () => false }))).toBe(503);
  });
});

describe('an Application', () => {
  test.each<readonly [string, string | undefined, readonly string[]]>([
    ['of that project', 'retail', ['argocd/shop/web']],
    ['whose project is not known, because its annotations cannot be read', undefined, ['argocd/shop/web']],
    ['that was of another project', 'finance', []],
  ])('%s', async (_, project, ids) => {
    const image = imageStatus('argocd/shop/web', project === undefined ? {} : { project });
    expect(await idsAt(await start({ reader: readerOf([image]) }))).toEqual(ids);
  });
});

test.each([
  ['localhost', 200],
  ['127.0.0.1', 200],
  ['attacker.example', 421],
])('a browser that was led here by the name %s gets %d', async (host, status) => {
  const origin = new URL(await start({ reader: readerOf([]) }));
  const got = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { ...HEADERS, Host: `${host}:${origin.port}` };
    request({ host: origin.hostname, port: origin.port, path: '/api/v1/images', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
  expect(got).toBe(status);
});
