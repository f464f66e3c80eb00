import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { notifyOutput } from '../../src/cli/render/json-contract.ts';
import { serve, type HttpServer } from '../checks/http-server.ts';
import { applicationManifest } from '../helpers/flow-world.ts';
import { removeFolder } from '../helpers/remove-folder.ts';
import { run, type Ran } from './run-in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-notify-'));
afterAll(() => removeFolder(folder));

const shop = join(folder, 'shop.json');
writeFileSync(
  shop,
  JSON.stringify(
    applicationManifest({
      name: 'shop',
      repoURL: 'https://git.example/deploy.git',
      path: '.',
      annotations: {
        'image-list': 'api=ghcr.io/acme/api:1.x',
        'write-back-method': 'git',
        'write-back-target': 'kustomization',
        notify: 'failing+recovered@hook',
      },
    }),
  ),
);

const anyAnswer = async (status: number): Promise<HttpServer> =>
  await serve((_request, response) => void response.writeHead(status).end());

/** Runs it with two services, of which the second may be dead. */
async function notify(flags: readonly string[], urls: { hook: string; other?: string }): Promise<Ran> {
  const file = join(folder, 'lynceus.yaml');
  const other = { name: 'other', webhook: { url: urls.other ?? urls.hook } };
  const hook = { name: 'hook', webhook: { url: urls.hook }, annotations: true };
  const routes = [
    { when: ['updated'], to: ['other'] },
    { applications: ['cart'], to: ['other'] },
  ];
  writeFileSync(
    file,
    JSON.stringify({ applications: { paths: [shop] }, notifications: { services: [hook, other], routes } }),
  );
  return await run(['notify', ...flags, '--config', file]);
}

describe('lynceus notify', () => {
  it('--test sends each service a notice that says that it is a test', async () => {
    const server = await anyAnswer(202);
    const { exitCode, stdout } = await notify(['--test', '--kind', 'failing'], { hook: server.url });
    expect([exitCode, stdout]).toEqual([0, '✓ hook took the test notice\n✓ other took the test notice\n']);
    expect(server.received.map(({ body }) => JSON.parse(body) as object)).toMatchObject(
      Array.from({ length: 2 }, () => ({
        type: 'lynceus.notice.failing',
        data: { test: true, reason: 'this is a test: nothing happened' },
      })),
    );
  });

  it('--test says which one did not take it, and why; the others have it', async () => {
    const [good, bad] = [await anyAnswer(204), await anyAnswer(403)];
    const { exitCode, stdout } = await notify(['--test'], { hook: good.url, other: bad.url });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('✓ hook took the test notice');
    expect(stdout).toMatch(/✗ other: 127.0.0.1:\d+ answers with status 403 .*\[notifier-denied\]/);
    expect(good.received).toHaveLength(1);
    expect(bad.received).toHaveLength(1);
  });

  it('--test tries only those that are named', async () => {
    const server = await anyAnswer(200);
    const { exitCode, stdout } = await notify(['--test', 'other', '--output', 'json'], { hook: server.url });
    expect(exitCode).toBe(0);
    expect(notifyOutput.parse(JSON.parse(stdout))).toMatchObject({
      tests: [{ service: 'other', sent: true, code: null }],
      images: [],
    });
  });

  it('--application shows who would be notified of what, and sends nothing', async () => {
    const server = await anyAnswer(200);
    const { exitCode, stdout } = await notify(['--application', 'argocd/shop'], { hook: server.url });
    expect([exitCode, stdout]).toEqual([
      0,
      'argocd/shop api (ghcr.io/acme/api)\n  other: updated\n  hook: failing, recovered (by annotation)\n',
    ]);
    expect(server.received).toEqual([]);
  });

  it.each([
    [[], 'expected one of --test and --application'],
    [['--test', '--application', 'shop'], 'expected one of --test and --application'],
    [['--test', 'hok'], 'did you mean hook?'],
    [['--application', 'cart'], 'no Application cart has images that can be read'],
    [['--test', '--kind', 'sent'], 'sent'],
  ])('%j is refused', async (flags, expected) => {
    const { exitCode, stderr } = await notify(flags, { hook: 'http://127.0.0.1:9' });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(expected);
  });
});
