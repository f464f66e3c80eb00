import { describe, expect, test } from 'vitest';
import type { PauseRequest, PauseResult } from '../../src/app/compose.ts';
import { pauseOutput } from '../../src/cli/render/json-contract.ts';
import { fakeApp, kept, run } from './run-in-process.ts';

const ADA = { by: 'Ada', reason: 'outage', since: Date.parse('2026-05-04T10:00:00Z') };

const PAUSED: PauseResult = {
  application: undefined,
  changed: true,
  pauses: { everything: ADA },
  message: 'everything automatic is paused by Ada; lynceus resume ends it',
  notes: ['the configuration pauses\neverything as well'],
};

async function ran(
  argv: readonly string[],
  result: Partial<PauseResult> = {},
  env: Readonly<Record<string, string>> = {},
) {
  const asked: (PauseRequest & { readonly namespace?: string | undefined })[] = [];
  const { app } = fakeApp({
    pause: async (request) => {
      asked.push(request);
      return await Promise.resolve({ ...PAUSED, ...result });
    },
  });
  return { ...(await run(argv, { app, env })), asked };
}

describe('lynceus pause and resume', () => {
  test.each<readonly [argv: readonly string[], asked: Readonly<Record<string, unknown>>]>([
    [['pause'], { kind: 'pause', application: undefined, reason: '', namespace: undefined }],
    [['pause', '--by', 'Bob', '--reason', 'fair'], { kind: 'pause', by: 'Bob', reason: 'fair' }],
    [['pause', 'shop'], { kind: 'pause', application: 'shop' }],
    [['resume'], { kind: 'resume', application: undefined }],
    [['resume', 'argocd/shop', '--namespace', 'tools'], { application: 'argocd/shop', namespace: 'tools' }],
  ])('%j', async (argv, request) => {
    const { exitCode, asked } = await ran(argv);
    expect([exitCode, asked]).toMatchObject([0, [request]]);
  });

  test('is by who runs it, unless somebody is named', async () => {
    const { asked } = await ran(['pause'], {}, { GIT_AUTHOR_NAME: 'Ada', USER: 'root' });
    expect(asked).toMatchObject([{ by: 'Ada' }]);
  });

  test('prints what is paused, and apart from it what should be known', async () => {
    const { stdout, stderr } = await ran(['pause']);
    expect(stdout).toBe(`${PAUSED.message}\n`);
    expect(stderr).toContain('lynceus: the configuration pauses');
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('prints it as JSON', async () => {
    const { stdout } = await ran(['pause', '-o', 'json']);
    expect(kept(pauseOutput, stdout)).toMatchObject({
      application: null,
      changed: true,
      everything: { by: 'Ada', reason: 'outage', since: '2026-05-04T10:00:00Z' },
      rollbacks: null,
    });
    const other = await ran(['resume', 'shop', '-o', 'json'], {
      application: { namespace: 'argocd', name: 'shop' },
      pauses: { rollbacks: { by: '', reason: '', since: undefined } },
    });
    expect(kept(pauseOutput, other.stdout)).toMatchObject({
      application: { namespace: 'argocd', name: 'shop' },
      everything: null,
      rollbacks: { by: '', since: null },
    });
  });

  test.each([[['pause', 'a', 'b']], [['resume', '--reason', 'x']], [['pause', '--dry-run']]])(
    '%j is refused',
    async (argv) => {
      expect((await ran(argv)).exitCode).toBe(2);
    },
  );

  test('with Applications from files it names what to write instead', async () => {
    const { exitCode, stderr } = await run(['pause', '--applications', '/nowhere']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('argocd-image-updater.argoproj.io/pause');
  });
});
