import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGit } from '../../src/demo/git.ts';
import { createWorld } from '../../src/demo/world.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const env = { PATH: process.env['PATH'] };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lynceus-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the world of the demo', () => {
  it('lets the person push just before the next push, which is then rejected', async () => {
    const world = await createWorld({ directory: folder, env, clock: createVirtualClock() });
    const before = await world.head();
    await world.person.pushDuringNextPush({
      path: 'shop/values-staging.yaml',
      find: 'replicas: 2',
      replace: 'replicas: 3',
      message: 'Scale',
    });
    expect(await world.commitsSince(before)).toEqual([]);
    const other = join(folder, 'other');
    await createGit(folder, env)('clone', '--quiet', world.remote, other);
    const git = createGit(other, env);
    await git('commit', '--quiet', '--allow-empty', '--message', 'Too late');
    await expect(git('push', '--quiet', 'origin', 'main')).rejects.toThrow(/rejected|failed to push/);
    const commits = await world.commitsSince(before);
    await git('pull', '--quiet', '--rebase', 'origin', 'main');
    await git('push', '--quiet', 'origin', 'main');
    const all = await world.commitsSince(before);
    await world.close({ keep: false });
    expect(commits.map(({ author, message }) => [author, message])).toEqual([['Ida', 'Scale']]);
    expect(commits[0]?.diff).toContain('+  replicas: 3');
    expect(all.map(({ message }) => message)).toEqual(['Scale', 'Too late']);
  });

  it('leaves an empty folder that it was given empty, and removes one that it made', async () => {
    const made = join(folder, 'made');
    for (const directory of [folder, made])
      await (await createWorld({ directory, env, clock: createVirtualClock() })).close({ keep: false });
    expect(existsSync(made)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes its temporary folder', async () => {
    const world = await createWorld({ directory: undefined, env, clock: createVirtualClock() });
    expect(existsSync(world.remote)).toBe(true);
    await world.close({ keep: false });
    expect(existsSync(world.directory)).toBe(false);
  });

  it('leaves the folder behind when asked to', async () => {
    const world = await createWorld({ directory: folder, env, clock: createVirtualClock() });
    await world.close({ keep: true });
    expect(readdirSync(folder).sort()).toEqual([
      'applications',
      'lynceus.yaml',
      'person',
      'registries.conf',
      'remote.git',
    ]);
  });

  it('refuses a folder that is not empty, and touches nothing in it', async () => {
    writeFileSync(join(folder, 'mine.txt'), 'mine');
    await expect(createWorld({ directory: folder, env, clock: createVirtualClock() })).rejects.toMatchObject({
      code: 'usage-invalid',
      message: expect.stringContaining('not empty') as unknown,
    });
    expect(readdirSync(folder)).toEqual(['mine.txt']);
  });

  it('refuses a folder that cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(
      createWorld({ directory: join(folder, 'file', 'x'), env, clock: createVirtualClock() }),
    ).rejects.toMatchObject({
      code: 'usage-invalid',
    });
  });

  it('says what is missing when there is no git', async () => {
    await expect(
      createWorld({ directory: folder, env: { PATH: folder }, clock: createVirtualClock() }),
    ).rejects.toMatchObject({
      code: 'usage-invalid',
      message: expect.stringContaining('git') as unknown,
      hint: expect.stringContaining('install git') as unknown,
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});
