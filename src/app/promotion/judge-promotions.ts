import { annotationName } from '../../argocd/annotations.ts';
import { refusedFor } from '../../argocd/policy-reading.ts';
import { problemOf } from '../../argocd/problems.ts';
import type { Fence } from '../../core/permissions/fence.ts';
import type { TrackedImage } from '../../core/policy.ts';
import type { Problem } from '../../core/problem.ts';
import { promotionGraph, type PromotionGraph } from '../../core/promotion/graph.ts';
import type { PromotionFault } from '../../core/promotion/promotion-faults.ts';
import type { ReadPolicies } from '../read-policies.ts';

export interface JudgedPromotions extends ReadPolicies {
  readonly graph: PromotionGraph;
}

/** The same policies without images that name an upstream which they cannot have; each is a problem of its image. */
export function judgePromotions(policies: ReadPolicies, fence: Fence): JudgedPromotions {
  const graph = promotionGraph(policies.everywhere, fence);
  if (graph.faults.size === 0) return { ...policies, graph };
  const isSound = (tracked: TrackedImage): boolean => !graph.faults.has(tracked);
  const problems = policies.images.flatMap((tracked) => {
    const fault = graph.faults.get(tracked);
    return fault === undefined ? [] : [{ tracked, problem: promotionProblem(tracked, fault) }];
  });
  return {
    ...policies,
    graph,
    images: policies.images.filter(isSound),
    known: policies.known.filter(isSound),
    refused: [...policies.refused, ...problems.map(({ tracked, problem }) => refusedFor(tracked, problem))],
    problems: [...policies.problems, ...problems.map(({ problem }) => problem)],
  };
}

export function promotionProblem(
  { application, updater, alias, policy: { promotion } }: TrackedImage,
  { name, error }: PromotionFault,
): Problem {
  const key = promotion?.key ?? annotationName('promote-from');
  return problemOf(
    { application, alias, key, value: name.text, ...(updater === undefined ? {} : { updater }) },
    error,
  );
}
