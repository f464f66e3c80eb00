import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { branchLine, recordLine } from '../../../src/core/overrides/record.ts';
import { addTrailers } from '../../../src/core/plan/trailers.ts';
import type { SigningOptions } from '../../../src/writers/git/signing/signer.ts';
import { git, headOf, logOf } from '../../helpers/git-world.ts';
import { makeSigningKeys, type SigningKeys } from '../../helpers/signing-keys.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let keys: SigningKeys;
let world: WriterWorld;
beforeAll(() => {
  keys = makeSigningKeys();
});
afterAll(() => keys.remove());
beforeEach(() => {
  world = createWriterWorld();
});
afterEach(() => world.remove());

type Key = Partial<Omit<SigningOptions, 'passphrase'>> & { readonly word?: string };

function writerWith(key: Key | undefined) {
  const env = { PATH: process.env['PATH'], GNUPGHOME: keys.gnupgHome };
  if (key === undefined) return world.writer({ trailers: true, env });
  const { word, ...rest } = key;
  const passphrase = () => Promise.resolve(word);
  const signing = { method: 'openpgp', key: undefined, keyFile: undefined, passphrase, ...rest } as const;
  return world.writer({ trailers: true, env, signing });
}

function setOf(remote: string, [from, to]: readonly [string, string], push?: string) {
  const record = recordLine({
    kind: 'update',
    application: { namespace: 'argocd', name: 'shop' },
    alias: 'tag',
    image: 'x/api',
    file: 'app.yaml',
    key: 'tag',
    from,
    to,
  });
  const named = push === undefined ? [] : [branchLine(push)];
  const commit = aCommit(addTrailers(`to ${to}`, [record, ...named]), aFile('app.yaml', { from, to }));
  return aSet(aPlaceAt(remote, push === undefined ? {} : { push }), commit);
}

async function write(
  remote: string,
  versions: readonly [string, string],
  { key, push }: { readonly key: Key | undefined; readonly push?: string },
): Promise<string> {
  const session = writerWith(key).open();
  const [result] = await session.apply(setOf(remote, versions, push), LASTING);
  await session.close();
  return result === undefined ? '' : outcomeOf(result);
}

/** A commit of our name that carries the signature of another one. */
function replay(remote: string): void {
  const raw = git(remote, ['cat-file', 'commit', 'main']).replace(/to \d[\d.]*\n/, 'to 999.0.0\n');
  const parent = headOf(remote, 'main') ?? '';
  const onTop = raw.replace(/^parent .*$/m, `parent ${parent}`).replace(/to=\S+/, 'to=999.0.0');
  const sha = git(remote, ['hash-object', '-t', 'commit', '-w', '--stdin'], Buffer.from(onTop)).trim();
  git(remote, ['update-ref', 'refs/heads/main', sha]);
}

const KEYS: readonly { readonly name: string; readonly ours: () => Key; readonly another: () => Key }[] = [
  {
    name: 'a key of a file',
    ours: () => ({ keyFile: keys.botKeyFile }),
    another: () => ({ keyFile: keys.openpgp('subkey') }),
  },
  {
    name: 'a subkey without the key itself',
    ours: () => ({ keyFile: keys.openpgp('subkey-alone') }),
    another: () => ({ keyFile: keys.botKeyFile }),
  },
  {
    name: 'a key of SSH',
    ours: () => ({ method: 'ssh', key: keys.ssh('ed25519') }),
    another: () => ({ method: 'ssh', key: keys.ssh('rsa') }),
  },
  {
    name: 'a key of SSH with a passphrase',
    ours: () => ({ method: 'ssh', key: keys.ssh('locked-pkcs8'), word: keys.passphrase }),
    another: () => ({ keyFile: keys.botKeyFile }),
  },
];

describe('records where commits are signed', () => {
  it.each(KEYS)('$name: count when our signature is good', async ({ ours, another }) => {
    const remote = world.remote();
    expect(await write(remote, ['1.0', '1.1'], { key: ours() })).toBe('pushed');
    expect(await write(remote, ['1.1', '1.2'], { key: undefined })).toBe('pushed');
    expect(await write(remote, ['1.2', '1.3'], { key: another() })).toBe('pushed');
    expect(await write(remote, ['1.3', '1.4'], { key: ours() })).toBe('pushed');
    replay(remote);
    git(remote, ['update-ref', 'refs/heads/kept', 'refs/heads/main']);

    const told = async (key: Key | undefined) => {
      const writer = writerWith(key);
      const read = async () => {
        const session = writer.open();
        const place = aPlaceAt(remote);
        const commits = await session.history(place, { paths: ['app.yaml'], reach: 'far' }, LASTING);
        await session.close();
        return commits.map(({ committedBy }) => committedBy);
      };
      const first = await read();
      // What is known of a signature is asked for once.
      expect(await read()).toEqual(first);
      return first;
    };
    expect(await told(ours())).toEqual(['others', 'us', 'others', 'others', 'us', 'others']);
    // Without a key there is nothing but the committer; what changes no file has never counted.
    expect(await told(undefined)).toEqual(['others', 'us', 'us', 'us', 'us', 'others']);
  });

  it.each(KEYS)('$name: a branch is ours when its commits are signed by us', async ({ ours, another }) => {
    const remote = world.remote();
    const push = 'updates';
    expect(await write(remote, ['1.0', '1.1'], { key: ours(), push })).toBe('pushed');
    expect(await write(remote, ['1.0', '1.2'], { key: ours(), push })).toBe('pushed');
    for (const key of [undefined, another()]) {
      git(remote, ['update-ref', '-d', 'refs/heads/updates']);
      expect(await write(remote, ['1.0', '1.3'], { key, push })).toBe('pushed');
      const head = headOf(remote, push);
      expect(await write(remote, ['1.0', '1.4'], { key: ours(), push })).toBe('branch-foreign');
      expect(headOf(remote, push)).toBe(head);
      expect(await write(remote, ['1.0', '1.4'], { key: ours(), push: `${push}-2` })).toBe('pushed');
      git(remote, ['update-ref', '-d', `refs/heads/${push}-2`]);
    }
    expect(logOf(remote, 'main')).toHaveLength(1);
  });
});
