import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGitHttpServer, type GitHttpServer } from './git-servers.ts';
import { createGitRoot, createRemote, gitEnvironment, headOf } from './git-world.ts';
import {
  BRANCH_SPELLINGS,
  PATH_SPELLINGS,
  REMOTE_SPELLINGS,
  remoteSpellings,
  spellingFor,
} from './spellings.ts';

const { root, remove } = createGitRoot();
const remote = createRemote(root, 'deploy.git', { 'app.yaml': 'tag: 1.0\n' });
let http: GitHttpServer;

beforeAll(async () => {
  http = await startGitHttpServer({ root });
});

afterAll(async () => {
  await http.stop();
  remove();
});

async function headSeen(url: string): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['ls-remote', url, 'HEAD'], { env: gitEnvironment() });
  return stdout.trim();
}

describe('each spelling leads a git client to the same remote', () => {
  test.for(REMOTE_SPELLINGS.map(({ name }, index) => [name, index] as const))(
    'over HTTP: %s',
    async ([, index]) => {
      const url = `${http.url}/deploy.git`;

      expect(await headSeen(remoteSpellings(url)[index]?.of(url) ?? '')).toBe(
        `${headOf(remote, 'main')}\tHEAD`,
      );
    },
  );

  test.for(PATH_SPELLINGS)('on this machine: $name', async ({ of }) => {
    expect(await headSeen(of(remote))).toBe(`${headOf(remote, 'main')}\tHEAD`);
  });

  test('all of them differ', () => {
    const url = `${http.url}/deploy.git`;
    const written = [
      ...remoteSpellings(url).map(({ of }) => of(url)),
      ...PATH_SPELLINGS.map(({ of }) => of(remote)),
    ];

    expect(new Set(written).size).toBe(written.length);
  });
});

test('a name has one spelling, and many names have all of them', () => {
  const chosen = Array.from({ length: 50 }, (_, index) => spellingFor(`app-${index}`, BRANCH_SPELLINGS));

  expect(new Set(chosen)).toEqual(new Set(BRANCH_SPELLINGS));
  expect(spellingFor('app-7', BRANCH_SPELLINGS)).toBe(chosen[7]);
});
