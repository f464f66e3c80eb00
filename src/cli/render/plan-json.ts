import { formatInstant } from '../../core/instant.ts';
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
      ...imageToJson(result),
      outcome: result.outcome,
      code: result.code,
      reason: result.reason,
      current: versionText(result.current) ?? null,
      candidate: versionText(result.candidate) ?? null,
      heldUntil: result.heldUntil === undefined ? null : formatInstant(result.heldUntil),
      warnings: (result.warnings ?? []).map(({ code, message }) => ({ code, message })),
    })),
    problems: report.problems.map(problemToJson),
  };
}

function change(result: ImageResult): PlanOutput['changes'][number] {
  return {
    ...imageToJson(result),
    code: result.code,
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

/** Which image of which Application a result is about. */
export function imageToJson({
  application: { name, namespace },
  alias,
  image,
}: Pick<ImageResult, 'application' | 'alias' | 'image'>) {
  return { application: name, namespace, alias, image };
}

export function problemToJson({
  application: { name, namespace },
  code,
  key,
  value,
  message,
}: Problem): PlanOutput['problems'][number] {
  return { application: name, namespace, code, key, value, message };
}
