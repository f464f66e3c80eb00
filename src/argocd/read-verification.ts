import { didYouMean } from '../core/did-you-mean.ts';
import { selectsImage } from '../core/image-selector.ts';
import type { ImagePolicy, TrackedImage, WriteTarget } from '../core/policy.ts';
import { quoted } from '../core/quoted.ts';
import {
  FAILURE_ACTIONS,
  HEALTH_CHECK,
  joinVerificationRequests,
  type FailureAction,
  type VerificationRequest,
} from '../core/verification/verify-policy.ts';
import { LynceusError } from '../errors.ts';
import type { PolicyContext } from './policy-input.ts';
import type { ProblemList } from './problems.ts';
import type { SettingReader } from './setting-reader.ts';

interface VerificationInput {
  readonly alias: string;
  readonly selected: Pick<TrackedImage, 'application' | 'repository' | 'requester'>;
  readonly target: WriteTarget;
  readonly context: PolicyContext;
  readonly settings: SettingReader;
  readonly problems: ProblemList;
}

/**
 * How writes of an image are verified: what the rules of the configuration ask, and what annotations add to it. Only a commit can
 * be verified, so that rules do not concern what is written to the live Application.
 */
export function readVerification(input: VerificationInput): Pick<ImagePolicy, 'verify'> {
  const { selected, target, context } = input;
  const annotated = readRequest(input);
  if (target.method !== 'git') return {};
  const rules = (context.verification?.rules ?? []).filter((rule) => selectsImage(rule, selected));
  const verify = joinVerificationRequests([...rules, ...annotated]);
  return verify === undefined ? {} : { verify };
}

/** What annotations ask, if they do. */
function readRequest({
  alias,
  target,
  context,
  settings,
  problems,
}: VerificationInput): readonly VerificationRequest[] {
  const verify = settings.ofImageEvenBlank(alias, 'verify');
  const action = settings.ofImage(alias, 'on-failure');
  const checks =
    verify === undefined
      ? undefined
      : problems.attempt(verify, () =>
          readNames(verify.items ?? verify.value.split(','), context.verification?.checks ?? []),
        );
  const onFailure = action === undefined ? undefined : problems.attempt(action, readAction);
  const found = verify ?? action;
  if (found === undefined) return [];
  if (target.method !== 'git') problems.add(found, NEEDS_GIT);
  return [{ ...(checks === undefined ? {} : { checks }), ...(onFailure === undefined ? {} : { onFailure }) }];
}

function readNames(items: readonly string[], known: readonly string[]): readonly string[] {
  const names = items.map((item) => item.trim()).filter((name) => name !== '');
  if (names.length === 0)
    throw new LynceusError('annotation-invalid', 'expected names of checks, found nothing', {
      hint: `write ${HEALTH_CHECK} for the check that is always there, or remove the annotation`,
    });
  const all = [HEALTH_CHECK, ...known];
  const unknown = names.find((name) => !all.includes(name));
  if (unknown === undefined) return names;
  const near = didYouMean(unknown, all);
  throw new LynceusError(
    'annotation-invalid',
    `expected names of checks (${all.join(', ')}), found ${quoted(unknown)}`,
    {
      hint:
        near === undefined
          ? 'checks are in verification.checks of the configuration'
          : `did you mean ${near}?`,
    },
  );
}

function readAction(text: string): FailureAction {
  const action = FAILURE_ACTIONS.find((one) => one === text.toLowerCase());
  if (action !== undefined) return action;
  const near = didYouMean(text.toLowerCase(), FAILURE_ACTIONS);
  throw new LynceusError(
    'annotation-invalid',
    `expected ${FAILURE_ACTIONS.join(', ')}, found ${quoted(text)}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

const NEEDS_GIT = new LynceusError(
  'annotation-invalid',
  'only what is written to Git can be verified, and this image is written to the live Application',
  { hint: 'set the annotation argocd-image-updater.argoproj.io/write-back-method to git' },
);
