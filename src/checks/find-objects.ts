import type { AnalysisQuestion } from '../core/verification/check-spec.ts';
import { LynceusError } from '../errors.ts';
import { ANALYSIS_RUNS, ROLLOUTS, type KubeClient, type KubeObject } from '../kube/kube-client.ts';

export type Kube = Pick<KubeClient, 'get' | 'list' | 'serves'>;

const SCOPES = {
  rollout: { resource: ROLLOUTS },
  'analysis-run': { resource: ANALYSIS_RUNS },
} as const;

const PAGE = 250;
const MOST_PAGES = 20;

/** The object of a name, if there is one. Throws `kube-…`. */
export async function getNamed(
  kube: Kube,
  { which, ...object }: { which: AnalysisQuestion['resource']; namespace: string; name: string },
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  try {
    switch (which) {
      case 'rollout':
        return [await kube.get(ROLLOUTS, object, signal)];
      case 'analysis-run':
        return [await kube.get(ANALYSIS_RUNS, object, signal)];
    }
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    const { resource } = SCOPES[which];
    if (await kube.serves(resource, signal)) return [];
    throw notInstalled(which);
  }
}

/** All that have these labels. Throws `kube-…`, and `check-unasked` for too many. */
export async function listLabelled(
  kube: Kube,
  { which, ...scope }: { which: AnalysisQuestion['resource']; namespace: string; labelSelector: string },
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  let next = '';
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const answer = await kube
      .list({ ...SCOPES[which], ...scope }, { limit: PAGE, next }, signal)
      .catch((thrown: unknown) => {
        throw isNotFound(thrown) ? notInstalled(which) : thrown;
      });
    found.push(...answer.items);
    if (answer.next === '') return found;
    next = answer.next;
  }
  throw new LynceusError(
    'check-unasked',
    `more than ${PAGE * MOST_PAGES} objects have the labels ${scope.labelSelector}`,
    { hint: 'choose labels that say more' },
  );
}

function isNotFound(thrown: unknown): boolean {
  return thrown instanceof LynceusError && thrown.code === 'kube-not-found';
}

function notInstalled(which: AnalysisQuestion['resource']): LynceusError {
  return new LynceusError('check-unasked', `the API server does not know ${SCOPES[which].resource.plural}`, {
    hint: 'install Argo Rollouts, or check which cluster is meant',
  });
}
