import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { overrideOutput, planOutput } from '../../src/cli/render/json-contract.ts';
import { kept, run, type Ran } from '../cli/run-in-process.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { createFlowWorld } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, headOf, logOf, readAt, revertHead } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';

const LOGIN = { username: 'bot', password: 'another-Secret=5' };
const ENV = { GIT_USERNAME: LOGIN.username, GIT_PASSWORD: LOGIN.password, USER: 'ada' };
const VALUES = 'apps/shop/values.yaml';

describe("a person's word on the command line", () => {
  const { root, remove } = createGitRoot();
  let registry: DockerRegistry;
  let http: GitHttpServer;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    http = await startGitHttpServer({ root, login: LOGIN });
    for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
  });

  afterAll(async () => {
    await Promise.all([registry.stop(), http.stop()]);
    remove();
  });

  interface Shop {
    readonly remote: string;
    readonly lynceus: (...argv: readonly string[]) => Promise<Ran>;
    /** Outcome, version and reason of each image as a plan tells them. */
    readonly plan: () => Promise<readonly string[]>;
  }

  function createShop(
    name: string,
    values: string,
    annotations: Readonly<Record<string, string>> = {},
  ): Shop {
    const remote = createRemote(root, `${name}.git`, { [VALUES]: values });
    const world = createFlowWorld();
    onTestFinished(() => world.remove());
    world.addApplication({
      name: 'shop',
      repoURL: `${http.url}/${name}.git`,
      path: 'apps/shop',
      source: { helm: {} },
      annotations: {
        'image-list': 'api=registry.test/acme/api:^1, web=registry.test/acme/api:~1.0',
        'api.helm.image-tag': 'api.tag',
        'web.helm.image-tag': 'web.tag',
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
        ...annotations,
      },
    });
    const config = join(world.folder, 'lynceus.yaml');
    writeFileSync(
      config,
      stringify({
        applications: { paths: [join(world.folder, 'applications')] },
        git: { cacheDirectory: join(world.folder, 'cache') },
        registriesFile: '',
        registries: [{ name: 'test', prefix: 'registry.test', apiUrl: registry.url }],
      }),
    );
    const lynceus = (...argv: readonly string[]) => run([...argv, '--config', config], { env: ENV });
    async function plan(): Promise<readonly string[]> {
      const { stdout } = await lynceus('plan', '--output', 'json');
      const { images } = JSON.parse(stdout) as {
        readonly images: readonly { outcome: string; reason: string }[];
      };
      return images.map(({ outcome, reason }) => `${outcome}: ${reason}`);
    }
    return { remote, lynceus, plan };
  }

  const OLD = 'api:\n  tag: 1.0.0   # the API\nweb:\n  tag: 1.0.0\n';

  test('hold writes the comment, a cycle respects it, release takes it away', async () => {
    const { remote, lynceus, plan } = createShop('hold', OLD);

    const held = await lynceus('hold', 'shop', 'api', '--reason', 'until the audit');
    expect([held.exitCode, held.stderr]).toEqual([0, '']);
    expect(held.stdout).toMatch(/^shop api +1\.0\.0 +it is written in [0-9a-f]{7} on main\n$/);
    expect(readAt(remote, 'main', VALUES)).toBe(
      'api:\n  tag: 1.0.0   # the API # lynceus: hold until the audit\nweb:\n  tag: 1.0.0\n',
    );
    expect(logOf(remote, 'main')[0]?.message).toBe(`build: hold api of shop

until the audit

Requested by ada.

Lynceus-Hold: app=shop namespace=argocd alias=api image=registry.test/acme/api file=${VALUES} key=api.tag from=1.0.0 to=1.0.0 by=ada
`);
    expect((await plan())[0]).toBe(
      'held: pinned by a comment beside the value: "until the audit"; 1.1.0 is not written',
    );
    const head = headOf(remote, 'main');
    expect((await lynceus('hold', 'shop', 'api', '--reason', 'until the audit')).stdout).toContain(
      'already has it',
    );
    expect(headOf(remote, 'main')).toBe(head);

    expect((await lynceus('release', 'argocd/shop', 'api')).exitCode).toBe(0);
    expect(readAt(remote, 'main', VALUES)).toBe(OLD);
    expect((await plan())[0]).toMatch(/^update: /);
    expect((await lynceus('release', 'shop')).stdout).toBe(
      'shop api  1.0.0  nothing holds it\nshop web  1.0.0  nothing holds it\n',
    );
  });

  test.each<[string, string, Readonly<Record<string, string>>]>([
    [
      'spec',
      'api:\n  image: registry.test/acme/api@DIGEST\nweb:\n  tag: 1.0.0\n',
      { 'api.helm.image-spec': 'api.image' },
    ],
    ['tag', 'api:\n  tag: DIGEST\nweb:\n  tag: 1.0.0\n', {}],
    ['own', 'api:\n  digest: DIGEST\nweb:\n  tag: 1.0.0\n', { 'api.helm.image-tag': 'api.digest' }],
  ])('a digest alone is held and released as a tag is (%s)', async (name, template, annotations) => {
    const { digest } = await pushImage(registry.url, 'acme/api', '0.5.0', { labels: { is: 'old' } });
    const values = template.replace('DIGEST', digest);
    const { remote, lynceus, plan } = createShop(`digest-${name}`, values, annotations);
    expect((await plan())[0]).toMatch(/^update: /);

    const held = await lynceus('hold', 'shop', '--reason', 'until the audit');
    expect([held.exitCode, held.stderr]).toEqual([0, '']);
    const lines = values
      .split('\n')
      .map((line) => (/DIGEST|sha256|1\.0\.0/.test(line) ? `${line} # lynceus: hold until the audit` : line));
    expect(readAt(remote, 'main', VALUES)).toBe(lines.join('\n'));
    expect(logOf(remote, 'main')[0]?.message).toContain(` from=${digest} to=${digest} by=ada`);
    expect((await plan())[0]).toMatch(/^held: pinned by a comment beside the value: "until the audit"; /);
    expect((await lynceus('hold', 'shop')).stdout).toContain('already has it');

    expect((await lynceus('release', 'shop', 'api')).exitCode).toBe(0);
    expect((await plan())[0]).toMatch(/^update: /);
    expect((await lynceus('release', 'shop', 'web')).exitCode).toBe(0);
    expect(readAt(remote, 'main', VALUES)).toBe(values);
  });

  test('release says what still holds, and a plan what holds nothing', async () => {
    const values = `api: # lynceus: hold\n  tag: 1.0.0 # lynceus: hold\n\n# lynceus: hold\n\nweb:\n  tag: 1.0.0\n`;
    const { remote, lynceus, plan } = createShop('above', values, { 'web.hold': 'audit' });
    expect((await plan())[0]).toMatch(/^held: pinned by a comment/);

    const released = await lynceus('release', 'shop', 'api');
    expect([released.exitCode, released.stdout]).toEqual([
      0,
      expect.stringMatching(
        /^shop api {2}1\.0\.0 {2}it is written in [0-9a-f]{7} on main; but the comment on line 1, at api, holds it and all else below api: take the comment away\n$/,
      ),
    ]);
    expect(readAt(remote, 'main', VALUES)).toBe(values.replace('1.0.0 # lynceus: hold', '1.0.0'));
    const head = headOf(remote, 'main');
    const again = await lynceus('release', 'shop');
    expect([again.exitCode, again.stdout]).toEqual([
      1,
      'shop api  1.0.0  failed: the comment on line 1, at api, holds it and all else below api: take the comment away\n' +
        'shop web  1.0.0  failed: the annotation hold holds it: remove the annotation\n',
    ]);
    expect(headOf(remote, 'main')).toBe(head);
    expect((await plan())[0]).toMatch(/^held: pinned by a comment/);

    const { stdout } = await lynceus('plan', '--output', 'json');
    expect(kept(planOutput, stdout).images.map(({ alias, warnings }) => [alias, warnings])).toEqual([
      [
        'api',
        [
          {
            code: 'hold-without-effect',
            message: `${VALUES}, line 4: the comment "# lynceus: hold" holds nothing: write "# lynceus: hold" beside api.tag, or right above it`,
          },
        ],
      ],
      ['web', []],
    ]);
  });

  test('release lets a rollback go, by its word alone', async () => {
    const { remote, lynceus, plan } = createShop('rollback', OLD, { rollback: 'until-released' });
    expect((await lynceus('run', '--once')).exitCode).toBe(0);
    revertHead(remote, 'main');
    expect((await plan())[0]).toMatch(/^held: rolled back from 1\.1\.0 to 1\.0\.0 by A Human in /);

    const { stdout } = await lynceus('release', 'shop', 'api', '--by', 'Grace Hopper', '--output', 'json');
    expect(kept(overrideOutput, stdout).images).toMatchObject([
      { alias: 'api', from: '1.0.0', to: '1.0.0', outcome: 'updated', code: null, branch: 'main' },
    ]);
    expect(readAt(remote, 'main', VALUES)).toBe(OLD);
    expect(logOf(remote, 'main')[0]?.message).toContain('by="Grace Hopper"');
    expect((await plan())[0]).toMatch(/^update: /);
  });

  test('set writes an older version, which then holds, and refuses one that is not there', async () => {
    const { remote, lynceus, plan } = createShop('set', 'api:\n  tag: 1.1.0\nweb:\n  tag: 1.0.0\n');

    const missing = await lynceus('set', 'shop', 'api', '0.9.0');
    expect([missing.exitCode, missing.stdout]).toEqual([2, '']);
    expect(missing.stderr).toContain('the registry lists no tag 0.9.0 of acme/api');

    const shown = await lynceus('set', 'shop', 'api', '1.0.0', '--dry-run');
    expect(shown.stdout).toContain('\n-  tag: 1.1.0\n+  tag: 1.0.0\n');
    expect(logOf(remote, 'main')).toHaveLength(1);

    expect((await lynceus('set', 'shop', 'api', '1.0.0', '--reason', 'checkout fails')).exitCode).toBe(0);
    const sha = headOf(remote, 'main')?.slice(0, 7) ?? '';
    expect((await plan())[0]).toBe(
      `held: rolled back from 1.1.0 to 1.0.0 by ada in ${sha}; 1.1.0 and older are not written again`,
    );
    expect((await lynceus('run', '--once')).exitCode).toBe(0);
    expect(readAt(remote, 'main', VALUES)).toContain('api:\n  tag: 1.0.0\n');

    expect((await lynceus('set', 'shop', 'web', '0.9.0', '--force', '--hold')).exitCode).toBe(0);
    expect(readAt(remote, 'main', VALUES)).toBe('api:\n  tag: 1.0.0\nweb:\n  tag: 0.9.0 # lynceus: hold\n');
    const again = await lynceus('set', 'shop', 'web', '1.0.0');
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('web is held')]);
  });

  test('set goes through while every update window is closed', async () => {
    const { remote, lynceus, plan } = createShop('windows', OLD, { 'update-windows': 'deny * * * * * 1h' });
    expect((await plan())[0]).toMatch(/^held: 1\.1\.0 waits for an update window: .*; no time is found/);

    expect((await lynceus('set', 'shop', 'api', '1.1.0')).exitCode).toBe(0);
    expect(readAt(remote, 'main', VALUES)).toContain('api:\n  tag: 1.1.0 ');
    expect((await plan())[0]).toMatch(/^current: /);
  });

  test.each<[string, readonly string[], string]>([
    ['an Application that is not there', ['hold', 'shp'], 'did you mean shop?'],
    ['an image that is not there', ['hold', 'shop', 'apu'], 'did you mean api?'],
    ['what is no version', ['set', 'shop', 'api', 'a b'], 'expected a tag or tag@digest, found "a b"'],
  ])('refuses %s', async (_what, argv, message) => {
    const { lynceus } = createShop(`refused-${argv.join('-').replaceAll(' ', '')}`, OLD);
    const { exitCode, stderr } = await lynceus(...argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });

  test('says what to do where an annotation holds', async () => {
    const { lynceus } = createShop('annotated', OLD, { 'api.hold': 'audit' });
    const { stdout, exitCode } = await lynceus('release', 'shop', 'api');
    expect([exitCode, stdout]).toEqual([
      1,
      'shop api  1.0.0  failed: the annotation hold holds it: remove the annotation\n',
    ]);
    const json = await lynceus('release', 'shop', 'api', '--output', 'json');
    expect(kept(overrideOutput, json.stdout).images).toMatchObject([{ outcome: 'failed', code: 'pinned' }]);
  });
});
