import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GitLogin } from '../../../src/ports/git-logins.ts';
import type { CommitResult } from '../../../src/ports/writer.ts';
import { createPrivateCa, issueCertificate } from '../../helpers/certificates.ts';
import { startGitHttpServer, type GitHttpServer } from '../../helpers/git-servers.ts';
import { createGitRoot, readAt } from '../../helpers/git-world.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let world: WriterWorld;
let server: GitHttpServer;
beforeEach(async () => {
  world = createWriterWorld();
  server = await startGitHttpServer({ root: world.root });
});
afterEach(async () => {
  await server.stop();
  world.remove();
});

async function update(login: GitLogin, url: string): Promise<readonly CommitResult[]> {
  const session = world.writer({ login }).open();
  const commit = aCommit('update', aFile('app.yaml', { from: '1.0', to: '1.1' }));
  const results = await session.apply(aSet(aPlaceAt(`${url}/deploy.git`), commit), LASTING);
  await session.close();
  return results;
}

it('a bearer token is sent with every request, and is in no file and no log', async () => {
  const remote = world.remote();
  const token = 's3cret-bearer-token';
  const results = await update({ kind: 'bearer', token, caFile: undefined }, server.url);
  expect(results.map(outcomeOf)).toEqual(['pushed']);
  expect(readAt(remote, 'main', 'app.yaml')).toBe('tag: "1.1"\n');
  expect(new Set(server.requests.map(({ authorization }) => authorization))).toEqual(
    new Set([`Bearer ${token}`]),
  );
  expect(textsBelow(world.root).filter((text) => text.includes(token))).toEqual([]);
  expect(world.logLines.join('\n')).not.toContain(token);
});

it('a proxy of none goes before that of the process', async () => {
  world.remote();
  const env = { PATH: process.env['PATH'], http_proxy: 'http://127.0.0.1:1', no_proxy: '' };
  const route = { kind: 'none', caFile: undefined } as const;
  const words = [];
  for (const login of [route, { ...route, proxy: { url: '', except: '*' } }]) {
    const session = world.writer({ login, env }).open();
    const commit = aCommit('update', aFile('app.yaml', { from: '1.0', to: '1.1' }));
    words.push(
      ...(await session.apply(aSet(aPlaceAt(`${server.url}/deploy.git`), commit), LASTING)).map(outcomeOf),
    );
    await session.close();
  }
  expect(words).toEqual(['git-unreachable', 'pushed']);
});

describe('a remote that asks who connects', () => {
  const { root: folder, remove } = createGitRoot();
  let gate: Server;
  let caFile: string;
  let files: { readonly certFile: string; readonly keyFile: string };
  beforeAll(() => {
    const ca = createPrivateCa(folder);
    caFile = join(folder, 'authority.pem');
    files = issueCertificate(folder, 'client');
    const [cert, key] = ['server.pem', 'server.key'].map((name) => readFileSync(join(folder, name)));
    gate = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, (socket) => {
      const inner = connect(Number(new URL(server.url).port), '127.0.0.1');
      for (const [from, to] of [[socket, inner] as const, [inner, socket] as const]) {
        from.on('error', () => to.destroy());
        from.pipe(to);
      }
    });
    gate.on('tlsClientError', () => undefined);
    gate.listen(0, '127.0.0.1');
    return once(gate, 'listening');
  });
  afterAll(() => {
    gate.close();
    remove();
  });
  const urlOf = (): string => `https://127.0.0.1:${(gate.address() as AddressInfo).port}`;

  it('turns away who shows nothing', async () => {
    world.remote();
    const [result] = await update({ kind: 'none', caFile }, urlOf());
    const error = result?.ending.kind === 'failed' ? result.ending.error : undefined;
    expect([error?.code, error?.message]).toEqual(['git-unreachable', expect.any(String)]);
  });

  it('lets in who shows a certificate from files', async () => {
    world.remote();
    const client = { kind: 'files', ...files } as const;
    expect((await update({ kind: 'none', caFile, client }, urlOf())).map(outcomeOf)).toEqual(['pushed']);
  });

  it('lets in who shows one that came as text, and keeps none of it', async () => {
    world.remote();
    const [certificate, key] = [readFileSync(files.certFile, 'utf8'), readFileSync(files.keyFile, 'utf8')];
    const client = { kind: 'text', certificate, key } as const;
    expect((await update({ kind: 'none', caFile, client }, urlOf())).map(outcomeOf)).toEqual(['pushed']);
    expect(textsBelow(world.root).filter((text) => text.includes('PRIVATE KEY'))).toEqual([]);
  });
});

function textsBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'));
}
