import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CycleReport } from '../../../src/core/report.ts';
import { readAt, revertHead } from '../../helpers/git-world.ts';
import { pushImage } from '../../helpers/push-image.ts';
import { FORGED, forge } from './committer-records.ts';
import { anAppProject, startFence, type FenceWorld } from './fence-world.ts';

const NAMES = FORGED.map((_, index) => `r${String(index).padStart(2, '0')}`);

describe('a committer who forges records', () => {
  let world: FenceWorld;
  let first: CycleReport;
  let second: CycleReport;

  beforeAll(async () => {
    const applications = NAMES.map((name) => [
      name,
      {
        namespace: 'team-good',
        project: 'good',
        source: { repoURL: `<git>/good/${name}.git`, path: 'app' },
        annotations: { 'a.rollback': 'until-released' },
      },
    ]);
    const files = { 'app/values.yaml': 'image:\n  tag: 1.0.0\n' };
    world = await startFence(Object.fromEntries(applications) as Parameters<typeof startFence>[0], {
      remotes: Object.fromEntries(NAMES.map((name) => [`good/${name}.git`, files])),
      projects: [anAppProject('good', { sourceNamespaces: ['team-good'], sourceRepos: ['<git>/**'] })],
    });
    first = await world.run();
    for (const [index, { rolledBack, forgery }] of FORGED.entries()) {
      const name = NAMES[index] ?? '';
      const remote = `${world.root}/good/${name}.git`;
      if (rolledBack) revertHead(remote, 'main');
      if (forgery !== undefined) forge(remote, name, forgery);
    }
    await pushImage(world.places.registry, 'acme/api', '1.2.0');
    second = await world.run();
  });

  afterAll(() => world.stop());

  test('everything is updated before', () => {
    expect(first.images.map(({ outcome }) => outcome)).toEqual(Array(NAMES.length + 2).fill('updated'));
  });

  test.each(FORGED.map(({ what, rolledBack }, index) => [what, rolledBack, NAMES[index] ?? ''] as const))(
    '%s does not count (rolled back: %s)',
    (_what, rolledBack, name) => {
      const [image] = second.images.filter(({ application }) => application.name === name);
      const text = readAt(`${world.root}/good/${name}.git`, 'main', 'app/values.yaml');
      expect(`${image?.outcome}: ${image?.code}`, image?.reason).toBe(
        rolledBack ? 'held: rolled-back' : 'updated: newer-version',
      );
      expect(text).toContain(rolledBack ? 'tag: 1.0.0' : 'tag: 1.2.0');
    },
  );
});
