import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { git } from '../../helpers/git-world.ts';
import { applicationsOf, expectAttempts, observe, type Observed } from './attempt.ts';
import { startFence } from './fence-world.ts';
import { BOUNDS } from './tenant-bounds.ts';

describe('a tenant who asks for too much', () => {
  let observed: Observed;

  beforeAll(async () => {
    observed = await observe(
      await startFence(applicationsOf(BOUNDS), { config: { writeBack: { createMissing: true } } }),
    );
  });

  afterAll(() => observed.world.stop());

  expectAttempts(BOUNDS, () => observed);

  test('the remote can be checked out everywhere', () => {
    const strict = ['-c', 'core.protectNTFS=true', '-c', 'core.protectHFS=true'];
    const { shared, flow } = observed.world;
    expect(() => git(shared, [...strict, 'fsck', '--strict', '--no-dangling'])).not.toThrow();
    expect(() => git(shared, [...strict, 'clone', '--quiet', shared, `${flow.folder}/clone`])).not.toThrow();
  });

  test('nothing was asked for what was refused', () => {
    expect(observed.report.seconds).toBeLessThan(15);
    expect(observed.world.http.requests.filter(({ line }) => line.includes('/hostile/'))).toEqual([]);
  });
});
