import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compose } from '../../src/app/compose.ts';
import { startDaemon } from '../../src/app/compose-daemon.ts';
import type { App } from '../../src/cli/command-context.ts';
import type { ImageStatus } from '../../src/core/status/image-status.ts';
import type { StatusPage } from '../../src/core/status/status-pages.ts';
import { createGit } from '../../src/demo/git.ts';
import { FIRST_IMAGES, pushImages, ROUNDS } from '../../src/demo/rounds.ts';
import { createWorld, type DemoWorld } from '../../src/demo/world.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { Interruption } from '../../src/cli/io.ts';
import { lintOutput, planOutput, testOutput } from '../../src/cli/render/json-contract.ts';
import { fakeApp, kept, report, run } from './run-in-process.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lynceus-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('lynceus demo', () => {
  it('shows every round with its decisions and commits, and leaves nothing behind', async () => {
    const { app, stop, seen } = lookingAtThePage();
    const argv = ['demo', '--page', '--dir', join(folder, 'world')];
    const { exitCode, stdout, stderr } = await run(argv, { app, signal: stop.signal });
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const { title, explanation } of ROUNDS) {
      expect(stdout).toContain(title);
      expect(stdout).toContain(explanation);
    }
    expect(stdout).toContain('2.1.0 → 2.1.10');
    expect(stdout).toContain('+    tag: "2.1.10"   # the API');
    expect(stdout).toMatch(/by Ida[\s\S]*namePrefix: prod-[\s\S]*by Lynceus[\s\S]*newTag: 1\.2\.1 /);
    expect(stdout).toMatch(
      /In sum: 11 cycles, 11 commits, \d+ registry requests, 2 git fetches, 10 git pushes\./,
    );
    expect(stdout).toContain('$ lynceus plan --applications path/to/manifests');
    expect(stdout).not.toContain('\u001B');
    // What the rounds do not end in is on the page: a failure, and one hold of each kind.
    expect(stdout).toMatch(/The status page: http:\/\/127\.0\.0\.1:\d+\//);
    expect(seen).toEqual({
      reports: 'failed registry-not-found',
      billing: 'held outside-window',
      guestbook: 'held rolled-back',
      search: 'held pinned',
      'shop-production': 'held promotion-waiting',
      page: 'waits for Ida to release it',
    });
    expect(existsSync(join(folder, 'world'))).toBe(false);
  }, 60_000);

  it.each(['0', '65536', 'x', '-1'])('refuses --page %s', async (port) => {
    const { exitCode, stderr } = await run(['demo', `--page=${port}`, '--dir', folder]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`expected --page to have a port from 1 to 65535, found "${port}"`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves the folder behind with --keep, and says where', async () => {
    const { app } = fakeApp({ runCycle: async () => report() });
    const { stdout } = await run(['demo', '--keep', '--dir', folder, '--fast'], { app, terminal: true });
    expect(stdout).toContain(`git -C ${folder}/remote.git log --patch`);
    expect(readdirSync(folder)).toContain('remote.git');
  });

  it('notices when Lynceus does not do what it must', async () => {
    const { app } = fakeApp({ runCycle: async () => report() });
    const { exitCode, stdout } = await run(['demo', '--dir', folder], { app });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('The demo did not go as expected');
    expect(stdout).toContain('A patch release: 0 commits in the remote instead of 1');
  });

  it('cleans up after an interruption', async () => {
    const stop = new AbortController();
    const { app } = fakeApp({
      runCycle: async (_, signal) => {
        stop.abort(new Interruption('SIGINT'));
        signal.throwIfAborted();
        return report();
      },
    });
    expect((await run(['demo', '--dir', folder], { app, signal: stop.signal })).exitCode).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('ends with 2 and one clear message when there is no git', async () => {
    const { exitCode, stderr } = await run(['demo', '--dir', folder], { env: { PATH: folder } });
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      'lynceus: the demo needs the program git, and there is none on the PATH\nlynceus: install git 2.30 or newer and run the demo again\n',
    );
  });
});

/** The real parts, and somebody who reads the page once it has all that it is to show, and then stops the demo. */
function lookingAtThePage() {
  const stop = new AbortController();
  const seen: Record<string, string | undefined> = {};
  const app: App = {
    compose: async (config, environment) => compose(config, environment),
    async startDaemon(lynceus, config, environment) {
      const daemon = await startDaemon(lynceus, config, environment);
      void look(`http://127.0.0.1:${config.server.statusPort}`).finally(() =>
        stop.abort(new Interruption('SIGINT')),
      );
      return daemon;
    },
  };
  async function look(origin: string): Promise<void> {
    const images = await vi.waitUntil(
      async () => {
        const response = await fetch(`${origin}/api/v1/images?outcome=failed,held`);
        const { items } = (await response.json()) as StatusPage<ImageStatus>;
        return items.length >= 5 && items;
      },
      { timeout: 50_000, interval: 50 },
    );
    for (const { application, outcome, code } of images) seen[application] = `${outcome} ${code}`;
    const page = await (await fetch(origin)).text();
    seen['page'] = /waits for <bdi>Ida to release it/
      .exec(page.replaceAll(/\s+/g, ' '))?.[0]
      .replace('<bdi>', '');
  }
  return { app, stop, seen };
}

describe('the commands, in the world of the demo', () => {
  let world: DemoWorld;

  beforeEach(async () => {
    world = await createWorld({ directory: folder, env: process.env, clock: createVirtualClock() });
    pushImages(world.registry, FIRST_IMAGES);
    pushImages(world.registry, ROUNDS[0]?.pushes ?? []);
  });

  afterEach(async () => {
    await world.close({ keep: false });
  });

  it('plan reports the changes and writes none of them', async () => {
    const head = await world.head();
    const { exitCode, stdout } = await run(['plan', '--config', world.configFile, '--output', 'json']);
    expect(exitCode).toBe(0);
    const { changes } = kept(planOutput, stdout);
    expect(
      changes.map(({ application, alias, from, to, branch, path }) => [
        application,
        alias,
        from,
        to,
        branch,
        path,
      ]),
    ).toEqual([
      ['guestbook', 'web', '1.0.0', '1.2.0', 'main', 'guestbook/kustomization.yaml'],
      ['shop', 'backend', '2.1.0', '2.1.10', 'main', 'shop/values-staging.yaml'],
      ['shop', 'frontend', 'build-412', 'build-9', 'main', 'shop/values-staging.yaml'],
      [
        'worker',
        'worker',
        null,
        expect.stringMatching(/^stable@sha256:[0-9a-f]{64}$/) as unknown,
        'main',
        'worker/.argocd-source-worker.yaml',
      ],
    ]);
    expect(new Set(changes.map(({ remote }) => remote))).toEqual(new Set([world.remote]));
    expect(await world.head()).toBe(head);
  });

  it('plan --output diff is a patch that git applies', async () => {
    const { stdout } = await run(['plan', '--config', world.configFile, '--output', 'diff']);
    expect(stdout).toContain('+    tag: "2.1.10"   # the API');
    const clone = join(folder, 'clone');
    await createGit(folder, process.env)('clone', '--quiet', world.remote, clone);
    writeFileSync(join(folder, 'the.patch'), stdout);
    const git = createGit(clone, process.env);
    await git('apply', join(folder, 'the.patch'));
    expect((await git('status', '--porcelain')).trim().split('\n')).toHaveLength(3);
  });

  it('run --once writes them, and a second time nothing', async () => {
    const before = await world.head();
    const first = await run(['run', '--once', '--config', world.configFile]);
    expect([first.exitCode, first.stderr]).toEqual([0, '']);
    expect(await world.commitsSince(before)).toHaveLength(3);
    const after = await world.head();
    expect((await run(['run', '--once', '--config', world.configFile])).exitCode).toBe(0);
    expect(await world.head()).toBe(after);
  });

  it('test chooses as a cycle does', async () => {
    const argv = [
      'test',
      'demo.lynceus.local/shop/backend:~2.1',
      '--registries-conf-path',
      join(folder, 'registries.conf'),
    ];
    const { exitCode, stdout } = await run([...argv, '--output', 'json']);
    expect(exitCode).toBe(0);
    expect(kept(testOutput, stdout)).toMatchObject({ candidate: '2.1.10', tagsSeen: 3, tagsConsidered: 3 });
    const none = await run([...argv, '--ignore-tags', '*']);
    expect(none.exitCode).toBe(0);
    expect(none.stdout).toMatch(/Chosen +nothing/);
    const missing = await run(['test', 'demo.lynceus.local/none', ...argv.slice(2)]);
    expect(missing.exitCode).toBe(1);
    expect(missing.stderr).toContain('demo.lynceus.local/none');
  });

  it('lint finds nothing wrong with the Applications', async () => {
    const { exitCode, stdout } = await run([
      'lint',
      world.applications,
      '--config',
      world.configFile,
      '--output',
      'json',
    ]);
    expect(exitCode).toBe(0);
    expect(kept(lintOutput, stdout)).toEqual({
      applications: 4,
      images: 5,
      problems: [],
      updaters: 0,
      leftOut: 0,
      warnings: [],
    });
  });
});
