import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createRegistryCache, type RegistryCache } from '../../../src/registries/cache/registry-cache.ts';
import { collectLog, type LogLine } from '../../helpers/logs.ts';

const root = mkdtempSync(join(tmpdir(), 'lynceus-cache-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder = '';
let file = '';
let count = 0;

beforeEach(() => {
  count += 1;
  folder = join(root, String(count));
  file = join(folder, 'registries.cache');
  mkdirSync(folder);
});

const MEBIBYTE = 1024 * 1024;

interface Process extends RegistryCache {
  readonly lines: readonly LogLine[];
  /** `warn` lines only. */
  readonly warnings: () => readonly string[];
}

/** What one process has, as far as the cache is concerned. */
function aProcess(bytes = MEBIBYTE): Process {
  const { log, lines } = collectLog();
  const cache = createRegistryCache({ file, bytes, clock: { now: () => Date.now() }, log });
  const warnings = (): readonly string[] =>
    lines
      .filter(({ level }) => level === 'warn')
      .map(({ message, fields }) => `${message}: ${String(fields['reason'])}`);
  return { ...cache, lines, warnings };
}

async function started(bytes?: number): Promise<Process> {
  const process = aProcess(bytes);
  await process.load();
  return process;
}

function textsOf({ facts }: RegistryCache): Readonly<Record<string, string>> {
  return Object.fromEntries(facts.all());
}

async function aFileWith(texts: Readonly<Record<string, string>>): Promise<void> {
  const { facts, save } = await started();
  for (const [key, text] of Object.entries(texts)) facts.set(key, text);
  await save();
}

const THREE = { 'tag a': 'one', 'tag b': 'two', 'tag c': 'three' };

describe('the cache file', () => {
  test('brings everything over a restart, and is for its owner only', async () => {
    await aFileWith(THREE);

    const next = await started();

    expect(textsOf(next)).toEqual(THREE);
    expect(next.lines).toEqual([]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['registries.cache']);
  });

  test('keeps sightings beside facts, which never push them out', async () => {
    const first = await started();
    first.sightings.set('seen a', 'long ago');
    for (let index = 0; index < 300; index += 1) first.facts.set(`tag ${index}`, 'x'.repeat(10_000));
    await first.save();

    const next = await started();

    expect(Object.fromEntries(next.sightings.all())).toEqual({ 'seen a': 'long ago' });
    expect(textsOf(next)).toHaveProperty(['tag 299']);
    next.sightings.set('seen b', 'just now');
    await next.save();
    expect((await started()).sightings.get('seen b')).toBe('just now');
  });

  test('need not be there, nor its folder, and is quiet about it', async () => {
    file = join(folder, 'a', 'b', 'cache');
    const first = await started();
    await first.save();
    expect(existsSync(file)).toBe(false);

    first.facts.set('tag a', 'one');
    await first.save();

    expect(textsOf(await started())).toEqual({ 'tag a': 'one' });
    expect(first.lines).toEqual([]);
  });

  test('is written only when something changed', async () => {
    await aFileWith(THREE);
    const next = await started();
    const written = (): number => statSync(file).ino;
    const before = written();

    next.facts.set('tag a', 'one');
    next.facts.get('tag b');
    await next.save();
    expect(written()).toBe(before);

    next.facts.set('tag a', 'other');
    await next.save();
    const after = written();
    expect(after).not.toBe(before);
    await next.save();
    expect(written()).toBe(after);
  });

  test('may be deleted at any time', async () => {
    await aFileWith(THREE);
    const next = await started();
    rmSync(folder, { recursive: true });
    await next.save();
    expect(existsSync(file)).toBe(false);

    next.facts.set('tag d', 'four');
    await next.save();

    expect(textsOf(await started())).toEqual({ ...THREE, 'tag d': 'four' });
    expect(next.lines).toEqual([]);
  });

  test('that was cut off anywhere gives its whole lines, and is written anew', async () => {
    await aFileWith(THREE);
    const size = statSync(file).size;
    const lines = readFileSync(file, 'utf8').split('\n');
    for (let length = size - 1; length > (lines[0] ?? '').length; length -= 7) {
      await aFileWith(THREE);
      truncateSync(file, length);
      const whole = readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => lines.includes(line) && line !== '');

      const next = await started();

      expect(Object.keys(textsOf(next))).toHaveLength(whole.length - 1);
      expect(THREE).toMatchObject(textsOf(next));
      await next.save();
      expect((await started()).lines).toEqual([]);
      rmSync(file);
    }
  });

  test('that is damaged is told in one line, and is whole again after the next cycle', async () => {
    await aFileWith(THREE);
    writeFileSync(file, readFileSync(file, 'utf8').replace('two', 'twO'));

    const next = await started();

    expect(textsOf(next)).toEqual({ 'tag a': 'one', 'tag c': 'three' });
    expect(next.warnings()).toEqual(['the cache file is damaged: 1 of 3 lines are left out']);
    await next.save();
    const last = await started();
    expect([textsOf(last), last.lines]).toEqual([{ 'tag a': 'one', 'tag c': 'three' }, []]);
  });

  const FOREIGN = 'the cache file cannot be read: it does not begin as a cache file of this version does';

  test.each<readonly [string, () => void, string]>([
    ['a file of another version', () => writeFileSync(file, 'lynceus registry cache 2\n'), FOREIGN],
    ['an empty file', () => writeFileSync(file, ''), FOREIGN],
    ['random bytes', () => writeFileSync(file, Buffer.from([0, 255, 10, 10, 200, 13])), FOREIGN],
    ['a link to something else', () => symlinkSync('/etc/passwd', file), FOREIGN],
    [
      'a named pipe',
      () => void execFileSync('mkfifo', [file]),
      'the cache file cannot be read: it is no regular file',
    ],
    [
      'a file that is far too large',
      () => {
        writeFileSync(file, '');
        truncateSync(file, 3 * MEBIBYTE);
      },
      'the cache file cannot be read: it has more than 2097152 bytes',
    ],
  ])('that is %s is not used, and is replaced', async (_what, put, warning) => {
    put();
    const next = await started();

    expect([textsOf(next), next.warnings()]).toEqual([{}, [warning]]);
    next.facts.set('tag a', 'one');
    await next.save();
    const last = await started();
    expect([textsOf(last), last.lines]).toEqual([{ 'tag a': 'one' }, []]);
  });

  test('that is a folder stays one; that is told once', async () => {
    mkdirSync(file);
    const next = await started();
    for (const text of ['one', 'two', 'three']) {
      next.facts.set('tag a', text);
      await next.save();
    }

    expect(next.warnings()).toEqual([
      'the cache file cannot be read: it is no regular file',
      expect.stringMatching(/^the cache file cannot be written: E[A-Z]+: /),
    ]);
    expect(textsOf(next)).toEqual({ 'tag a': 'three' });
    expect(readdirSync(folder)).toEqual(['registries.cache']);
  });

  test('below a file is told, and is written once its place is free', async () => {
    const inTheWay = join(folder, 'way');
    writeFileSync(inTheWay, '');
    file = join(inTheWay, 'cache');
    const next = await started();
    next.facts.set('tag a', 'one');
    await next.save();
    await next.save();
    expect(next.warnings()).toEqual([expect.stringMatching(/^the cache file cannot be written: E[A-Z]+: /)]);

    rmSync(inTheWay);
    await next.save();

    expect(textsOf(await started())).toEqual({ 'tag a': 'one' });
  });

  test('that may not be read, or could be a trap of somebody else, is told and not used', async () => {
    await aFileWith(THREE);
    // Whoever runs as root may read everything, but not believe it.
    const root = process.getuid?.() === 0;
    if (root) chownSync(file, 12_345, 12_345);
    else chmodSync(file, 0);

    const next = await started();

    expect([textsOf(next), next.warnings()]).toEqual([
      {},
      [
        root
          ? 'the cache file cannot be read: it belongs to user 12345, and Lynceus runs as 0'
          : expect.stringMatching(/^the cache file cannot be read: EACCES/),
      ],
    ]);
    next.facts.set('tag a', 'one');
    await next.save();
    expect(textsOf(await started())).toEqual({ 'tag a': 'one' });
  });

  test('is bounded: what was not used for longest is left out', async () => {
    const small = await started(MEBIBYTE);
    const text = 'x'.repeat(10_000);
    for (let index = 0; index < 300; index += 1) {
      small.facts.set(`tag ${index}`, text);
      small.facts.get('tag 0');
    }
    await small.save();

    expect(statSync(file).size).toBeLessThanOrEqual(MEBIBYTE);
    const kept = textsOf(await started());
    expect(Object.keys(kept).length).toBeGreaterThan(70);
    expect(kept).toHaveProperty(['tag 0']);
    expect(kept).toHaveProperty(['tag 299']);
    expect(kept).not.toHaveProperty(['tag 100']);
  });

  test('keeps what was used last when less is allowed than before', async () => {
    const large = await started(MEBIBYTE);
    for (let index = 0; index < 150; index += 1) large.facts.set(`tag ${index}`, 'x'.repeat(5_000));
    await large.save();

    const small = await started(MEBIBYTE / 2);

    expect(small.lines).toEqual([]);
    expect(textsOf(small)).toHaveProperty(['tag 149']);
    expect(textsOf(small)).not.toHaveProperty(['tag 0']);
  });

  test('has room for nothing when the memory is far too small, and nothing goes wrong', async () => {
    const tiny = await started(200);
    tiny.facts.set('tag a', 'x'.repeat(1000));
    await tiny.save();

    expect(textsOf(tiny)).toEqual({});
  });

  test('is shared by processes that know different things', async () => {
    const [one, other] = await Promise.all([started(), started()]);
    one.facts.set('tag a', 'one');
    await one.save();
    other.facts.set('tag b', 'two');
    await other.save();
    expect(textsOf(await started())).toEqual({ 'tag a': 'one', 'tag b': 'two' });

    one.facts.set('tag c', 'three');
    await one.save();
    expect(textsOf(await started())).toEqual(THREE);
  });

  test('is never half a file, however many write and read at once', async () => {
    const writers = await Promise.all(Array.from({ length: 6 }, () => started()));
    const text = 'x'.repeat(50_000);
    const readers: Promise<Process>[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      for (const [index, writer] of writers.entries()) writer.facts.set(`tag ${turn} ${index}`, text);
      const saves = writers.map((writer) => writer.save());
      for (let index = 0; index < 10; index += 1) readers.push(started());
      await Promise.all(saves);
    }

    for (const reader of await Promise.all(readers)) expect(reader.lines).toEqual([]);
    for (const writer of writers) expect(writer.lines).toEqual([]);
    expect(readdirSync(folder)).toEqual(['registries.cache']);
  });

  test('is cleared of what writers that were killed left, once nobody can be behind it', async () => {
    const draft = (digit: string): string => `${file}.${digit.repeat(8)}-0000-4000-8000-000000000000.tmp`;
    writeFileSync(draft('0'), 'half');
    utimesSync(draft('0'), new Date(0), new Date(0));
    writeFileSync(draft('1'), 'half');
    writeFileSync(`${file}.backup`, 'mine');
    utimesSync(`${file}.backup`, new Date(0), new Date(0));

    await aFileWith(THREE);

    expect(readdirSync(folder).toSorted()).toEqual([
      'registries.cache',
      'registries.cache.11111111-0000-4000-8000-000000000000.tmp',
      'registries.cache.backup',
    ]);
  });

  test('is written once when it is asked for twice at once', async () => {
    const next = await started();
    next.facts.set('tag a', 'one');
    await Promise.all([next.save(), next.save(), next.save()]);

    expect(textsOf(await started())).toEqual({ 'tag a': 'one' });
    expect(next.lines).toEqual([]);
  });
});
