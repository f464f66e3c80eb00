import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WriterSession } from '../../../src/ports/writer.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

let world: WriterWorld;
beforeEach(() => {
  world = createWriterWorld();
});
afterEach(() => world.remove());

/** Runs one session with a `git` that writes down its command, and returns the commands. */
async function commandsOf(work: (session: WriterSession) => Promise<unknown>): Promise<readonly string[]> {
  const folder = join(world.root, 'spy');
  const record = join(world.root, 'record');
  mkdirSync(folder, { recursive: true });
  const real = spawnSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).stdout.trim();
  const script = `#!/bin/sh\nprintf '%s\\n' "$*" >> '${record}'\nexec '${real}' "$@"\n`;
  writeFileSync(join(folder, 'git'), script, { mode: 0o755 });
  const env = { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` };
  const session = world.writer({ env }).open();
  await work(session);
  await session.close();
  const lines = readFileSync(record, 'utf8').trim().split('\n');
  rmSync(record);
  return lines.map((line) => line.replace(/^(?:-c \S+ )*/, '').split(' ')[0] ?? '');
}

describe('a session starts as few processes of git as it can:', () => {
  const requests = ['a/b/c/app.yaml', 'a/b/other.yaml', 'top.yaml'].map((path) => ({ candidates: [path] }));
  const set = (remote: string, from: string, to: string) =>
    aSet(aPlaceAt(remote), aCommit('m', aFile('a/b/c/app.yaml', { from, to })));
  const files = { 'a/b/c/app.yaml': 'tag: 1.0\n', 'a/b/other.yaml': 'x\n', 'top.yaml': 'x\n' };

  it('three for a remote that is known and has not changed', async () => {
    const remote = world.remote(files);
    const read = (session: WriterSession) => session.read(aPlaceAt(remote), requests, LASTING);
    expect(await commandsOf(read)).toEqual(['init', 'ls-remote', 'fetch', 'cat-file', 'cat-file']);
    expect(await commandsOf(read)).toEqual(['ls-remote', 'cat-file', 'cat-file']);
  });

  it('six for a commit', async () => {
    const remote = world.remote(files);
    await commandsOf((session) => session.read(aPlaceAt(remote), requests, LASTING));
    const commands = await commandsOf(async (session) => {
      expect((await session.apply(set(remote, '1.0', '1.1'), LASTING)).map(outcomeOf)).toEqual(['pushed']);
    });
    expect(commands).toEqual(['ls-remote', 'cat-file', 'cat-file', 'fast-import', 'push', 'update-ref']);
  });

  it('six for a push branch of our own that is up to date', async () => {
    const remote = world.remote(files);
    const proposal = { ...set(remote, '1.0', '1.1'), pushBranch: 'lynceus/shop' };
    const apply = (session: WriterSession) => session.apply(proposal, LASTING);
    await commandsOf(apply);
    const commands = await commandsOf(async (session) => {
      expect((await apply(session)).map(outcomeOf)).toEqual(['unchanged']);
    });
    expect(commands).toEqual(['ls-remote', 'log', 'cat-file', 'cat-file', 'fast-import', 'rev-parse']);
  });
});
