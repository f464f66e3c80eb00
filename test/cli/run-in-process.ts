import { expect } from 'vitest';
import type { z } from 'zod';
import type { Lynceus } from '../../src/app/compose.ts';
import type { Daemon } from '../../src/app/daemon.ts';
import type { Config } from '../../src/config/config.ts';
import type { App } from '../../src/cli/command-context.ts';
import type { TextSink } from '../../src/cli/io.ts';
import { runCli } from '../../src/cli/program.ts';
import type { CycleReport, ImageResult } from '../../src/core/report.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly app?: App;
  readonly terminal?: boolean;
  readonly signal?: AbortSignal;
}

/** One command line, in this process, with the real parts unless another app is given. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const stdout = collector(options.terminal ?? false);
  const stderr = collector(options.terminal ?? false);
  const io = {
    self: 'lynceus',
    argv,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...options.env },
    stdout,
    stderr,
    signal: options.signal ?? new AbortController().signal,
  };
  const exitCode = await runCli(io, options.app);
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

function collector(isTTY: boolean): TextSink & { text: () => string } {
  let text = '';
  return { isTTY, columns: 100, write: (more) => void (text += more), text: () => text };
}

/** The output as its contract describes it: every key that is promised, and no other. */
export function kept<T extends z.ZodType>(contract: T, json: string): z.infer<T> {
  const output: unknown = JSON.parse(json);
  const promised = contract.parse(output);
  expect(output).toEqual(promised);
  return promised;
}

/** What the commands asked of the fake. */
export interface Asked {
  readonly configs: Config[];
  readonly cycles: { readonly dryRun: boolean }[];
  readonly tests: unknown[];
  prepared: number;
  closed: number;
}

/** An app whose Lynceus answers with what the test gives it. */
export function fakeApp(
  answers: Partial<
    Pick<Lynceus, 'prepare' | 'runCycle' | 'testImage' | 'lint' | 'permissions' | 'pipeline' | 'pause'>
  > & {
    readonly startDaemon?: App['startDaemon'];
  },
): {
  readonly app: App;
  readonly asked: Asked;
} {
  const asked: Asked = { configs: [], prepared: 0, cycles: [], tests: [], closed: 0 };
  const unexpected = (): never => {
    throw new Error('the command asked for something that the test did not expect');
  };
  const app: App = {
    compose: async (config) => {
      asked.configs.push(config);
      return {
        prepare: async (signal) => {
          asked.prepared += 1;
          await answers.prepare?.(signal);
        },
        runCycle: async (options, signal) => {
          asked.cycles.push({ dryRun: options.dryRun });
          return await (answers.runCycle ?? unexpected)(options, signal);
        },
        testImage: async (request, signal) => {
          asked.tests.push(request);
          return await (answers.testImage ?? unexpected)(request, signal);
        },
        testTracked: unexpected,
        explainImage: unexpected,
        evaluate: unexpected,
        tryCheck: unexpected,
        override: unexpected,
        promote: unexpected,
        pipeline: async (application, signal) => await (answers.pipeline ?? unexpected)(application, signal),
        pause: async (request, signal) => await (answers.pause ?? unexpected)(request, signal),
        verification: { dueAt: () => undefined, takesLead: () => undefined, losesLead: () => undefined },
        noticesSent: async () => undefined,
        tryServices: unexpected,
        recipientsOf: unexpected,
        convert: unexpected,
        lint: async (signal) => await (answers.lint ?? unexpected)(signal),
        permissions: async (signal) => await (answers.permissions ?? unexpected)(signal),
        metrics: {
          text: async () => '',
          contentType: 'text/plain',
          cycleEndedEarly: () => undefined,
          webhookRequest: () => undefined,
        },
        status: undefined,
        cluster: undefined,
        close: async () => {
          asked.closed += 1;
        },
      };
    },
    startDaemon: answers.startDaemon ?? (async (): Promise<Daemon> => unexpected()),
  };
  return { app, asked };
}

export function report(parts: Partial<CycleReport> = {}): CycleReport {
  return {
    cycle: 'c1',
    startedAt: 0,
    seconds: 0.25,
    dryRun: true,
    applications: 1,
    images: [],
    problems: [],
    failures: [],
    costs: { registryRequests: 3, gitFetches: 1, gitPushes: 0 },
    diffs: [],
    ...parts,
  };
}

export function imageResult(parts: Partial<ImageResult> = {}): ImageResult {
  return {
    application: { namespace: 'argocd', name: 'shop' },
    alias: 'api',
    image: 'ghcr.io/acme/api',
    outcome: 'update',
    code: 'newer-version',
    reason: '1.2.4 is the newest version that ^1 allows',
    current: { name: 'ghcr.io/acme/api', tag: '1.2.3', digest: undefined },
    candidate: { tag: '1.2.4', digest: undefined },
    writer: 'git',
    place: {
      git: {
        remote: parseGitRemote('https://git.example/deploy.git'),
        base: 'main',
        push: undefined,
        credentials: { kind: 'repocreds' },
      },
      file: { kind: 'helm-values', path: 'shop/values.yaml' },
    },
    path: 'shop/values.yaml',
    commit: undefined,
    branch: 'main',
    ...parts,
  };
}
