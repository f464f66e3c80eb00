import type { VersionState } from '../deployment/version-state.ts';
import { knownRecords, type PlaceInHistory } from '../overrides/rollback.ts';
import { mayTouch, type FoundRecord } from '../overrides/record-index.ts';
import type { PresentImage, Strategy } from '../policy.ts';
import { versionText } from '../presence.ts';
import type { WriteResult } from '../verification/write-result.ts';
import { takenBack } from './taken-back.ts';
import type { ReachedStages, UpstreamVersion } from './upstream-version.ts';

export interface TimelineInput {
  /** Where its records are; `undefined` for an image that is not in Git. */
  readonly place: PlaceInHistory | undefined;
  readonly strategy: Strategy;
  /** What the target has; `undefined` when it does not contain the image. */
  readonly present: PresentImage | undefined;
  /** What is kept of its writes, oldest first. */
  readonly results: readonly WriteResult[];
  /** How far Argo CD has come with the version in force, and when that was written. */
  readonly stateOf: (version: string, writtenAt: number | undefined) => VersionState;
}

/** A version as a record or the file has it. */
interface Had {
  readonly version: string;
  readonly commit: string | undefined;
  readonly writtenAt: number | undefined;
  /** When another version took its place; `undefined` for the one in force. */
  readonly replacedAt: number | undefined;
  readonly isInForce: boolean;
}

/**
 * What an image has had, newest first, each version once. The version in force comes behind those that were rolled back to it: it is
 * no step forward from them. What is further back than the history goes is not known.
 */
export function upstreamTimeline(input: TimelineInput): readonly UpstreamVersion[] {
  const all = versionsHad(input);
  const seen = new Set<string>();
  const versions = all.filter(({ version }) => {
    const isFirst = !seen.has(version);
    seen.add(version);
    return isFirst;
  });
  const { rolledBack, lately } = takenBack(input);
  return inOrderOfRelease(versions, lately).map((one) => {
    const back = rolledBack.get(one.version);
    const result = input.results.findLast(
      ({ version, commit }) => version === one.version && (one.commit === undefined || commit === one.commit),
    );
    const failed =
      result?.ending?.outcome === 'failed' ? { check: result.ending.check ?? 'health' } : undefined;
    return {
      version: one.version,
      ...partsOf(one.version),
      commit: one.commit,
      isInForce: one.isInForce,
      ...stagesOf(one, input, result),
      ...(back === undefined ? {} : { rolledBack: back }),
      ...(failed === undefined ? {} : { failed }),
    };
  });
}

function inOrderOfRelease(versions: readonly Had[], lately: ReadonlySet<string>): readonly Had[] {
  const [first, ...others] = versions;
  const last = others.findLastIndex(({ version }) => lately.has(version));
  if (first === undefined || last < 0) return versions;
  return [...others.slice(0, last + 1), first, ...others.slice(last + 1)];
}

function partsOf(version: string): Pick<UpstreamVersion, 'tag' | 'digest'> {
  const mark = version.indexOf('@');
  if (mark < 0) return { tag: version, digest: undefined };
  return { tag: version.slice(0, mark), digest: version.slice(mark + 1) };
}

function versionsHad({ place, present }: TimelineInput): readonly Had[] {
  const now = versionText(present);
  const records = place === undefined ? [] : knownRecords(place).filter(wrote);
  const recorded = records.map(({ record, commit }, index): Had => {
    const newer = records[index - 1];
    return {
      version: record.to ?? '',
      commit: commit.sha,
      writtenAt: commit.at || undefined,
      replacedAt: newer?.commit.at || undefined,
      isInForce: false,
    };
  });
  const oldest = records.at(-1);
  const before = oldest?.record.from;
  const first: readonly Had[] =
    before === undefined
      ? []
      : [
          {
            version: before,
            commit: undefined,
            writtenAt: undefined,
            replacedAt: oldest?.commit.at || undefined,
            isInForce: false,
          },
        ];
  const had = [...recorded, ...first];
  if (now === undefined) return had;
  const [newest, ...older] = had;
  if (newest !== undefined && oldest !== undefined && isVersion(newest.version, present))
    return [{ ...newest, version: now, isInForce: true }, ...older];
  const changedAt = place && changeTime(place, records[0]);
  const inForce = {
    version: now,
    commit: undefined,
    writtenAt: changedAt,
    replacedAt: undefined,
    isInForce: true,
  };
  return [inForce, ...(newest === undefined ? [] : [{ ...newest, replacedAt: changedAt }]), ...older];
}

function wrote({ record }: FoundRecord): boolean {
  return record.to !== undefined && record.kind !== 'hold' && record.kind !== 'release';
}

/** A record without a digest is met by whatever digest the file has. */
function isVersion(recorded: string, present: PresentImage | undefined): boolean {
  return recorded === versionText(present) || recorded === present?.tag;
}

/**
 * When a person wrote the version in force: at the latest change of the file since our last write. A file that nobody changed since has
 * been so from the oldest commit that is known.
 */
function changeTime({ history, path }: PlaceInHistory, newest: FoundRecord | undefined): number | undefined {
  const { commits } = history;
  const since = newest === undefined ? commits : commits.slice(0, commits.indexOf(newest.commit));
  const latest =
    since.find((commit) => mayTouch(commit, path)) ?? (newest === undefined ? commits.at(-1) : undefined);
  return (latest ?? newest?.commit)?.at || undefined;
}

function stagesOf(
  had: Had,
  { stateOf }: TimelineInput,
  result: WriteResult | undefined,
): Pick<UpstreamVersion, 'reached' | 'health'> {
  const verified = result?.ending?.outcome === 'verified' ? { verified: { since: result.ending.at } } : {};
  if (had.isInForce) {
    const deployed = stateOf(had.version, had.writtenAt);
    const reached = { written: { since: had.writtenAt }, ...deployedStages(deployed, result) };
    // What was verified and is not healthy any more has to become so again.
    const isHealthy = deployed.stage === 'healthy';
    return {
      reached: isHealthy ? { ...reached, ...verified } : reached,
      health: deployed.health,
    };
  }
  const until = had.replacedAt;
  const { syncedAt, healthy } = result ?? {};
  return {
    reached: {
      written: { since: had.writtenAt, until: until ?? had.writtenAt },
      ...(syncedAt === undefined ? {} : { synced: { since: syncedAt, until: until ?? syncedAt } }),
      ...(healthy === undefined ? {} : { healthy }),
      ...(result?.ending?.outcome === 'verified'
        ? { verified: { since: result.ending.at, until: until ?? result.ending.at } }
        : {}),
    },
  };
}

function deployedStages(deployed: VersionState, result: WriteResult | undefined): ReachedStages {
  if (deployed.stage === 'written') return {};
  const { stage, since } = deployed;
  if (stage === 'synced') return { synced: { since } };
  return { synced: { since: earlier(result?.syncedAt, since) }, healthy: { since } };
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
