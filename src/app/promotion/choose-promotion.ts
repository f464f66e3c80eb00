import type { TrackedImage } from '../../core/policy.ts';
import { quoted } from '../../core/quoted.ts';
import { describeJudgement, describeUnaskedUpstream } from '../../core/reasons/describe-promotion.ts';
import type { Decision } from '../../core/selection/decision.ts';
import { LynceusError } from '../../errors.ts';
import type { WriterSession } from '../../ports/writer.ts';
import { applyOverrides } from '../apply-overrides.ts';
import { decideByTags, type RegistryAnswers } from '../decide-images.ts';
import { passGates, type DecideHolds, type GateOptions } from '../pass-gates.ts';
import type { Present } from '../read-present.ts';
import type { CycleRun } from '../services.ts';
import type { Promoted, Promotions } from './promotions.ts';

export interface WantedPromotion {
  /** Tag, or tag@digest; `undefined` is the newest that may be promoted. */
  readonly version: string | undefined;
  /** Also one that upstream had, and not for long enough. */
  readonly force: boolean;
}

export interface ChooseOptions
  extends Pick<CycleRun, 'concurrency' | 'signal'>, Omit<GateOptions, 'decideHolds' | 'signal'> {
  readonly session: Pick<WriterSession, 'history'>;
  readonly answers: Omit<RegistryAnswers, 'promotions'>;
  readonly promotions: Promotions;
  readonly known: readonly TrackedImage[];
  readonly trailers?: boolean | undefined;
}

/**
 * What a person may promote an image to, as a cycle would decide it, without the wait for approval and for update windows, and pauses. Throws
 * `usage-invalid` for a version that upstream does not let through, and the error of reading upstream.
 */
export async function choosePromotion(
  { tracked, present }: { readonly tracked: TrackedImage; readonly present: Present },
  wanted: WantedPromotion,
  { session, answers, promotions, known, trailers, ...options }: ChooseOptions,
): Promise<Decision> {
  const promoted = await promotions.of(tracked, options.signal);
  if (promoted === undefined) throw notPromoted();
  if (promoted.kind === 'unread')
    throw new LynceusError(promoted.error.code, describeUnaskedUpstream(promoted), { cause: promoted.error });
  const chosen =
    wanted.version === undefined ? promoted : only(promoted, wanted.version, { tracked, wanted });
  const asked = {
    ...answers,
    promotions: { of: () => Promise.resolve(chosen), notesOf: () => Promise.resolve([]) },
  };
  const anytime = atAnyTime(tracked);
  const decision = await decideByTags({ tracked: anytime, present }, asked, options);
  const decideHolds: DecideHolds = (evaluations) =>
    applyOverrides(evaluations, session, {
      ...options,
      known,
      ...(trailers === undefined ? {} : { trailers }),
    });
  const held = await decideHolds([{ tracked: anytime, present, decision }]);
  const { evaluations } = await passGates(held, asked, { ...options, decideHolds });
  return evaluations[0]?.decision ?? decision;
}

/** A person decides when, also while everything automatic is paused. */
function atAnyTime(tracked: TrackedImage): TrackedImage {
  const { windows: _anytime, paused: _resumed, ...policy } = tracked.policy;
  return { ...tracked, policy };
}

const MOST_NAMED = 5;

function only(
  promoted: Extract<Promoted, { kind: 'read' }>,
  version: string,
  { tracked, wanted }: { readonly tracked: TrackedImage; readonly wanted: WantedPromotion },
): Promoted {
  const { versions, upstreams } = promoted;
  const found = versions.find((one) => one.version === version || one.tag === version);
  if (found === undefined) {
    const had = versions.slice(0, MOST_NAMED).map((one) => one.version);
    const hint = had.length === 0 ? 'it had none' : `it had ${had.join(', ')}`;
    throw new LynceusError(
      'usage-invalid',
      `${quoted(version)} is no version that ${upstreams.join(' and ')} had`,
      {
        hint: `${hint}; lynceus set writes any version`,
      },
    );
  }
  const { judgement, upstream } = found;
  const { when = 'healthy', after = 0 } = tracked.policy.promotion ?? {};
  if (judgement.kind === 'rolled-back' || judgement.kind === 'failed')
    throw refusal(version, describeJudgement(judgement, { upstream, asked: { when, after } }), {
      hint: 'lynceus set writes it all the same',
    });
  if (judgement.kind === 'waiting' && (!wanted.force || judgement.has === undefined))
    throw refusal(version, describeJudgement(judgement, { upstream, asked: { when, after } }), {
      hint:
        judgement.has === undefined
          ? 'lynceus set writes it all the same'
          : 'promote it all the same with --force',
    });
  return { ...promoted, versions: [{ ...found, judgement: { kind: 'eligible' } }] };
}

function refusal(version: string, why: string, { hint }: { readonly hint: string }): LynceusError {
  return new LynceusError('usage-invalid', `${version} may not be promoted: ${why}`, { hint });
}

function notPromoted(): LynceusError {
  return new LynceusError('usage-invalid', 'the image is not promoted from another one', {
    hint: 'set promote-from, or write a version with lynceus set',
  });
}
