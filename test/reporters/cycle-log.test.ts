import { describe, expect, test } from 'vitest';
import type { CycleReport } from '../../src/core/report.ts';
import { createCycleLog, OUTCOME_MESSAGES } from '../../src/reporters/cycle-log.ts';
import { createLog } from '../../src/reporters/log.ts';
import { summarize } from '../../src/reporters/summary.ts';
import { image, IMAGES, problem, report } from './reports.ts';

async function linesOf(cycle: CycleReport): Promise<readonly Record<string, unknown>[]> {
  const lines: string[] = [];
  const log = createLog({
    level: 'trace',
    format: 'json',
    destination: (line) => lines.push(line),
    now: () => 0,
  });
  await createCycleLog(log).report(cycle);
  return lines.map((line) => {
    const { time: _, ...rest } = JSON.parse(line) as Record<string, unknown>;
    return rest;
  });
}

const COMMON = { cycle: 'c-1', application: 'argocd/shop', image_name: 'ghcr.io/acme/api' };

const HOUR = 3_600_000;

describe('the log of a cycle', () => {
  test('has a warning once an hour while it stays, and a new one at once', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'warn', format: 'json', destination: (line) => lines.push(line) });
    const reporter = createCycleLog(log);
    const of = (message: string) => ({ code: 'hold-without-effect', message }) as const;
    async function warned(startedAt: number, ...messages: readonly string[]): Promise<readonly unknown[]> {
      lines.length = 0;
      const images = [image('current', { alias: 'web', warnings: messages.map(of) }), image('current')];
      await reporter.report(report({ startedAt, images }));
      return lines.map((line) => (JSON.parse(line) as { reason: string }).reason);
    }
    expect(await warned(0, 'a')).toEqual(['a']);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      ...COMMON,
      alias: 'web',
      level: 'warning',
      msg: 'image has a warning',
      code: 'hold-without-effect',
    });
    expect(await warned(HOUR / 2, 'a', 'b')).toEqual(['b']);
    expect(await warned(HOUR, 'a', 'b')).toEqual(['a']);
    expect(await warned(0, 'b')).toEqual(['b']);
    expect(await warned(1)).toEqual([]);
  });

  test('has an ImageUpdater that cannot be read once an hour while it stays, and other problems in each cycle', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'warn', format: 'json', destination: (line) => lines.push(line) });
    const reporter = createCycleLog(log);
    const bad = problem({
      application: { namespace: 'argocd', name: '' },
      updater: IMAGES,
      code: 'updater-invalid',
    });
    async function logged(startedAt: number, ...messages: readonly string[]): Promise<readonly unknown[]> {
      lines.length = 0;
      const problems = [problem({ message: 'other' }), ...messages.map((message) => ({ ...bad, message }))];
      await reporter.report(report({ startedAt, problems }));
      return lines.map((line) => (JSON.parse(line) as { reason: string }).reason);
    }
    expect(await logged(0, 'a')).toEqual(['other', 'a']);
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ updater: 'argocd/images', code: 'updater-invalid' });
    expect(lines[1]).not.toContain('"application"');
    expect(await logged(1, 'a')).toEqual(['other']);
    expect(await logged(2, 'a', 'b')).toEqual(['other', 'b']);
    expect(await logged(HOUR, 'a')).toEqual(['other', 'a']);
    expect(await logged(HOUR + 1)).toEqual(['other']);
    expect(await logged(HOUR + 2, 'a')).toEqual(['other', 'a']);
  });

  test('has one line for each image, with its outcome and why', async () => {
    const cycle = report({
      images: [
        image('updated', {
          alias: 'web',
          code: 'newer-version',
          reason: '1.4.2 is newer',
          candidate: { tag: '1.4.2', digest: 'sha256:ab' },
          path: 'shop/values.yaml',
          branch: 'main',
          commit: 'f00d',
        }),
        image('current'),
      ],
    });
    expect((await linesOf(cycle)).slice(0, -1)).toEqual([
      {
        ...COMMON,
        level: 'info',
        msg: 'image updated',
        alias: 'web',
        outcome: 'updated',
        code: 'newer-version',
        reason: '1.4.2 is newer',
        from: '1.4.1',
        to: '1.4.2@sha256:ab',
        path: 'shop/values.yaml',
        branch: 'main',
        commit: 'f00d',
      },
      {
        ...COMMON,
        level: 'info',
        msg: 'image is up to date',
        outcome: 'current',
        code: 'up-to-date',
        reason: '1.4.1 is the newest that is allowed',
        from: '1.4.1',
      },
    ]);
  });

  test.each([
    ['updated', 'newer-version', 'info', 'image updated'],
    ['update', 'newer-version', 'info', 'image would be updated'],
    ['current', 'up-to-date', 'info', 'image is up to date'],
    ['current', 'already-proposed', 'info', 'image is up to date'],
    ['held', 'up-to-date', 'info', 'image is held'],
    ['skipped', 'no-matching-tag', 'info', 'image skipped'],
    ['failed', 'registry-unreachable', 'warning', 'image failed'],
    ['failed', 'registry-denied', 'error', 'image failed'],
  ] as const)('says of %s (%s), as %s, %j', async (outcome, code, level, msg) => {
    const [line] = await linesOf(report({ images: [image(outcome, { code })] }));
    expect(line).toMatchObject({ level, msg, outcome, code });
  });

  test('speaks of success only where something was written', () => {
    const success = /updated$|success|written|done/;
    const boasting = Object.entries(OUTCOME_MESSAGES).filter(([, message]) => success.test(message));
    expect(boasting.map(([outcome]) => outcome)).toEqual(['updated', 'update']);
    expect(OUTCOME_MESSAGES.update).toContain('would');
  });

  test('shows a digest without a tag, and an Application without a namespace', async () => {
    const current = { name: undefined, tag: undefined, digest: 'sha256:cd' };
    const [line] = await linesOf(
      report({ images: [image('held', { current, application: { namespace: '', name: 'shop' } })] }),
    );
    expect(line).toMatchObject({ from: 'sha256:cd', application: 'shop' });
  });

  test('reports problems and failures, too', async () => {
    const cycle = report({
      problems: [problem({ alias: 'web' })],
      failures: [
        { code: 'applications-unreadable', message: 'no such file' },
        { code: 'internal', message: 'oops' },
      ],
    });
    expect((await linesOf(cycle)).slice(0, -1)).toEqual([
      {
        cycle: 'c-1',
        level: 'warning',
        msg: 'manifest has a problem',
        application: 'argocd/shop',
        alias: 'web',
        code: 'annotation-invalid',
        key: 'a/image-list',
        value: 'x',
        reason: 'expected y',
      },
      {
        cycle: 'c-1',
        level: 'warning',
        msg: 'a part of the cycle failed',
        code: 'applications-unreadable',
        reason: 'no such file',
      },
      { cycle: 'c-1', level: 'error', msg: 'a part of the cycle failed', code: 'internal', reason: 'oops' },
    ]);
  });

  test('ends with the line of Argo CD Image Updater, and what the cycle cost', async () => {
    const images = [image('updated'), image('skipped'), image('held'), image('failed'), image('current')];
    expect((await linesOf(report({ images, applications: 4 }))).at(-1)).toEqual({
      cycle: 'c-1',
      level: 'info',
      msg: 'Processing results: applications=4 images_considered=5 images_skipped=1 images_updated=1 errors=1',
      images_to_update: 0,
      images_held: 1,
      dry_run: false,
      seconds: 1.235,
      registry_requests: 3,
      git_fetches: 2,
      git_pushes: 1,
    });
  });

  test('says that there was nothing to do, too', async () => {
    const lines = await linesOf(report({ applications: 0 }));
    expect(lines).toMatchObject([
      {
        msg: 'Processing results: applications=0 images_considered=0 images_skipped=0 images_updated=0 errors=0',
      },
    ]);
  });
});

describe('the numbers of a cycle', () => {
  test('count what a dry run would write apart from what was written', () => {
    expect(summarize(report({ dryRun: true, images: [image('update'), image('update')] }))).toMatchObject({
      imagesUpdated: 0,
      imagesToUpdate: 2,
      errors: 0,
    });
  });

  test('count a problem once, when an image failed for it', () => {
    const failed = image('failed', { alias: 'web' });
    const counts = (problems: CycleReport['problems']): number =>
      summarize(report({ images: [failed], problems })).errors;
    expect(counts([problem({ alias: 'web' }), problem({ alias: 'web' })])).toBe(1);
    expect(counts([problem({ alias: 'api' })])).toBe(2);
    expect(counts([problem()])).toBe(2);
    expect(counts([problem({ alias: 'web', application: { namespace: 'other', name: 'shop' } })])).toBe(2);
  });

  test('count failures of the cycle as errors', () => {
    expect(summarize(report({ failures: [{ code: 'applications-unreadable', message: 'x' }] })).errors).toBe(
      1,
    );
  });
});
