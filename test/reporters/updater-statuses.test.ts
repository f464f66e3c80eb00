import { expect, test } from 'vitest';
import type { CycleReport } from '../../src/core/report.ts';
import { readUpdaterStatus } from '../../src/argocd/parse-updater-status.ts';
import { IMAGE_UPDATERS, type KubeObject } from '../../src/kube/kube-client.ts';
import type { Reporter } from '../../src/ports/reporter.ts';
import { createUpdaterStatuses } from '../../src/reporters/updater-statuses.ts';
import { updaterManifest } from '../argocd/an-updater.ts';
import type { KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { collectLog, type LogLine } from '../helpers/logs.ts';
import { createTimeline, type Timeline } from '../helpers/timeline.ts';
import { connect, startServer } from '../kube/stand-in.ts';
import { image, IMAGES, report, updater } from './reports.ts';

const FAILED = image('failed', { alias: 'api', code: 'registry-denied', updater: IMAGES });
const SPEC = { applicationRefs: [{ namePattern: '*', images: [{ alias: 'api', imageName: 'acme/api' }] }] };

interface World {
  readonly server: KubeStandIn;
  readonly clock: Timeline;
  readonly statuses: Reporter;
  readonly lines: readonly LogLine[];
  put(namespace?: string, name?: string): KubeObject;
  /** The status that the API server has. */
  statusOf(namespace?: string, name?: string): unknown;
  /** How often the status was written, refusals included. */
  writes(): number;
}

async function world(): Promise<World> {
  const server = await startServer();
  const kube = await connect(server);
  const clock = createTimeline();
  const { log, lines } = collectLog();
  return {
    server,
    clock,
    lines,
    statuses: createUpdaterStatuses({ kube, clock, log }),
    put: (namespace = 'argocd', name = 'images') =>
      server.objects.put(IMAGE_UPDATERS, updaterManifest(SPEC, { namespace, name }) as KubeObject),
    statusOf: (namespace = 'argocd', name = 'images') =>
      server.objects.get(IMAGE_UPDATERS, namespace, name)?.['status'],
    writes: () => server.requests.filter(({ subresource }) => subresource === 'status').length,
  };
}

/** A cycle that saw what the API server has. */
function cycleOf({ server }: World, rest: Partial<CycleReport> = {}): CycleReport {
  const status = readUpdaterStatus(server.objects.get(IMAGE_UPDATERS, 'argocd', 'images'));
  const images = rest.images ?? [FAILED];
  const updaters = [updater(images, status === undefined ? {} : { status })];
  return report({ images, updaters, ...rest });
}

test('the status is written when something changes, and every ten minutes', async () => {
  const here = await world();
  here.put();
  await here.statuses.report(cycleOf(here));
  expect(here.statusOf()).toMatchObject({
    observedGeneration: 1,
    lastCheckedAt: '2026-01-01T00:00:00Z',
    applicationsMatched: 1,
    imagesManaged: 1,
    imagesNotUpdatedTotal: 1,
    imagesNotUpdated: [{ application: 'argocd/shop', alias: 'api', code: 'registry-denied' }],
  });
  for (let minutes = 2; minutes < 10; minutes += 2) {
    await here.clock.pass(120_000);
    await here.statuses.report(cycleOf(here));
  }
  expect(here.writes()).toBe(1);
  await here.clock.pass(120_000);
  await here.statuses.report(cycleOf(here));
  expect(here.writes()).toBe(2);
  expect(here.statusOf()).toMatchObject({ lastCheckedAt: '2026-01-01T00:10:00Z' });
  await here.statuses.report(
    cycleOf(here, { images: [image('current', { alias: 'api', updater: IMAGES })] }),
  );
  expect(here.statusOf()).toMatchObject({ imagesManaged: 1 });
  expect(here.statusOf()).not.toHaveProperty('imagesNotUpdated');
  expect(here.statusOf()).not.toHaveProperty('imagesNotUpdatedTotal');
  expect(here.server.verbs()).toEqual(
    new Set(['patch argocd-image-updater.argoproj.io/imageupdaters/status']),
  );
});

test('another process goes on from the status that it finds', async () => {
  const here = await world();
  here.put();
  await here.statuses.report(cycleOf(here));
  const { log } = collectLog();
  const next = createUpdaterStatuses({ kube: await connect(here.server), clock: here.clock, log });
  await here.clock.pass(120_000);
  await next.report(cycleOf(here));
  expect(here.writes()).toBe(1);
});

test('a watch that is behind, and a definition without the list, make no writes', async () => {
  const here = await world();
  here.put();
  const cycle = cycleOf(here);
  await here.statuses.report(cycle);
  await here.clock.pass(60_000);
  await here.statuses.report(cycle);
  const {
    imagesNotUpdated: _list,
    imagesNotUpdatedTotal: _total,
    ...kept
  } = here.statusOf() as object & {
    imagesNotUpdated: unknown;
    imagesNotUpdatedTotal: unknown;
  };
  const status = readUpdaterStatus({ status: kept }) ?? {};
  await here.statuses.report({ ...cycle, updaters: [updater([FAILED], { status })] });
  expect(here.writes()).toBe(1);
});

test('a dry run, and a cycle that knows of no resource, write nothing', async () => {
  const here = await world();
  here.put();
  await here.statuses.report(cycleOf(here, { dryRun: true, images: [{ ...FAILED, outcome: 'update' }] }));
  await here.statuses.report(report({ images: [image('updated')] }));
  expect(here.server.requests).toEqual([]);
});

test('a right that is missing in one namespace is one warning, and others are written', async () => {
  const here = await world();
  const [group, resource] = ['argocd-image-updater.argoproj.io', 'imageupdaters/status'];
  here.server.setRules([
    { apiGroups: [group], resources: [resource], verbs: ['patch'], namespace: 'argocd' },
  ]);
  here.put();
  for (const name of ['a', 'b', 'c']) here.put('team', name);
  const ours = ['a', 'b', 'c'].map((name) => updater([], { namespace: 'team', name, uid: name }));
  for (let cycles = 0; cycles < 3; cycles += 1)
    await here.statuses.report(cycleOf(here, { updaters: [...ours, updater([FAILED])] }));

  expect(here.statusOf()).toMatchObject({ imagesManaged: 1 });
  expect(here.statusOf('team', 'a')).toBeUndefined();
  const warnings = here.lines.filter(({ level }) => level === 'warn');
  expect(warnings).toHaveLength(1);
  expect(JSON.stringify(warnings)).toContain(`resources [\\"${resource}\\"], verbs [\\"patch\\"]`);

  here.server.setRules(undefined);
  await here.statuses.report(cycleOf(here, { updaters: [...ours, updater([FAILED])] }));
  expect(here.statusOf('team', 'c')).toMatchObject({ applicationsMatched: 0 });
});

test('a resource that is gone, or its definition, is nothing to speak of', async () => {
  const here = await world();
  await here.statuses.report(cycleOf(here));
  here.server.setMissing(['argocd-image-updater.argoproj.io/imageupdaters']);
  await here.statuses.report(cycleOf(here));
  expect(here.writes()).toBe(2);
  expect(here.lines).toEqual([]);
});

test('an API server that does not answer keeps a cycle for ten seconds, and the next one writes', async () => {
  const here = await world();
  here.put();
  let answer: (value: unknown) => void = () => undefined;
  const until = new Promise((resolve) => (answer = resolve));
  here.server.inject({ match: { verb: 'patch' }, fault: { kind: 'hold', until } });
  const reporting = here.statuses.report(cycleOf(here));
  await here.server.seen({ verb: 'patch' });
  await here.clock.pass(10_000);
  await reporting;
  answer(undefined);
  expect(here.lines.map(({ level }) => level)).toEqual(['warn']);
  await here.statuses.report(cycleOf(here));
  expect(here.statusOf()).toMatchObject({ imagesManaged: 1 });
});

test('who has many resources lets the others go first', async () => {
  const here = await world();
  const many = Array.from({ length: 30 }, (_, index) =>
    updater([], { namespace: 'many', name: `n${index}`, uid: `n${index}` }),
  );
  for (const { namespace, name } of many) here.put(namespace, name);
  here.put();
  await here.statuses.report(report({ updaters: [...many, updater([])] }));
  const order = here.server.requests.map(({ namespace }) => namespace);
  expect(order).toHaveLength(31);
  expect(order.slice(0, 4)).toContain('argocd');
});
