import { versionText } from '../../core/presence.ts';
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
      current: versionText(result.current) ?? null,
      candidate: versionText(result.candidate) ?? null,
    })),
    problems: report.problems.map(problemToJson),
  };
}

function change(result: ImageResult): PlanOutput['changes'][number] {
  return {
    ...identity(result),
    from: versionText(result.current) ?? null,
    to: versionText(result.candidate) ?? null,
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
