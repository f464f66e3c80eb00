import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDryRunWriter } from '../../src/writers/dry-run-writer.ts';
import { branchesOf, headOf, commitTo } from '../helpers/git-world.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './git/writer-world.ts';
import { aCommit, aFile, aPlaceAt, aSet } from './plans.ts';

vi.setConfig({ testTimeout: 60_000 });

let world: WriterWorld;
beforeEach(() => {
  world = createWriterWorld();
});
afterEach(() => world.remove());

function dryRunWriter() {
  return createDryRunWriter(world.writer(), { editOptions: { createMissing: true } });
}

it('shows what a real run would do, and does not do it', async () => {
  const remote = world.remote({ 'a.yaml': 'tag: 1.0\n', 'b.yaml': 'tag: "2.0"\n', 'c.yaml': 'tag: 9.9\n' });
  const head = headOf(remote, 'main');
  const set = aSet(
    aPlaceAt(remote),
    aCommit('a', aFile('a.yaml', { from: '1.0', to: '1.1' }), aFile('new.yaml', { to: '1.0' })),
    aCommit('b', aFile('b.yaml', { from: '1.0', to: '2.0' })),
    aCommit('c', aFile('c.yaml', { from: '1.0', to: '1.1' })),
  );
  const session = dryRunWriter().open();
  const shown = await session.apply(set, LASTING);
  await session.close();
  expect(shown.map(outcomeOf)).toEqual(['shown', 'unchanged', 'changed-meanwhile']);
  expect(world.operations).toEqual(['fetch']);
  expect(headOf(remote, 'main')).toBe(head);
  const real = world.writer({ editOptions: { createMissing: true } }).open();
  const pushed = await real.apply(set, LASTING);
  await real.close();
  expect(pushed.map(({ diff }) => diff)).toEqual(shown.map(({ diff }) => diff));
  expect(shown[0]?.diff).toContain('--- /dev/null\n+++ b/new.yaml\n');
});

it('says when the push branch holds it already, also when its name was rendered', async () => {
  const remote = world.remote();
  const place = aPlaceAt(remote, { push: 'updates-{{.SHA256}}' });
  const set = {
    ...aSet(place, aCommit('m', aFile('app.yaml', { from: '1.0', to: '1.1' }))),
    pushBranch: 'updates-1',
  };
  const real = world.writer().open();
  await real.apply(set, LASTING);
  await real.close();
  const session = dryRunWriter().open();
  expect((await session.apply(set, LASTING)).map(outcomeOf)).toEqual(['unchanged']);
  expect((await session.apply({ ...set, pushBranch: 'updates-2' }, LASTING)).map(outcomeOf)).toEqual([
    'shown',
  ]);
  commitTo(remote, 'updates-1', { 'README.md': 'by hand' });
  await session.close();
  const again = dryRunWriter().open();
  expect((await again.apply(set, LASTING)).map(outcomeOf)).toEqual(['branch-foreign']);
  await again.close();
  expect(branchesOf(remote)).toEqual(['main', 'updates-1']);
});

it('reads like the real one', async () => {
  const session = dryRunWriter().open();
  const states = await session.read(aPlaceAt(world.remote()), [{ candidates: ['app.yaml'] }], LASTING);
  await session.close();
  expect(states).toEqual([{ kind: 'text', path: 'app.yaml', text: 'tag: 1.0\n' }]);
});

it('says why a remote cannot be read', async () => {
  const session = dryRunWriter().open();
  const results = await session.apply(
    aSet(aPlaceAt('/nonexistent'), aCommit('m', aFile('a', { to: '1' }))),
    LASTING,
  );
  await session.close();
  expect(results.map(outcomeOf)).toEqual(['git-unreachable']);
});
