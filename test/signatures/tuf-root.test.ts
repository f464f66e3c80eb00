import { chmodSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createHttpClient } from '../../src/http/client.ts';
import { readTufRoot, type FreshText } from '../../src/signatures/trust-root/tuf-root.ts';
import { startStandIn } from '../helpers/registry-stand-in.ts';
import { removeFolder } from '../helpers/remove-folder.ts';
import { errorOf } from '../helpers/thrown.ts';
import { createTufKey, tufRepository, type TufKey } from '../helpers/tuf-repository.ts';

const ROOT = '{"one":"trusted_root.json"}';
const NEXT = '{"next":"trusted_root.json"}';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const CODES = {
  unreachable: 'trust-root-unavailable',
  tooLarge: 'trust-root-unavailable',
  invalid: 'trust-root-unavailable',
} as const;

interface Mirror {
  /** What it serves; it may be changed. */
  files: Readonly<Record<string, string>>;
  status: number;
  readonly lines: () => readonly string[];
  /** A fresh process reads, so many milliseconds later. */
  read(changes?: {
    readonly after?: number;
    readonly rootFile?: string;
    readonly mirror?: string;
  }): Promise<FreshText>;
  readonly folder: string;
}

async function mirrorOf(key: TufKey, files: Readonly<Record<string, string>>): Promise<Mirror> {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-tuf-test-'));
  onTestFinished(() => removeFolder(folder));
  const firstRoot = join(folder, 'first.json');
  writeFileSync(firstRoot, tufRepository(key, { trustedRoot: ROOT })['1.root.json'] ?? '');
  const state = { files, status: 200 };
  const server = await startStandIn(({ url }) => {
    const found = state.files[url.pathname.slice(1)];
    if (state.status !== 200) return { status: state.status, body: '' };
    return found === undefined ? { status: 404, body: '' } : { status: 200, body: found };
  });
  onTestFinished(() => server.stop());
  const client = createHttpClient({ userAgent: 'test', codes: CODES });
  onTestFinished(() => client.close());
  return Object.assign(state, {
    folder,
    lines: () => server.lines(),
    read: ({ after = 0, rootFile = firstRoot, mirror = server.url } = {}) =>
      readTufRoot(
        {
          mirror,
          rootFile: rootFile === '' ? undefined : rootFile,
          cacheDirectory: join(folder, 'cache'),
          send: client.send,
          clock: { now: () => Date.now() + after },
        },
        new AbortController().signal,
      ),
  });
}

describe('readTufRoot', () => {
  const key = createTufKey();

  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }));
  afterEach(() => void vi.useRealTimers());

  test('reads what the repository has, and asks again only after a day', async () => {
    const mirror = await mirrorOf(key, tufRepository(key, { trustedRoot: ROOT }));
    expect((await mirror.read()).value).toBe(ROOT);
    const asked = mirror.lines().length;
    expect((await mirror.read({ after: HOUR })).value).toBe(ROOT);
    expect(mirror.lines()).toHaveLength(asked);
    mirror.files = tufRepository(key, { trustedRoot: NEXT, version: 2 });
    expect((await mirror.read({ after: 25 * HOUR })).value).toBe(NEXT);
  });

  test('is good for a day, and never longer than its timestamp', async () => {
    const mirror = await mirrorOf(key, tufRepository(key, { trustedRoot: ROOT }));
    expect((await mirror.read()).expiresAt).toBe(Date.now() + DAY);
    const short = await mirrorOf(key, tufRepository(key, { trustedRoot: ROOT, life: 2 * HOUR }));
    expect((await short.read()).expiresAt).toBeLessThanOrEqual(Date.now() + 2 * HOUR);
  });

  test.each<[string, (mirror: Mirror) => void]>([
    ['answers 503', (mirror) => void (mirror.status = 503)],
    ['has nothing', (mirror) => void (mirror.files = {})],
    ['has a page of somebody else', (mirror) => void (mirror.files = { 'timestamp.json': '<html>' })],
    ['goes back', (mirror) => void (mirror.files = tufRepository(key, { trustedRoot: NEXT, version: 1 }))],
    [
      'has a timestamp by another key',
      (mirror) => {
        mirror.files = tufRepository(key, { trustedRoot: NEXT, version: 4, timestampBy: createTufKey() });
      },
    ],
    [
      'is another repository',
      (mirror) => void (mirror.files = tufRepository(createTufKey(), { trustedRoot: NEXT, version: 4 })),
    ],
    [
      'has a timestamp of any size',
      (mirror) => void (mirror.files = { ...mirror.files, 'timestamp.json': ' '.repeat(20_000) }),
    ],
  ])('when it %s, what is kept counts for an hour', async (_, spoil) => {
    const mirror = await mirrorOf(key, tufRepository(key, { trustedRoot: ROOT, version: 3 }));
    await mirror.read();
    spoil(mirror);
    const later = await mirror.read({ after: 25 * HOUR });
    expect(later.value).toBe(ROOT);
    expect(later.expiresAt).toBe(Date.now() + 26 * HOUR);
    // Without anything kept there is nothing to trust.
    const empty = await mirrorOf(key, mirror.files);
    empty.status = mirror.status;
    const outcome = await empty.read().catch((thrown: unknown) => thrown);
    if ('value' in (outcome as object)) expect(outcome).toMatchObject({ value: NEXT });
    else expect(outcome).toMatchObject({ code: 'trust-root-unavailable' });
  });

  test('takes no target that was changed, nor the one before, which the repository took back', async () => {
    const mirror = await mirrorOf(key, tufRepository(key, { trustedRoot: ROOT }));
    await mirror.read();
    const files = tufRepository(key, { trustedRoot: NEXT, version: 2 });
    const target = Object.keys(files).find((path) => path.startsWith('targets/')) ?? '';
    mirror.files = { ...files, [target]: NEXT.replace('next', 'evil') };
    const error = await errorOf(mirror.read({ after: 25 * HOUR }));
    expect([error.code, error.message]).toEqual([
      'trust-root-unavailable',
      expect.stringMatching(/Expected hash/),
    ]);
    mirror.files = files;
    expect((await mirror.read({ after: 25 * HOUR })).value).toBe(NEXT);
  });

  test('what is kept does not count after its end', async () => {
    const mirror = await mirrorOf(key, tufRepository(key, { trustedRoot: ROOT, life: 2 * DAY }));
    await mirror.read();
    mirror.status = 503;
    vi.setSystemTime(Date.now() + 47 * HOUR);
    expect((await mirror.read()).value).toBe(ROOT);
    vi.setSystemTime(Date.now() + 2 * HOUR);
    const error = await errorOf(mirror.read());
    expect(error.code).toBe('trust-root-unavailable');
    expect(error.line).toMatch(
      /the trust root of the TUF repository http:\/\/127\.0\.0\.1:\d+ could not be read: .*503.*name a file in trustRoot/,
    );
    mirror.status = 200;
    mirror.files = tufRepository(key, { trustedRoot: NEXT, version: 2 });
    expect((await mirror.read()).value).toBe(NEXT);
  });

  test('follows a root to its next keys', async () => {
    const [second, third] = [createTufKey(), createTufKey()];
    const mirror = await mirrorOf(key, tufRepository(key, { trustedRoot: ROOT, rotatedTo: [second, third] }));
    expect((await mirror.read()).value).toBe(ROOT);
    // And not to keys that the one before did not sign.
    const stranger = createTufKey();
    const forged = tufRepository(stranger, { trustedRoot: NEXT, rotatedTo: [second] });
    const broken = await mirrorOf(key, { ...forged, '1.root.json': mirror.files['1.root.json'] ?? '' });
    expect((await errorOf(broken.read())).code).toBe('trust-root-unavailable');
  });

  test('begins anew where what is kept is no JSON', async () => {
    const mirror = await mirrorOf(key, tufRepository(key, { trustedRoot: ROOT }));
    await mirror.read();
    const [kept = ''] = readdirSync(join(mirror.folder, 'cache'));
    for (const file of ['root.json', 'timestamp.json', 'snapshot.json', 'targets.json'])
      writeFileSync(join(mirror.folder, 'cache', kept, file), '{"sig');
    expect((await mirror.read()).value).toBe(ROOT);
  });

  test('takes no folder that others can write to', async () => {
    const mirror = await mirrorOf(key, tufRepository(key, { trustedRoot: ROOT }));
    mkdirSync(join(mirror.folder, 'cache'));
    chmodSync(join(mirror.folder, 'cache'), 0o777);
    // The one above may be a volume that is open to all.
    expect((await mirror.read()).value).toBe(ROOT);
    const [kept = ''] = readdirSync(join(mirror.folder, 'cache'));
    chmodSync(join(mirror.folder, 'cache', kept), 0o777);
    const error = await errorOf(mirror.read());
    expect([error.code, error.retryable]).toEqual(['trust-root-unavailable', false]);
    expect(error.line).toMatch(/can be written by others.*gates\.tuf\.cacheDirectory/);
  });

  test('knows the first root of Sigstore alone', async () => {
    const mirror = await mirrorOf(key, tufRepository(key, { trustedRoot: ROOT }));
    const error = await errorOf(mirror.read({ rootFile: '' }));
    expect(error.line).toMatch(
      /first root of the TUF repository .* is not known \(name a file .* gates\.tuf\.rootFile\)/,
    );
    const missing = await errorOf(mirror.read({ rootFile: '/nowhere/root.json' }));
    expect(missing.line).toMatch(/could not be read: ENOENT/);
    expect(mirror.lines()).toEqual([]);
  });
});
