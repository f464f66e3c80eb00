import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { REAL_CLOCK } from '../../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../../helpers/git-servers.ts';
import { git, gitEnvironment, logOf, readAt } from '../../helpers/git-world.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, type WriterWorld } from './writer-world.ts';

const run = promisify(execFile);
const ROUNDS = 4;

let world: WriterWorld;
let server: GitHttpServer;
beforeEach(async () => {
  world = createWriterWorld();
  server = await startGitHttpServer({ root: world.root, filters: true });
});
afterEach(async () => {
  await server.stop();
  world.remove();
});

/** A process with a cache of its own, which updates its own files, each round in a session of its own. */
async function updateAll(name: string, url: string): Promise<readonly string[]> {
  const clock = { ...REAL_CLOCK, random: () => Math.random() };
  const cacheDirectory = join(world.root, `cache-${name}`);
  const writer = world.writer({ cacheDirectory, clock, pushAttempts: 20 });
  const pushed: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const session = writer.open();
    const commits = ['a', 'b'].map((file) =>
      aCommit(
        `${name} ${round} ${file}`,
        aFile(`${name}/${file}.yaml`, { from: `1.${round}`, to: `1.${round + 1}` }),
      ),
    );
    for (const { ending } of await session.apply(aSet(aPlaceAt(url), ...commits), LASTING)) {
      pushed.push(ending.kind === 'pushed' ? ending.sha : JSON.stringify(ending));
    }
    await session.close();
  }
  return pushed;
}

/** Somebody who commits all the time, and rebases when somebody else was faster. */
async function workByHand(url: string): Promise<readonly string[]> {
  const folder = join(world.root, 'work');
  const env = gitEnvironment();
  const call = async (...args: readonly string[]) =>
    (await run('git', ['-C', folder, ...args], { env })).stdout;
  await run('git', ['clone', '--quiet', url, folder], { env });
  const messages: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    writeFileSync(join(folder, `note-${round}`), 'by hand\n');
    await call('add', '.');
    await call('commit', '--quiet', '--message', `by hand ${round}`);
    messages.push(`by hand ${round}\n`);
    while (
      !(await call('push', '--quiet').then(
        () => true,
        () => false,
      ))
    )
      await call('pull', '--quiet', '--rebase');
  }
  return messages;
}

it(
  'two processes and a busy human push to one branch: nothing is lost, and nothing is rewritten',
  { timeout: 60_000 },
  async () => {
    const remote = world.remote({
      'one/a.yaml': 'tag: 1.0\n',
      'one/b.yaml': 'tag: 1.0\n',
      'two/a.yaml': 'tag: 1.0\n',
      'two/b.yaml': 'tag: 1.0\n',
    });
    const url = `${server.url}/deploy.git`;

    const [one, two, byHand] = await Promise.all([
      updateAll('one', url),
      updateAll('two', url),
      workByHand(url),
    ]);

    const log = logOf(remote, 'main');
    // A line without merges, in which every commit that was told to be pushed has the very hash that was told.
    expect(log.slice(0, -1).map(({ parents }) => parents)).toEqual(log.slice(1).map(({ sha }) => [sha]));
    expect([...one, ...two].toSorted()).toEqual(
      log
        .filter(({ author }) => author.startsWith('lynceus'))
        .map(({ sha }) => sha)
        .toSorted(),
    );
    expect(log.filter(({ message }) => byHand.includes(message))).toHaveLength(ROUNDS);
    expect(log).toHaveLength(1 + 2 * 2 * ROUNDS + ROUNDS);
    for (const path of ['one/a.yaml', 'one/b.yaml', 'two/a.yaml', 'two/b.yaml'])
      expect(readAt(remote, 'main', path)).toBe(`tag: "1.${ROUNDS}"\n`);
    git(remote, ['fsck', '--strict']);
  },
);
