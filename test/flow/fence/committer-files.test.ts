import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applicationsOf, expectAttempts, observe, type Observed } from './attempt.ts';
import { FILES } from './committer-files.ts';
import { startFence } from './fence-world.ts';

describe('a committer of hostile files', () => {
  let observed: Observed;
  let memory = 0;

  beforeAll(async () => {
    const world = await startFence(applicationsOf(FILES));
    const before = process.memoryUsage.rss();
    observed = await observe(world);
    memory = process.memoryUsage.rss() - before;
  });

  afterAll(() => observed.world.stop());

  expectAttempts(FILES, () => observed);

  test('reading them costs neither much memory nor much time', () => {
    expect(memory / 1024 / 1024).toBeLessThan(900);
    expect(observed.report.seconds).toBeLessThan(60);
  });
});
