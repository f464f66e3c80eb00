import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Updater } from 'tuf-js';
import { LynceusError, messageOf } from '../../errors.ts';
import { HttpFailure } from '../../http/failure.ts';
import { isJsonObject, objectField, parseJsonObject, textField } from '../../http/json.ts';
import type { Send } from '../../http/message.ts';
import type { Clock } from '../../ports/clock.ts';
import { createTufFetcher, OFFLINE } from './tuf-fetcher.ts';

export interface TufOptions {
  /** Base URL of the TUF repository. */
  readonly mirror: string;
  /** File with the first root, if the mirror is not one that is known. */
  readonly rootFile: string | undefined;
  readonly cacheDirectory: string;
  readonly send: Send;
  readonly clock: Pick<Clock, 'now'>;
}

/** A text, and until when it may be trusted without asking again, in milliseconds since 1970. */
export interface FreshText {
  readonly value: string;
  readonly expiresAt: number;
}

const TARGET = 'trusted_root.json';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** More than any repository has had. */
const BOUNDS = { maxRootRotations: 64, maxDelegations: 8, targetsMaxLength: 1_000_000 } as const;

/**
 * Reads the trust root of a TUF repository (The Update Framework, "Client workflow"), of which what was read is kept in a folder. What
 * is there is taken for a day, and when the repository cannot be asked as long as its timestamp is good. Throws
 * `trust-root-unavailable`.
 */
export async function readTufRoot(options: TufOptions, signal: AbortSignal): Promise<FreshText> {
  const { mirror, send, clock } = options;
  try {
    const folder = await seed(options);
    const local = async () => await update({ folder, mirror, fetcher: OFFLINE, forceCache: true });
    if (await isOfToday(folder, clock)) {
      const kept = await local().catch(() => undefined);
      if (kept !== undefined) return { value: kept, expiresAt: await expiryOf(folder, clock.now() + DAY) };
    }
    try {
      const fetcher = createTufFetcher(send, signal);
      const value = await update({ folder, mirror, fetcher, forceCache: false });
      return { value, expiresAt: await expiryOf(folder, clock.now() + DAY) };
    } catch (thrown) {
      signal.throwIfAborted();
      const kept = await local().catch(() => undefined);
      if (kept === undefined) throw thrown;
      return { value: kept, expiresAt: await expiryOf(folder, clock.now() + HOUR) };
    }
  } catch (thrown) {
    const isOurs = thrown instanceof LynceusError && !(thrown instanceof HttpFailure);
    if (signal.aborted || isOurs) throw thrown;
    throw unavailable(mirror, messageOf(thrown), thrown);
  }
}

interface Update {
  readonly folder: string;
  readonly mirror: string;
  readonly fetcher: ReturnType<typeof createTufFetcher>;
  readonly forceCache: boolean;
}

async function update({ folder, mirror, fetcher, forceCache }: Update): Promise<string> {
  const base = mirror.replace(/\/+$/, '');
  const updater = new Updater({
    metadataBaseUrl: base,
    targetBaseUrl: `${base}/targets`,
    metadataDir: folder,
    targetDir: join(folder, 'targets'),
    fetcher,
    forceCache,
    config: BOUNDS,
  });
  const target = await updater.getTargetInfo(TARGET);
  if (target === undefined) throw new Error(`it has no ${TARGET}`);
  const path = (await updater.findCachedTarget(target)) ?? (await updater.downloadTarget(target));
  return await readFile(path, 'utf8');
}

/** The folder for a mirror and its first root, which is written there once. */
async function seed({ mirror, rootFile, cacheDirectory }: TufOptions): Promise<string> {
  const root = await firstRoot(mirror, rootFile);
  const name = createHash('sha256').update(mirror).update(root).digest('hex').slice(0, 16);
  const folder = join(cacheDirectory, name);
  await mkdir(join(folder, 'targets'), { recursive: true, mode: 0o700 });
  await checkOwner(folder);
  const path = join(folder, 'root.json');
  if (parseJsonObject(await readFile(path).catch(() => Buffer.alloc(0))) === undefined)
    await writeFile(path, root);
  return folder;
}

/** Whoever can write there decides what is trusted. The folder above may be anybody's: nobody else can make one that is ours. */
async function checkOwner(folder: string): Promise<void> {
  const { uid, mode } = await lstat(folder);
  const own = process.getuid?.() ?? uid;
  if (uid === own && (mode & 0o002) === 0) return;
  throw new LynceusError(
    'trust-root-unavailable',
    `the folder ${folder} can be written by others, who would decide which signatures are trusted`,
    { hint: 'delete it, or name another folder in gates.tuf.cacheDirectory', retryable: false },
  );
}

async function firstRoot(mirror: string, rootFile: string | undefined): Promise<Buffer> {
  if (rootFile !== undefined) return await readFile(rootFile);
  const { default: seeds } = await import('@sigstore/tuf/seeds.json', { with: { type: 'json' } });
  const known: unknown = (seeds as Readonly<Record<string, unknown>>)[mirror.replace(/\/+$/, '')];
  if (isJsonObject(known)) return Buffer.from(textField(known, 'root.json'), 'base64');
  throw new LynceusError(
    'trust-root-unavailable',
    `the first root of the TUF repository ${mirror} is not known`,
    {
      hint: 'name a file that has it in gates.tuf.rootFile',
      retryable: false,
    },
  );
}

/** Whether the repository was asked within a day. */
async function isOfToday(folder: string, clock: Pick<Clock, 'now'>): Promise<boolean> {
  const found = await stat(join(folder, 'timestamp.json')).catch(() => undefined);
  const age = clock.now() - (found?.mtimeMs ?? -Infinity);
  return age >= 0 && age < DAY;
}

/** The end of the timestamp's life, if that is earlier. */
async function expiryOf(folder: string, latest: number): Promise<number> {
  const timestamp = parseJsonObject(await readFile(join(folder, 'timestamp.json'))) ?? {};
  const expires = Date.parse(textField(objectField(timestamp, 'signed'), 'expires'));
  return Number.isNaN(expires) ? latest : Math.min(latest, expires);
}

function unavailable(mirror: string, detail: string, cause: unknown): LynceusError {
  return new LynceusError(
    'trust-root-unavailable',
    `the trust root of the TUF repository ${mirror} could not be read: ${detail.slice(0, 300)}`,
    { hint: 'let Lynceus reach it, or name a file in trustRoot of the policy', cause },
  );
}
