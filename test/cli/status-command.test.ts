import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CliIo } from '../../src/cli/io.ts';
import { statusOutput } from '../../src/cli/render/status-contract.ts';
import { watchStatus } from '../../src/cli/watch-status.ts';
import { remoteSource } from '../../src/cli/status-source.ts';
import { createStatusClient } from '../../src/app/status-client.ts';
import type { ImageStatus } from '../../src/core/status/image-status.ts';
import { kept, run } from './run-in-process.ts';
import { anImageStatus, startStatusStandIn, type StatusWorld } from './status-stand-in.ts';

const HOSTILE = `1.0.0\u001B[2J\u001B]0;owned\u0007\n✗ failed  fake\u202E`;

const IMAGES: readonly ImageStatus[] = [
  anImageStatus({
    application: 'pay',
    outcome: 'failed',
    code: 'registry-unreachable',
    reason: 'cannot reach r.test',
  }),
  anImageStatus({
    outcome: 'held',
    code: 'rolled-back',
    reason: 'rolled back from 1.3.0 to 1.2.3 by A Human in abc1234',
    candidate: { tag: '1.3.0' },
    behind: 2,
    hold: { author: 'A Human', commit: 'abc1234567', release: 'lynceus release argocd/shop api' },
    policy: {
      strategy: 'semver',
      constraint: '^1',
      ignoreTags: ['*-rc*'],
      platforms: [],
      windows: [],
      signatures: [],
      verify: [],
      promoteFrom: [],
    },
    git: { remote: 'https://git.test/deploy.git', branch: 'main', path: 'shop/values.yaml' },
  }),
  anImageStatus({ alias: 'web', outcome: 'update', code: 'newer-version', candidate: { tag: '2.0.0' } }),
  anImageStatus({ application: 'tools', alias: '', current: { tag: HOSTILE }, reason: HOSTILE }),
  anImageStatus({ application: 'good' }),
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lynceus-status-'));
  writeFileSync(join(folder, 'token'), 'secret-token\n');
  writeFileSync(join(folder, 'no-ca'), 'nothing');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function aWorld(parts: Partial<StatusWorld> = {}): StatusWorld {
  return { revision: 'r1', images: IMAGES, ...parts };
}

describe('lynceus status --server', () => {
  test('shows all images of all parts, the ones that need somebody first', async () => {
    const { url, asked } = await startStatusStandIn(aWorld());
    const ran = await run(['status', '--server', `${url}/`]);
    const lines = ran.stdout.split('\n');
    expect(lines[0]).toBe('5 images in 4 Applications: 1 to update, 2 current, 1 held, 1 failed');
    expect(lines[1]).toMatch(/^Lynceus 9\.9\.9, last cycle 1m ago, in 1\.3 s$/);
    expect(
      lines.filter((each) => /^[↑=‖✗-] /.test(each)).map((each) => each.split(/ {2,}/).slice(0, 3)),
    ).toEqual([
      ['✗ failed', 'argocd/pay', 'api (ghcr.io/acme/api)'],
      ['‖ held', 'argocd/shop', 'api (ghcr.io/acme/api)'],
      ['↑ update', 'argocd/shop', 'web (ghcr.io/acme/api)'],
      ['= current', 'argocd/tools', 'ghcr.io/acme/api'],
      ['= current', 'argocd/good', 'api (ghcr.io/acme/api)'],
    ]);
    expect(ran.stdout).toMatch(/^↑ update .* 1\.2\.3 → 2\.0\.0 +3h +1\.2\.3 is/m);
    expect(ran).toMatchObject({ exitCode: 1, stderr: '' });
    expect(asked.filter((path) => path.startsWith('/api/v1/images'))).toHaveLength(3);
  });

  test('tells the whole story of an Application', async () => {
    const stories = {
      'argocd/shop/api': {
        changes: [
          {
            id: '1',
            imageId: 'argocd/shop/api',
            at: Date.UTC(2026, 0, 2),
            kind: 'rolled-back',
            text: 'rolled back by A Human',
          },
        ],
        promotedTo: ['argocd/shop-prod/api'],
      },
    } as const;
    const { url } = await startStatusStandIn(aWorld({ stories }));
    const { stdout, exitCode } = await run(['status', 'argocd/shop'], {
      env: { LYNCEUS_SERVER: url, NO_COLOR: '1' },
      terminal: true,
    });
    for (const text of [
      /^argocd\/shop {2}api \(ghcr\.io\/acme\/api\)$/m,
      /^Outcome {5}‖ held \(rolled-back\), for 3h$/m,
      /^Version {5}1\.2\.3; 1\.3\.0 waits; 2 behind$/m,
      /^Held by {5}A Human in abc1234$/m,
      /^To end it {3}lynceus release argocd\/shop api$/m,
      /^Policy {6}semver \^1; ignore \*-rc\*$/m,
      /^Git {9}https:\/\/git\.test\/deploy\.git main shop\/values\.yaml$/m,
      /^Promoted to argocd\/shop-prod\/api$/m,
      /^ {2}2026-01-02T00:00:00Z {2}rolled back by A Human$/m,
      /^argocd\/shop {2}web/m,
    ])
      expect(stdout).toMatch(text);
    expect(stdout).not.toContain('argocd/pay');
    expect(exitCode).toBe(0);
  });

  test('prints the shapes of the API, whatever is asked for', async () => {
    const { url } = await startStatusStandIn(aWorld());
    const all = kept(statusOutput, (await run(['status', '--server', url, '-o', 'json'])).stdout);
    expect(all.images.map(({ id }) => id)).toEqual(IMAGES.map(({ id }) => id));
    const one = kept(
      statusOutput,
      (await run(['status', 'shop', '--server', url, '-o', 'json', '--outcome', 'held,failed'])).stdout,
    );
    expect(one.stories?.map(({ image }) => image.id)).toEqual(['argocd/shop/api']);
  });

  test('foreign text steers no terminal', async () => {
    const { url } = await startStatusStandIn(aWorld());
    for (const argv of [['status'], ['status', 'tools']]) {
      const { stdout } = await run([...argv, '--server', url], { env: { NO_COLOR: '1' }, terminal: true });
      expect(stdout).not.toMatch(/[^\P{Cc}\n]|[\u202A-\u202E]/u);
      expect(stdout).toContain('\\u{1b}');
      expect(stdout).not.toMatch(/^✗ failed {2}fake/m);
    }
  });

  const faults: readonly {
    readonly what: string;
    readonly argv: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly world?: Partial<StatusWorld>;
    readonly exitCode: number;
    readonly says: string;
  }[] = [
    {
      what: 'no token',
      argv: [],
      world: { token: 'secret-token' },
      exitCode: 1,
      says: 'refuses to answer without a token',
    },
    {
      what: 'a wrong token',
      argv: [],
      env: { LYNCEUS_TOKEN: 'other' },
      world: { token: 'secret-token' },
      exitCode: 1,
      says: 'refuses the token',
    },
    {
      what: 'another Application',
      argv: ['shpo'],
      exitCode: 2,
      says: 'no image of an Application "shpo" is known',
    },
    {
      what: 'another server',
      argv: [],
      world: { answer: { status: 404, body: '<html>' } },
      exitCode: 1,
      says: 'expected the status API of Lynceus at http://127.0.0.1',
    },
    {
      what: 'JSON of something else',
      argv: [],
      world: { answer: { status: 200, body: '{"hello":"world"}' } },
      exitCode: 1,
      says: 'something else than a status of Lynceus',
    },
    {
      what: 'a server that cannot answer now',
      argv: [],
      world: { answer: { status: 503, body: '{"detail":"nobody leads"}' } },
      exitCode: 1,
      says: 'answers with status 503: nobody leads',
    },
    {
      what: 'an outcome that there is not',
      argv: ['--outcome', 'helt'],
      exitCode: 2,
      says: 'expected update, updated',
    },
    {
      what: 'watching JSON',
      argv: ['--watch', '--output', 'json'],
      exitCode: 2,
      says: 'leave one of them out',
    },
  ];

  test.each(faults)('$what', async ({ argv, env = {}, world, exitCode, says }) => {
    const { url } = await startStatusStandIn(aWorld(world));
    const ran = await run(['status', ...argv, '--server', url], { env });
    expect(ran.stderr.replaceAll(/\n {2,}/g, ' ')).toContain(says);
    expect(ran.stderr).not.toContain('secret-token');
    expect(ran).toMatchObject({ exitCode, stdout: '' });
    const good = await startStatusStandIn(aWorld());
    expect((await run(['status', 'good', '--server', good.url])).exitCode).toBe(0);
  });

  const places: readonly [what: string, argv: readonly string[], says: string][] = [
    ['no URL', ['--server', 'localhost:8085'], 'expected the server as http://HOST:PORT'],
    [
      'a token in the URL',
      ['--server', 'http://user:pass@localhost:1'],
      'a token belongs into LYNCEUS_TOKEN',
    ],
    [
      'no such file',
      ['--server', 'http://localhost:1', '--token-file', '/nowhere/token'],
      'there is no file /nowhere/token',
    ],
    ['a file for no server', ['--token-file', 'x'], 'which is not given'],
  ];
  test.each(places)('%s', async (_what, argv, says) => {
    const ran = await run(['status', ...argv]);
    expect(ran.stderr).toContain(says);
    expect(ran.stderr).not.toContain('pass@');
    expect(ran.exitCode).toBe(2);
  });

  test('a file may hold the token, and a file without a certificate is refused', async () => {
    const { url } = await startStatusStandIn(aWorld({ token: 'secret-token' }));
    expect(
      (await run(['status', 'good', '--server', url, '--token-file', join(folder, 'token')])).exitCode,
    ).toBe(0);
    const ran = await run(['status', '--server', url, '--ca-file', join(folder, 'no-ca')]);
    expect(ran.stderr).toContain('expected certificates in PEM form');
    expect(ran.exitCode).toBe(2);
  });
});

describe('lynceus status --watch', () => {
  /** Each sleep of the watch does the next of these, and the last one ends it. */
  async function watch(world: StatusWorld, steps: readonly (() => void)[], terminal = false) {
    const { url, asked } = await startStatusStandIn(world);
    const ending = new AbortController();
    const [out, err]: [string[], string[]] = [[], []];
    const io = {
      self: 'lynceus',
      argv: [],
      env: {},
      stdout: { write: (text: string) => void out.push(text), isTTY: terminal },
      stderr: { write: (text: string) => void err.push(text) },
      signal: ending.signal,
    } satisfies CliIo;
    const left = [...steps];
    const clock = {
      now: () => Date.UTC(2026, 0, 1),
      random: () => 0.5,
      sleep: async () => {
        const step = left.shift();
        if (step === undefined) ending.abort();
        else step();
      },
    };
    const client = createStatusClient({ server: url, token: undefined, ca: undefined });
    const draw = terminal
      ? ({ status: { revision } }: { readonly status: { readonly revision: string } }) => revision
      : undefined;
    await watchStatus(
      remoteSource(client),
      { application: undefined, search: undefined, outcomes: [] },
      { io, clock, every: 1, draw },
    );
    client.close();
    return { out: out.join(''), err: err.join(''), asked };
  }

  test('a line for each image at first, and then for each that is another way', async () => {
    const world = aWorld({ images: IMAGES.slice(3) });
    const { out, asked } = await watch(world, [
      () => undefined,
      () =>
        Object.assign(world, {
          revision: 'r2',
          images: [
            IMAGES[3],
            anImageStatus({ application: 'good', outcome: 'held', reason: 'held by hand' }),
          ],
        }),
      () => Object.assign(world, { revision: 'r3', images: [IMAGES[3]] }),
    ]);
    expect(out.split('\n').map((each) => each.split('  ').slice(0, 3).join(' '))).toEqual([
      '2026-01-01T00:00:00Z current argocd/tools',
      '2026-01-01T00:00:00Z current argocd/good',
      '2026-01-01T00:00:00Z held argocd/good',
      '2026-01-01T00:00:00Z gone argocd/good',
      '',
    ]);
    // Nothing but the overview is read while nothing is different.
    expect(asked.filter((path) => path.startsWith('/api/v1/images'))).toHaveLength(3);
  });

  test('a server that is away for a while is waited for, and shown again', async () => {
    const world = aWorld({ images: [] });
    const { out, err } = await watch(
      world,
      [
        () => (world.answer = { status: 503, body: '{}' }),
        () => undefined,
        () => Object.assign(world, { answer: undefined, revision: 'r2' }),
      ],
      true,
    );
    expect(err.match(/waiting for it/g)).toHaveLength(1);
    expect(out).toContain('\u001B[2J\u001B[3J\u001B[Hr1\u001B[K');
    expect(out).toContain('r2');
  });

  test('a server that was never there is a failure', async () => {
    await expect(watch(aWorld({ answer: { status: 503, body: '{}' } }), [])).rejects.toThrow('503');
  });
});
