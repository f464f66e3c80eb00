import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IMAGE_HOST, registriesFile } from '../../src/demo/files.ts';
import { createWorld } from '../../src/demo/world.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { builtProgram, start } from './built-program.ts';

let program: string;
let folder: string;
/** A registry that takes a request and never answers: a cycle that asks it is under way until it is stopped. */
let silentRegistry: Server;
let config: string;

beforeAll(async () => {
  program = await builtProgram();
  folder = mkdtempSync(join(tmpdir(), 'lynceus-test-'));
  silentRegistry = createServer(() => undefined);
  await new Promise<void>((resolve) => silentRegistry.listen(0, '127.0.0.1', resolve));
  const { port } = silentRegistry.address() as AddressInfo;
  mkdirSync(join(folder, 'apps'));
  config = join(folder, 'lynceus.yaml');
  writeFileSync(
    config,
    `applications: { paths: [${JSON.stringify(join(folder, 'apps'))}] }
git: { cacheDirectory: ${JSON.stringify(join(folder, 'cache'))} }
registriesFile: ''
server: { healthPort: 0, metricsPort: 0 }
registries:
  - { name: silent, prefix: silent.example, apiUrl: 'http://127.0.0.1:${port}' }
`,
  );
});

afterAll(() => {
  silentRegistry.closeAllConnections();
  silentRegistry.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Whether any of the files that Node.js loads for these arguments holds the image host of the demo. */
async function loadsDemo(argv: readonly string[]): Promise<boolean> {
  const coverage = mkdtempSync(join(folder, 'coverage-'));
  await start(program, argv, { NODE_V8_COVERAGE: coverage }).ended;
  const urls = readdirSync(coverage)
    .flatMap((name) => (JSON.parse(readFileSync(join(coverage, name), 'utf8')) as Coverage).result)
    .map(({ url }) => url)
    .filter((url) => url.includes('/dist/'));
  expect(urls.length).toBeGreaterThan(1);
  return urls.some((url) => readFileSync(new URL(url), 'utf8').includes(IMAGE_HOST));
}

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}

describe('the built program', () => {
  it('prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await start(program, ['--version']).ended).toEqual({
      code: 0,
      signal: null,
      stdout: `v${version}\n`,
      stderr: '',
    });
  });

  it('ends with 2 for a wrong command line', async () => {
    const { code, stdout, stderr } = await start(program, ['plan', '--output', 'xml']).ended;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('text, json, diff');
  });

  it('ends with 2 for a wrong configuration', async () => {
    const { code, stderr } = await start(program, ['plan', '--strict', '--config', config], {
      MAX_CONCURRENT_APPS: '0',
    }).ended;
    expect(code).toBe(2);
    expect(stderr).toContain('MAX_CONCURRENT_APPS');
  });

  it('loads the world of the demo for the demo alone', async () => {
    const fast = ['demo', '--fast', '--dir', join(folder, 'loaded')];
    const once = ['run', '--once', '--config', config];
    const loaded = await Promise.all([['--help'], once, fast].map(loadsDemo));
    expect(loaded).toEqual([false, false, true]);
  });

  it('prints all of a long output before it ends', async () => {
    const { code, stdout } = await start(program, ['completion', 'fish']).ended;
    expect(code).toBe(0);
    expect(stdout.endsWith('\n')).toBe(true);
    expect(stdout.length).toBeGreaterThan(5000);
  });

  it('ends quietly when nobody reads its output any more, and tidies up', async () => {
    const running = start(program, ['demo', '--dir', join(folder, 'demo')]);
    await running.says('a registry');
    running.process.stdout?.destroy();
    const { code, stderr } = await running.ended;
    expect([code, stderr]).toEqual([141, '']);
    expect(existsSync(join(folder, 'demo'))).toBe(false);
  });

  const signals = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const;
  it.each(signals)('is interrupted by %s in the middle of a command', async (signal, expected) => {
    const asked = new Promise<void>((resolve) => silentRegistry.once('request', () => resolve()));
    const running = start(program, ['test', 'silent.example/api', '--config', config]);
    await asked;
    running.process.kill(signal);
    const { code, stdout, stderr } = await running.ended;
    expect([code, stdout, stderr]).toEqual([expected, '', `lynceus: interrupted by ${signal}\n`]);
  });

  it('lets a daemon finish its cycle at the first signal, and ends it at once at the second', async () => {
    const world = await createWorld({
      directory: join(folder, 'world'),
      env: process.env,
      clock: createVirtualClock(),
    });
    const { port } = silentRegistry.address() as AddressInfo;
    writeFileSync(join(world.directory, 'registries.conf'), registriesFile(`http://127.0.0.1:${port}`));
    const asked = new Promise<void>((resolve) => silentRegistry.once('request', () => resolve()));
    const argv = ['run', '--config', world.configFile, '--health-port', '0', '--metrics-port', '0'];
    const running = start(program, argv);
    await asked;
    running.process.kill('SIGTERM');
    await running.says('asked to end');
    running.process.kill('SIGTERM');
    expect((await running.ended).code).toBe(143);
    await world.close({ keep: false });
  });

  it('stops the daemon with 0 when it is asked to end', async () => {
    const running = start(program, ['run', '--config', config, '--interval', '1h']);
    await running.says('msg=');
    running.process.kill('SIGTERM');
    const { code, stderr } = await running.ended;
    expect([code, stderr]).toEqual([0, '']);
  });
});
