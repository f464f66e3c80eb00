import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readDeployed } from '../../../src/app/deployment/read-deployed.ts';
import type { Deployment } from '../../../src/core/deployment/deployment.ts';
import type { TrackedImage } from '../../../src/core/policy.ts';
import type { WriterSession } from '../../../src/ports/writer.ts';
import { commitTo, headOf } from '../../helpers/git-world.ts';
import { aPlaceAt, aTracked, type TrackedParts } from '../../helpers/policies.ts';
import { createWriterWorld, LASTING, type WriterWorld } from '../../writers/git/writer-world.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

function values(tag: string): string {
  return `image:\n  repository: ghcr.io/acme/api\n  tag: ${tag}\n`;
}

let world: WriterWorld;
let remote: string;
beforeEach(() => {
  world = createWriterWorld();
  remote = world.remote({
    'shop.yaml': values('1.0.0'),
    'blog.yaml': values('2.0.0'),
    'broken.yaml': 'image: [',
  });
});
afterEach(() => world.remove());

function head(): string {
  const sha = headOf(remote, 'main');
  if (sha === undefined) throw new Error('there is no commit');
  return sha;
}

function write(file: string, tag: string): string {
  commitTo(remote, 'main', { [file]: values(tag) });
  return head();
}

function runs(revision: string, changes: Partial<Deployment> = {}): Deployment {
  return {
    sync: { status: 'synced', revisions: [revision] },
    health: { status: 'healthy', since: 120 },
    history: [{ revisions: [revision], deployedAt: 100 }],
    isAutomated: true,
    ...changes,
  };
}

function image(file: string, parts: TrackedParts): TrackedImage {
  return aTracked({
    place: aPlaceAt(remote),
    file: { kind: 'helm-values', path: file },
    deployedSource: 0,
    ...parts,
  });
}

/** The readings of the session are counted. */
async function read(images: readonly TrackedImage[]) {
  const session = world.writer().open();
  const asked: string[] = [];
  const readAt: WriterSession['readAt'] = (place, wanted, signal) => {
    asked.push(
      `${wanted.revision.slice(0, 4)} ${wanted.requests.map(({ candidates }) => candidates.join()).join(' ')}`,
    );
    return session.readAt(place, wanted, signal);
  };
  try {
    const options = { concurrency: 4, createMissing: false, signal: LASTING };
    return { asked, found: await readDeployed(images, { readAt }, options) };
  } finally {
    await session.close();
  }
}

describe('what is deployed of an image', () => {
  test('is what its file says at the commit that Argo CD names, whoever made that', async () => {
    write('shop.yaml', '1.1.0');
    const other = write('blog.yaml', '2.1.0');
    const shop = image('shop.yaml', { deployment: runs(other) });
    write('shop.yaml', '1.2.0');

    const { found, asked } = await read([shop]);

    expect(found.get(shop)?.stateOf('1.1.0', 90)).toEqual({
      stage: 'healthy',
      health: 'healthy',
      since: 120,
    });
    expect(found.get(shop)?.stateOf('1.2.0', 130)).toEqual({
      stage: 'written',
      health: 'healthy',
      since: 130,
    });
    expect(asked).toEqual([`${other.slice(0, 4)} shop.yaml`]);
  });

  test('is read once for all images of one commit', async () => {
    const revision = head();
    const shop = image('shop.yaml', { deployment: runs(revision) });
    const again = image('shop.yaml', { deployment: runs(revision), alias: 'again' });
    const blog = image('blog.yaml', { deployment: runs(revision) });

    const { found, asked } = await read([shop, again, blog]);

    expect(asked).toEqual([`${revision.slice(0, 4)} shop.yaml blog.yaml`]);
    expect(found.get(again)?.stateOf('1.0.0').stage).toBe('healthy');
    expect(found.get(blog)?.stateOf('2.0.0').stage).toBe('healthy');
  });

  test.each<[string, (revision: string) => TrackedParts]>([
    [
      'out of sync',
      (revision) => ({
        deployment: runs(revision, { sync: { status: 'out-of-sync', revisions: [revision] } }),
      }),
    ],
    ['without a status', () => ({})],
    [
      'of another remote than its sources',
      (revision) => ({ deployment: runs(revision), deployedSource: undefined as never }),
    ],
  ])('costs nothing when the Application is %s', async (_, parts) => {
    const shop = image('shop.yaml', parts(head()));

    const { found, asked } = await read([shop]);

    expect(asked).toEqual([]);
    expect(found.get(shop)?.stateOf('1.0.0').stage).toBe('written');
    expect(found.get(shop)?.error).toBeUndefined();
  });

  test.each<[string, string, TrackedParts, string]>([
    ['a commit that is not there', 'f'.repeat(40), {}, 'revision-unknown'],
    ['a text that is no commit', 'main', {}, 'revision-unknown'],
    [
      'a file that cannot be read',
      '',
      { file: { kind: 'helm-values', path: 'broken.yaml' } },
      'target-unsupported',
    ],
    [
      'a path that leads out of it',
      '',
      { file: { kind: 'helm-values', path: '../x.yaml' } },
      'target-outside',
    ],
  ])('is not known with %s; its neighbour is served', async (_, revision, parts, code) => {
    const bad = image('shop.yaml', { deployment: runs(revision === '' ? head() : revision), ...parts });
    const good = image('blog.yaml', { deployment: runs(head()) });

    const { found } = await read([bad, good]);

    expect(found.get(bad)?.error?.code).toBe(code);
    expect(found.get(bad)?.stateOf('1.0.0').stage).toBe('written');
    expect(found.get(good)?.stateOf('2.0.0').stage).toBe('healthy');
  });

  test('is nothing where the file did not exist yet', async () => {
    const before = head();
    write('new.yaml', '3.0.0');
    const fresh = image('new.yaml', { deployment: runs(before) });

    const { found } = await read([fresh]);

    expect(found.get(fresh)?.stateOf('3.0.0').stage).toBe('written');
    expect(found.get(fresh)?.error).toBeUndefined();
  });

  test.each([
    [`1.1.0@${DIGEST}`, 'healthy'],
    ['1.1.0', 'healthy'],
    [DIGEST, 'healthy'],
    [`1.1.0@sha256:${'b'.repeat(64)}`, 'written'],
    ['1.0.0', 'written'],
  ])('with a digest is %s as a record names it: %s', async (version, stage) => {
    const revision = write('shop.yaml', `"1.1.0@${DIGEST}"`);
    const shop = image('shop.yaml', { deployment: runs(revision) });

    const { found } = await read([shop]);

    expect(found.get(shop)?.stateOf(version).stage).toBe(stage);
  });

  test('is in the spec where that is written, once Argo CD has compared it', async () => {
    const declared = { name: 'ghcr.io/acme/api', tag: '1.1.0', digest: undefined };
    const target = { method: 'application', at: 'spec.source', format: 'helm' } as const;
    const seen = aTracked({ target, declared, deployment: runs('a'.repeat(40)) });
    const unseen = aTracked({
      target,
      declared,
      alias: 'unseen',
      deployment: runs('a'.repeat(40), { sync: { status: 'synced', revisions: [], isStale: true } }),
    });

    const { found, asked } = await read([seen, unseen]);

    expect(asked).toEqual([]);
    expect(found.get(seen)?.stateOf('1.1.0').stage).toBe('healthy');
    expect(found.get(seen)?.stateOf('1.0.0').stage).toBe('written');
    expect(found.get(unseen)?.stateOf('1.1.0').stage).toBe('written');
  });
});
