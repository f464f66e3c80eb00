import type { AnalysisQuestion } from '../core/verification/check-spec.ts';
import {
  namesAnImage,
  parseCheckTemplate,
  renderCheckTemplate,
  type CheckValues,
} from '../core/verification/check-template.ts';
import { cutText } from '../core/cut-text.ts';
import { plainLine, quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import { objectField, textField } from '../http/json.ts';
import type { KubeObject } from '../kube/kube-client.ts';
import type { CheckSubject } from '../ports/checks.ts';
import { getNamed, listLabelled, type Kube } from './find-objects.ts';
import { undecided, worstMeasured, worstOf, type Finding, type OpenCheck } from './open-check.ts';
import { valuesOf } from './subject-values.ts';

/** Reaches the API server when it is first needed. */
export type ReachKube = () => Promise<Kube>;

interface Target {
  readonly namespace: string;
  /** Its name, or the labels of all that are meant. */
  readonly by: 'name' | 'labels';
  readonly text: string;
}

const KINDS = { rollout: 'Rollout', 'analysis-run': 'AnalysisRun' } as const;

const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const LABEL_VALUE = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LONGEST = 200;

/** What Argo Rollouts says of a Rollout or of an AnalysisRun (argo-rollouts, pkg/apis/rollouts/v1alpha1). */
export function openAnalysis(question: AnalysisQuestion, reach: ReachKube | undefined): OpenCheck {
  const { resource: which, name, labels = '' } = question;
  const kind = KINDS[which];
  const by = name === undefined ? 'labels' : 'name';
  const template = parseCheckTemplate(name ?? labels);

  function targetsOf(subject: CheckSubject): readonly Target[] {
    const { destinationNamespace: namespace, isInOwnCluster } = subject;
    if (!isInOwnCluster)
      throw refused(
        'the Application deploys to another cluster, which Lynceus does not ask',
        'see docs/checks.md',
      );
    if (!NAMESPACE.test(namespace))
      throw refused(`the Application names no namespace that it deploys to: ${quoted(namespace)}`);
    const texts = valuesOf(subject, namesAnImage(template)).map(textOf);
    return [...new Set(texts)].map((text) => ({ namespace, by, text }));
  }

  function textOf(values: CheckValues): string {
    const text = renderCheckTemplate(template, values, (value) => {
      if (by === 'name' || LABEL_VALUE.test(value)) return value;
      throw refused(`${quoted(value)} can be the value of no label`);
    });
    if (by === 'labels' || NAME.test(text)) return text;
    throw refused(`${quoted(text)} can be the name of no ${kind}`);
  }

  async function findObjects(
    { namespace, text }: Target,
    signal: AbortSignal,
  ): Promise<readonly KubeObject[]> {
    if (reach === undefined)
      throw refused('there is no cluster to ask', 'run in the cluster, or set KUBECONFIG');
    const kube = await reach();
    return by === 'name'
      ? await getNamed(kube, { which, namespace, name: text }, signal)
      : await listLabelled(kube, { which, namespace, labelSelector: text }, signal);
  }

  async function measureOne(target: Target, subject: CheckSubject, signal: AbortSignal): Promise<Finding> {
    const found = await findObjects(target, signal);
    return which === 'rollout' ? judgeRollouts(found, target) : judgeRuns(found, target, subject.writtenAt);
  }

  return {
    isReplayable: false,
    questions: (subject) => targetsOf(subject).map((target) => questionText(kind, target)),
    async measure(subject, _at, signal) {
      const found = targetsOf(subject).map((target) => measureOne(target, subject, signal));
      return await worstMeasured(found);
    },
  };
}

function questionText(kind: string, { namespace, by, text }: Target): string {
  return by === 'name' ? `${kind} ${namespace}/${text}` : `${kind}s of ${namespace} with the labels ${text}`;
}

/** All of them count. */
function judgeRollouts(rollouts: readonly KubeObject[], target: Target): Finding {
  if (rollouts.length === 0)
    throw refused(`there is no ${questionText('Rollout', target)}`, 'correct the check');
  const findings = rollouts.map(judgeRollout);
  const failed = findings.find(({ kind }) => kind === 'failure');
  return failed ?? worstOf(findings);
}

function judgeRollout(rollout: KubeObject): Finding {
  const status = objectField(rollout, 'status');
  const [phase, message] = [textField(status, 'phase'), textField(status, 'message')];
  const name = `Rollout ${nameOf(rollout)}`;
  const said = message === '' ? '' : `: ${message}`;
  if (status['abort'] === true) return { kind: 'failure', detail: line(`${name} is aborted${said}`) };
  // A text, unlike that of other resources.
  const observed = textField(status, 'observedGeneration');
  const generation = rollout.metadata?.['generation'];
  if (typeof generation === 'number' && observed !== '' && observed !== String(generation))
    return pending(`${name} has not been seen by its controller since it changed`);
  switch (phase) {
    case 'Healthy':
      return { kind: 'success', detail: line(`${name} is Healthy`) };
    case 'Degraded':
      return { kind: 'failure', detail: line(`${name} is Degraded${said}`) };
    default:
      return pending(`${name} is ${phase === '' ? 'without a phase' : phase}${said}`);
  }
}

/** The newest counts, of those that were made since the write. */
function judgeRuns(runs: readonly KubeObject[], target: Target, writtenAt: number): Finding {
  // Kubernetes knows whole seconds.
  const since = Math.floor(writtenAt / 1_000) * 1_000;
  const [newest] = runs
    .map((run) => ({ run, at: madeAt(run) }))
    .filter(({ at }) => at >= since)
    .toSorted((a, b) => b.at - a.at);
  if (newest === undefined)
    return pending(`since the commit there is no ${questionText('AnalysisRun', target)}`);
  const status = objectField(newest.run, 'status');
  const [phase, message] = [textField(status, 'phase'), textField(status, 'message')];
  const text = `AnalysisRun ${nameOf(newest.run)} is ${phase === '' ? 'not begun' : phase}${message === '' ? '' : `: ${message}`}`;
  switch (phase) {
    case 'Successful':
      return { kind: 'success', detail: line(text) };
    case 'Failed':
      return { kind: 'failure', detail: line(text) };
    case 'Inconclusive':
    case 'Error':
      return undecided(line(text));
    default:
      return pending(text);
  }
}

function madeAt({ metadata }: KubeObject): number {
  const text = metadata?.['creationTimestamp'];
  const milliseconds = typeof text === 'string' ? Date.parse(text) : 0;
  return Number.isNaN(milliseconds) ? 0 : milliseconds;
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

function pending(detail: string): Finding {
  return { kind: 'inconclusive', detail: line(detail), isUnasked: true, isPending: true };
}

function line(text: string): string {
  return cutText(plainLine(text), LONGEST);
}

function refused(message: string, hint?: string): LynceusError {
  return new LynceusError('check-unasked', message, { hint });
}
