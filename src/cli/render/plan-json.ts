import type { ChosenImage } from '../../core/change.ts';
import type { PresentImage } from '../../core/policy.ts';
import type { CycleReport, ImageResult } from '../../core/report.ts';
import type { Problem } from '../../core/problem.ts';
import type { PlanOutput } from './json-contract.ts';

export function planToJson(report: CycleReport): PlanOutput {
  return {
    changes: report.images
      .filter((result) => result.outcome === 'update' || result.outcome === 'updated')
      .map(change),
    images: report.images.map((result) => ({
      ...identity(result),
      outcome: result.outcome,
      reason: result.reason,
      current: versionOrNull(result.current),
      candidate: versionOrNull(result.candidate),
    })),
    problems: report.problems.map(problemToJson),
  };
}

function change(result: ImageResult): PlanOutput['changes'][number] {
  return {
    ...identity(result),
    from: versionOrNull(result.current),
    to: versionOrNull(result.candidate),
    writer: result.writer ?? 'git',
    remote: result.place?.git.remote.written ?? null,
    branch: result.branch ?? null,
    path: result.path ?? null,
    pullRequest:
      result.pullRequest === undefined
        ? null
        : { action: result.pullRequest.action, url: result.pullRequest.url ?? null },
  };
}

function identity(result: ImageResult): {
  application: string;
  namespace: string;
  alias: string;
  image: string;
} {
  return {
    application: result.application.name,
    namespace: result.application.namespace,
    alias: result.alias,
    image: result.image,
  };
}

export function problemToJson(found: Problem): PlanOutput['problems'][number] {
  return {
    application: found.application.name,
    namespace: found.application.namespace,
    key: found.key,
    value: found.value,
    message: found.message,
  };
}

/** `tag`, `tag@digest`, a digest alone, or `null`. */
export function versionOrNull(version: PresentImage | ChosenImage | undefined): string | null {
  const { tag, digest } = version ?? {};
  if (tag === undefined || tag === '') return digest ?? null;
  return digest === undefined ? tag : `${tag}@${digest}`;
}
