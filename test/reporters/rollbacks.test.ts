import { expect, test } from 'vitest';
import { createLog } from '../../src/reporters/log.ts';
import { createMetrics } from '../../src/reporters/metrics.ts';
import { logRollbacks } from '../../src/reporters/rollback-log.ts';
import { rollbackNotices } from '../../src/reporters/rollback-notices.ts';
import { report, rollback } from './reports.ts';

const PROPOSED = rollback({
  outcome: 'proposed',
  branch: 'updates',
  pullRequest: { action: 'open', url: 'https://git.example/1' },
});
const FAILED = rollback({ outcome: 'failed', code: 'not-written', reason: 'no route to host' });
const HELD = rollback({ outcome: 'held', code: 'restored-version', reason: 'it was restored' });
const OF_ALL = rollback({ outcome: 'held', code: 'environment-at-fault', reason: 'it fails for 5 of 5' });
const CYCLE = report({ rollbacks: [rollback({ commit: 'feed' }), PROPOSED, FAILED, HELD, OF_ALL, OF_ALL] });

test('what was taken back is a warning, what could not be an error, and what holds many is one line', () => {
  const logged: string[] = [];
  logRollbacks(
    CYCLE,
    createLog({ level: 'info', format: 'json', destination: (line) => void logged.push(line) }),
  );
  const lines = logged.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  expect(lines.map(({ level, msg }) => `${String(level)} ${String(msg)}`)).toEqual([
    'warning rolled back by a check',
    'warning rolled back by a check',
    'error what failed could not be taken back',
    'error nothing is rolled back',
  ]);
  expect(lines[0]).toMatchObject({
    application: 'argocd/shop',
    check: 'slo-errors',
    versions: 'api 1.4.2 -> 1.4.1',
    failed_commit: 'c0ffee',
    commit: 'feed',
  });
  expect(lines[1]).toMatchObject({ branch: 'updates', pull_request: 'https://git.example/1' });
  expect(lines[3]).toMatchObject({ code: 'environment-at-fault', applications: 2 });
});

test('the Application has an event of what was taken back, and none where it is in no cluster', () => {
  expect(rollbackNotices(CYCLE).map(({ type, reason, message }) => `${type} ${reason}: ${message}`)).toEqual([
    'Warning RolledBack: the check slo-errors failed for 1.4.2, which is taken back to 1.4.1',
    'Warning RolledBack: the check slo-errors failed for 1.4.2, which is taken back to 1.4.1, as proposed by https://git.example/1',
    'Warning RollbackFailed: what failed could not be taken back: no route to host',
  ]);
  expect(
    rollbackNotices(report({ rollbacks: [rollback({ application: { namespace: '', name: 'x' } })] })),
  ).toEqual([]);
  expect(rollbackNotices(report({}))).toEqual([]);
});

test('each is counted by what became of it, and a dry run is not', async () => {
  const metrics = createMetrics({ version: '1.0.0' });
  await metrics.reporter.report(CYCLE);
  await metrics.reporter.report(report({ rollbacks: [rollback({ outcome: 'shown' })] }));
  const lines = (await metrics.text())
    .split('\n')
    .filter((line) => line.startsWith('lynceus_rollbacks_total'));
  expect(lines.toSorted()).toEqual([
    'lynceus_rollbacks_total{outcome="failed"} 1',
    'lynceus_rollbacks_total{outcome="held"} 3',
    'lynceus_rollbacks_total{outcome="proposed"} 1',
    'lynceus_rollbacks_total{outcome="written"} 1',
  ]);
});
