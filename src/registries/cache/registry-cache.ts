import { messageOf } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { createCacheFile, type CacheFile } from './cache-file.ts';
import { decode, encode, type Decoded } from './file-format.ts';
import { createRecords, type Records } from './records.ts';
import { SIGHTING_KEY } from './sightings.ts';

/** What is remembered of registries, in memory and, where a file is named, across restarts. */
export interface RegistryCache {
  /** What can be asked for again. */
  readonly facts: Records;
  /** What cannot: it has room of its own, so that facts never push it out. */
  readonly sightings: Records;
  /** Reads the file; only the first call does anything. Never throws: without a file everything is asked for again. */
  load(): Promise<void>;
  /** Writes the file if anything changed since. Never throws. */
  save(): Promise<void>;
  /** Does some work between the two, however it ends. */
  around<T>(work: () => Promise<T>): Promise<T>;
}

export interface RegistryCacheOptions {
  /** `undefined`: nothing is kept beyond the life of the process. */
  readonly file?: string | undefined;
  /** For memory and file alike. */
  readonly bytes: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** A file that was written with twice as much allowed is still read. */
const LARGEST_FILE = 2;

const NEVER = -1;

/** The part of the room that is for sightings: one fourth. */
const SIGHTINGS = 4;

export function createRegistryCache({ file, bytes, clock, log }: RegistryCacheOptions): RegistryCache {
  const parts = {
    facts: createRecords(bytes - bytes / SIGHTINGS),
    sightings: createRecords(bytes / SIGHTINGS),
  };
  if (file === undefined) return inMemory(parts);
  const disc = createCacheFile({ path: file, mostBytes: LARGEST_FILE * bytes, now: () => clock.now() });
  const report = reportTrouble(log, file);
  let saved = revisionOf(parts);
  let loading: Promise<void> | undefined;
  let saving = Promise.resolve();

  async function load(): Promise<void> {
    const { records, sound } = await readAll(disc, report);
    for (const [key, text] of records) partOf(parts, key).set(key, text);
    // A damaged file is written anew, whether anything else changes or not.
    saved = sound ? revisionOf(parts) : NEVER;
  }

  async function save(): Promise<void> {
    if (revisionOf(parts) === saved) return;
    try {
      // Another process that uses the same file may know more; what both know is the same.
      if (!(await disc.isUnchanged()))
        for (const [key, text] of (await readAll(disc, report)).records)
          partOf(parts, key).addIfRoom(key, text);
      const revision = revisionOf(parts);
      await disc.write(encode([...parts.sightings.all(), ...parts.facts.all()]));
      saved = revision;
      report.over();
    } catch (error) {
      report.failed('unwritable', error);
    }
  }

  const onDisc = {
    ...parts,
    load: () => (loading ??= load()),
    // One after the other, so that no two write at once.
    save: () => (saving = saving.then(save)),
  };
  return {
    ...onDisc,
    async around(work) {
      await onDisc.load();
      try {
        return await work();
      } finally {
        await onDisc.save();
      }
    },
  };
}

type Parts = Pick<RegistryCache, 'facts' | 'sightings'>;

function partOf({ facts, sightings }: Parts, key: string): Records {
  return key.startsWith(SIGHTING_KEY) ? sightings : facts;
}

function revisionOf({ facts, sightings }: Parts): number {
  return facts.revision() + sightings.revision();
}

function inMemory(parts: Parts): RegistryCache {
  return {
    ...parts,
    load: () => Promise.resolve(),
    save: () => Promise.resolve(),
    around: (work) => work(),
  };
}

interface Contents {
  readonly records: Decoded['records'];
  /** False when some of it could not be used. */
  readonly sound: boolean;
}

async function readAll(disc: CacheFile, report: TroubleReporter): Promise<Contents> {
  try {
    const bytes = await disc.read();
    if (bytes === undefined) return { records: [], sound: true };
    const decoded = decode(bytes);
    if (decoded === undefined) throw new Error('it does not begin as a cache file of this version does');
    const { records, damaged } = decoded;
    if (damaged > 0) report.failed('damaged', `${damaged} of ${damaged + records.length} lines are left out`);
    return { records, sound: damaged === 0 };
  } catch (error) {
    report.failed('unreadable', error);
    return { records: [], sound: false };
  }
}

const TROUBLES = {
  unreadable: 'the cache file cannot be read',
  damaged: 'the cache file is damaged',
  unwritable: 'the cache file cannot be written',
} as const;

type Trouble = keyof typeof TROUBLES;

interface TroubleReporter {
  failed(trouble: Trouble, reason: unknown): void;
  /** All is well again. */
  over(): void;
}

/** One line for each kind of trouble, until it is over. */
function reportTrouble(log: Log, file: string): TroubleReporter {
  const reported = new Set<Trouble>();
  return {
    failed(trouble, thrown) {
      const reason = messageOf(thrown);
      log[reported.has(trouble) ? 'debug' : 'warn'](TROUBLES[trouble], { file, reason });
      reported.add(trouble);
    },
    over: () => reported.clear(),
  };
}
