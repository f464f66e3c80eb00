import { applicationText } from '../../core/identity/application.ts';
import type { CommonPauses } from '../../core/overrides/pause.ts';
import type { ApplicationId } from '../../core/policy.ts';
import { describeCommonPause } from '../../core/reasons/describe-pause.ts';
import { isOwnerWarning, mayEndText } from '../../core/reasons/describe-undone.ts';
import { quoted } from '../../core/quoted.ts';
import type { ApplicationPauses } from '../../ports/application-pauses.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Pauses } from '../../ports/pauses.ts';
import type { ApplicationServices } from '../services.ts';
import { matchApplication } from './find-images.ts';

export interface PauseRequest {
  readonly kind: 'pause' | 'resume';
  /** `name` or `namespace/name`; `undefined` is everything. */
  readonly application: string | undefined;
  /** `''` for none. */
  readonly reason: string;
  /** Who decided it. */
  readonly by: string;
}

export interface PauseChangeServices {
  readonly pauses: Pauses;
  readonly applicationPauses: ApplicationPauses;
  readonly applications: ApplicationServices;
  /** Whether the configuration pauses everything, whatever is done here. */
  readonly configured: boolean;
}

/** What is paused once a command ended. */
export interface PauseResult {
  /** `undefined`: it was about everything. */
  readonly application: ApplicationId | undefined;
  /** Whether anything is another way than before. */
  readonly changed: boolean;
  readonly pauses: CommonPauses;
  /** One sentence for people. */
  readonly message: string;
  /** What they should know beside it. */
  readonly notes: readonly string[];
}

/** Pauses, or goes on. Throws `usage-invalid` when there is no such Application, and the errors of the cluster. */
export async function changePause(
  request: PauseRequest,
  services: PauseChangeServices,
  { clock, signal }: { readonly clock: Pick<Clock, 'now'>; readonly signal: AbortSignal },
): Promise<PauseResult> {
  if (request.application !== undefined)
    return await ofApplication({ ...request, application: request.application }, services, signal);
  const { pauses } = services;
  const before = await pauses.read(signal);
  const notes = services.configured ? [CONFIGURED] : [];
  if (request.kind === 'resume') {
    const ended = await pauses.resume(['everything', 'rollbacks'], signal);
    const was = [
      ...(ended.everything === undefined ? [] : [`everything ${describeCommonPause(ended.everything)}`]),
      ...(ended.rollbacks === undefined ? [] : [`rollbacks ${describeCommonPause(ended.rollbacks)}`]),
    ];
    const message =
      was.length === 0 ? 'nothing was paused' : `all goes on again; before, ${was.join(', and ')}`;
    return { application: undefined, changed: was.length > 0, pauses: {}, message, notes };
  }
  if (before.everything !== undefined) {
    const message = `everything is ${describeCommonPause(before.everything)} already`;
    return { application: undefined, changed: false, pauses: before, message, notes };
  }
  const pause = { by: request.by, reason: request.reason, since: clock.now() };
  await pauses.pause('everything', pause, signal);
  const message = `everything automatic is ${describeCommonPause(pause)}; lynceus resume ends it`;
  return { application: undefined, changed: true, pauses: { ...before, everything: pause }, message, notes };
}

const CONFIGURED = 'the configuration pauses everything as well (paused: true)';

async function ofApplication(
  { kind, application: name, reason }: PauseRequest & { readonly application: string },
  { pauses, applicationPauses, applications, configured }: PauseChangeServices,
  signal: AbortSignal,
): Promise<PauseResult> {
  const { namespace, name: called } = await matchApplication(name, applications, signal);
  const application = { namespace, name: called };
  const text = kind === 'pause' ? reason || 'true' : undefined;
  const { before, warnings } = await applicationPauses.set(application, text, signal);
  const kept = await pauses.read(signal);
  const changed = before !== text;
  const said = text === undefined || text === 'true' ? '' : `: ${quoted(text)}`;
  const shown = applicationText(application);
  const states = {
    pause: changed
      ? `${shown} is paused${said}; lynceus resume ${shown} ends it`
      : `${shown} is paused already${said}`,
    resume: changed ? `${shown} goes on again` : `${shown} was not paused by its annotation`,
  };
  const still =
    kind === 'resume' && kept.everything !== undefined
      ? [
          `everything is ${describeCommonPause(kept.everything)} still; lynceus resume without an Application ends that`,
        ]
      : [];
  const notes = [
    ...warnings.filter(isOwnerWarning).map(({ facts }) => mayEndText(facts)),
    ...still,
    ...(configured ? [CONFIGURED] : []),
  ];
  return { application, changed, pauses: kept, message: states[kind], notes };
}
