import { describe, expect, test } from 'vitest';
import type { ImageResult } from '../../src/core/report.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { LynceusError } from '../../src/errors.ts';
import { APPLICATIONS, EVENTS, type KubeClient, type KubeObject } from '../../src/kube/kube-client.ts';
import type { Reporter } from '../../src/ports/reporter.ts';
import { applicationKey } from '../../src/core/identity/application.ts';
import { createKubernetesEvents } from '../../src/reporters/kubernetes-events.ts';
import type { KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { collectLog, type LogLine } from '../helpers/logs.ts';
import { createTimeline, type Timeline } from '../helpers/timeline.ts';
import { anApplication, connect, startServer } from '../kube/stand-in.ts';
import { image, IMAGES, problem, report, updater } from './reports.ts';

const MINUTE = 60_000;
const DENIED = image('failed', { alias: 'api', code: 'registry-denied', reason: 'ghcr.io says 401' });
const HELD = image('held', { code: 'up-to-date', reason: 'somebody went back to 1.4.0' });

interface World {
  readonly server: KubeStandIn;
  readonly clock: Timeline;
  readonly events: Reporter;
  readonly lines: readonly LogLine[];
  /** Events as the API server has them, in the order of their names, without what it adds. */
  all(namespace?: string): readonly KubeObject[];
}

async function world(options: { readonly disabled?: boolean } = {}): Promise<World> {
  const server = await startServer();
  const kube = await connect(server);
  const clock = createTimeline();
  const { log, lines } = collectLog();
  return {
    server,
    clock,
    lines,
    events: createKubernetesEvents({ kube, clock, log, ...options }),
    all: (namespace) => server.objects.list(EVENTS, namespace),
  };
}

/** The fields that a person sees. */
function shown(event: KubeObject | undefined): unknown {
  const { type, reason, message, count } = event ?? {};
  return { type, reason, message, count };
}

describe('the event of an updated Application', () => {
  test('is that of Argo CD Image Updater, with the uid that makes kubectl and Argo CD show it', async () => {
    const { server, events, all } = await world();
    const uid = server.objects.put(APPLICATIONS, anApplication('shop')).metadata?.['uid'];
    const images = [
      image('updated', { alias: 'api', candidate: { tag: '1.4.2', digest: undefined } }),
      image('current'),
      image('updated', {
        image: 'nginx',
        current: undefined,
        candidate: { tag: 'stable', digest: `sha256:${'a'.repeat(64)}` },
      }),
    ];

    await events.report(
      report({
        images,
        uids: new Map([[applicationKey({ namespace: 'argocd', name: 'shop' }), String(uid)]]),
      }),
    );

    const [event, ...others] = all();
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      metadata: {
        // 2026-01-01T00:00:00Z in nanoseconds.
        name: 'shop.18867251edfa0000',
        namespace: 'argocd',
        annotations: {
          'argocd-image-updater.image-0/full-image-name': 'ghcr.io/acme/api',
          'argocd-image-updater.image-0/image-name': 'acme/api',
          'argocd-image-updater.image-0/old-tag': '1.4.1',
          'argocd-image-updater.image-0/new-tag': '1.4.2',
          'argocd-image-updater.image-1/full-image-name': 'nginx',
          'argocd-image-updater.image-1/image-name': 'nginx',
          'argocd-image-updater.image-1/old-tag': '',
          'argocd-image-updater.image-1/new-tag': `sha256:${'a'.repeat(64)}`,
        },
      },
      involvedObject: {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        namespace: 'argocd',
        name: 'shop',
        uid,
      },
      type: 'Normal',
      reason: 'ImagesUpdated',
      message: "Successfully updated application 'shop'",
      source: { component: 'ArgocdImageUpdater' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 1,
    });
  });

  test('is made without a uid when there is none, in the namespace of the Application, each under its own name', async () => {
    const { events, all } = await world();
    const application = { namespace: 'team-a', name: 'shop' };
    const images = [image('updated', { application }), image('updated')];
    await events.report(report({ images }));
    await events.report(report({ images }));

    expect(all('team-a').map(({ metadata }) => metadata?.name)).toHaveLength(2);
    expect(all('argocd')).toHaveLength(2);
    expect(new Set(all().map(({ metadata }) => metadata?.name)).size).toBe(4);
    expect(all()[0]?.['involvedObject']).not.toHaveProperty('uid');
  });

  test('of an ImageUpdater that cannot be read is one of that resource', async () => {
    const { events, all } = await world();
    const bad = problem({
      application: { namespace: 'argocd', name: '' },
      updater: IMAGES,
      code: 'updater-invalid',
      message: 'spec.x: there is no such field',
    });
    const cycle = report({
      problems: [bad, { ...bad, updater: { ...IMAGES, name: 'other' } }],
      updaters: [updater([], { fault: bad })],
    });
    await events.report(cycle);
    await events.report(cycle);

    expect(all().map(({ involvedObject }) => involvedObject)).toEqual([
      {
        apiVersion: 'argocd-image-updater.argoproj.io/v1alpha1',
        kind: 'ImageUpdater',
        namespace: 'argocd',
        name: 'images',
        uid: 'uid-1',
      },
      expect.objectContaining({ kind: 'ImageUpdater', name: 'other' }),
    ]);
    expect(all()[0]?.metadata?.name).toMatch(/^images\.[0-9a-f]+$/);
    expect(shown(all()[0])).toEqual({
      type: 'Warning',
      reason: 'ImageUpdateFailed',
      message: 'spec.x: there is no such field [updater-invalid]',
      count: 1,
    });
  });

  test('has a name that fits, however long that of the Application is', async () => {
    const { events, all } = await world();
    const name = `${'a'.repeat(235)}.${'b'.repeat(17)}`;
    await events.report(
      report({ images: [image('updated', { application: { namespace: 'argocd', name } })] }),
    );
    const made = all()[0]?.metadata?.name ?? '';
    expect(made.length).toBeLessThanOrEqual(253);
    expect(made).toMatch(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
    expect(made).not.toContain('..');
  });
});

describe('events report', () => {
  test('failures, what is held, and problems that no image shows', async () => {
    const { events, all } = await world();
    const problems = [
      problem({ alias: 'api' }),
      problem({
        application: { namespace: 'argocd', name: 'blog' },
        message: 'expected an image, found nothing',
      }),
    ];
    await events.report(report({ images: [DENIED, HELD], problems }));

    expect(all().map(shown)).toEqual([
      {
        type: 'Warning',
        reason: 'ImageUpdateFailed',
        message: 'expected an image, found nothing [annotation-invalid]',
        count: 1,
      },
      {
        type: 'Warning',
        reason: 'ImageUpdateFailed',
        message: 'api (ghcr.io/acme/api): ghcr.io says 401 [registry-denied]',
        count: 1,
      },
      {
        type: 'Normal',
        reason: 'ImageHeld',
        message: 'ghcr.io/acme/api: somebody went back to 1.4.0 [up-to-date]',
        count: 1,
      },
    ]);
  });

  test('warnings, also of an image that was written', async () => {
    const { events, all } = await world();
    const warnings = [{ code: 'hold-without-effect', message: 'line 4 holds nothing' }] as const;
    await events.report(report({ images: [image('current', { alias: 'api', warnings }), image('current')] }));
    expect(all().map(shown)).toEqual([
      {
        type: 'Warning',
        reason: 'ImageWarning',
        message: 'api (ghcr.io/acme/api): line 4 holds nothing [hold-without-effect]',
        count: 1,
      },
    ]);
  });

  test.each<[string, Partial<CycleReport>]>([
    ['images that are up to date or skipped', { images: [image('current'), image('skipped')] }],
    ['a dry run', { dryRun: true, images: [image('update'), DENIED], problems: [problem()] }],
    ['what an abort left undone', { images: [image('failed', { code: 'aborted' })] }],
    [
      'a namespace that cannot be read',
      { problems: [problem({ application: { namespace: 'x', name: '' } })] },
    ],
    [
      'an Application of a file',
      { images: [image('updated', { application: { namespace: '', name: 'a' } })] },
    ],
  ])('nothing of %s', async (_, cycle) => {
    const { server, events } = await world();
    await events.report(report(cycle));
    expect(server.requests).toEqual([]);
  });

  test('nothing when they are turned off', async () => {
    const { server, events } = await world({ disabled: true });
    await events.report(report({ images: [image('updated'), DENIED] }));
    expect(server.requests).toEqual([]);
  });

  test('no more than 1,024 bytes, cut between characters, and the code whole', async () => {
    const { events, all } = await world();
    const reason = '🐙'.repeat(400);
    await events.report(report({ images: [image('failed', { code: 'git-failed', reason })] }));
    const message = String(all()[0]?.['message']);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1_024);
    expect(Buffer.byteLength(message)).toBeGreaterThan(1_015);
    expect(message).toMatch(/^ghcr\.io\/acme\/api: (🐙)+… \[git-failed\]$/u);
  });
});

describe('a problem that stands', () => {
  /** Cycles every two minutes, each with these images. Answers how many minutes had passed at each request. */
  async function cycles(
    { server, clock, events }: World,
    count: number,
    imagesOf: (cycle: number) => readonly ImageResult[],
  ): Promise<readonly string[]> {
    const reported: string[] = [];
    for (let cycle = 0; cycle < count; cycle += 1) {
      const before = server.requests.length;
      await events.report(report({ images: imagesOf(cycle) }));
      const verbs = server.requests.slice(before).map(({ verb }) => verb);
      reported.push(...verbs.map((verb) => `${2 * cycle} ${verb}`));
      await clock.pass(2 * MINUTE);
    }
    return reported;
  }

  test('is one event that grows older, at growing intervals', async () => {
    const one = await world();
    expect(await cycles(one, 100, () => [DENIED])).toEqual([
      '0 create',
      '6 patch',
      '16 patch',
      '36 patch',
      '76 patch',
      '126 patch',
      '176 patch',
    ]);
    expect(one.all()).toHaveLength(1);
    expect(one.all()[0]).toMatchObject({
      count: 89,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T02:56:00Z',
    });
  });

  test('is another one for another reason, code, image or Application', async () => {
    const { events, all } = await world();
    const images = [
      DENIED,
      { ...DENIED, reason: 'ghcr.io says 403' },
      { ...DENIED, code: 'registry-failed' as const },
      { ...DENIED, image: 'ghcr.io/acme/web' },
      { ...DENIED, alias: 'web' },
      { ...DENIED, application: { namespace: 'argocd', name: 'blog' } },
      { ...DENIED, outcome: 'held' as const },
    ];
    await events.report(report({ images }));
    await events.report(report({ images }));
    expect(all()).toHaveLength(7);
  });

  test('with another text in each cycle is not an event in each cycle', async () => {
    const one = await world();
    const reported = await cycles(one, 30, (cycle) => [{ ...DENIED, reason: `no answer for ${cycle}.3 s` }]);
    expect(reported).toEqual(['0 create', '2 create', '4 create', '10 patch', '20 patch', '40 patch']);
    expect(one.all().at(-1)).toMatchObject({
      message: 'api (ghcr.io/acme/api): no answer for 20.3 s [registry-denied]',
    });
  });

  test('that comes and goes is one event, reported every five minutes at most', async () => {
    const one = await world();
    const fine = { ...DENIED, outcome: 'current' as const };
    const reported = await cycles(one, 20, (cycle) => [cycle % 2 === 0 ? DENIED : fine]);
    expect(reported).toEqual(['0 create', '8 patch', '16 patch', '24 patch', '32 patch']);
  });

  test('is new when it was not seen for more than an hour', async () => {
    const one = await world();
    const reported = await cycles(one, 41, (cycle) => (cycle === 0 || cycle === 40 ? [DENIED] : []));
    expect(reported).toEqual(['0 create', '80 create']);
    expect(one.all().map(({ count }) => count)).toEqual([1, 1]);
  });

  test('is made again when its event has expired, and keeps its age', async () => {
    const one = await world();
    const { server, clock, events, all } = one;
    await events.report(report({ images: [DENIED] }));
    for (const { metadata } of all()) server.objects.delete(EVENTS, 'argocd', metadata?.name ?? '');
    await clock.pass(6 * MINUTE);
    await events.report(report({ images: [DENIED] }));
    await clock.pass(10 * MINUTE);
    await events.report(report({ images: [DENIED] }));

    expect(server.requests.map(({ verb }) => verb)).toEqual(['create', 'patch', 'create', 'patch']);
    expect(all()).toMatchObject([{ count: 3, firstTimestamp: '2026-01-01T00:00:00Z' }]);
  });

  test('is made again when events may not be changed', async () => {
    const { server, clock, events, lines, all } = await world();
    server.setRules([{ apiGroups: [''], resources: ['events'], verbs: ['create'] }]);
    await events.report(report({ images: [DENIED] }));
    await clock.pass(6 * MINUTE);
    await events.report(report({ images: [DENIED] }));
    expect(all().map(({ count }) => count)).toEqual([1, 2]);
    expect(lines).toEqual([]);
  });

  test('is reported later when it cannot be reported now', async () => {
    const { server, events, all, lines } = await world();
    server.inject({ fault: { kind: 'status', status: 500 } });
    await events.report(report({ images: [DENIED] }));
    expect(all()).toEqual([]);
    await events.report(report({ images: [DENIED] }));
    expect(all()).toMatchObject([{ count: 2 }]);
    expect(lines.map(({ message }) => message)).toEqual([
      'cannot send events of Applications',
      'some events were not sent',
    ]);
  });
});

describe('when the API server does not take them', () => {
  test('a refusal is one warning for each namespace, and others get theirs', async () => {
    const { server, events, lines, all } = await world();
    server.setRules([{ apiGroups: [''], resources: ['events'], verbs: ['create'], namespace: 'team' }]);
    const images = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) =>
      image('updated', { application: { namespace: 'argocd', name } }),
    );
    const team = image('updated', { application: { namespace: 'team', name: 'a' } });
    for (let cycle = 0; cycle < 3; cycle += 1) await events.report(report({ images: [...images, team] }));

    expect(all('team')).toHaveLength(3);
    // Those under way at once are all refused; no more of them are sent in that cycle.
    expect(server.requests.length).toBeLessThanOrEqual(3 * 5);
    const warnings = lines.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([
      {
        message: 'cannot send events of Applications',
        fields: { namespace: 'argocd', err: { code: 'kube-denied' } },
      },
    ]);
    const { err } = warnings[0]?.fields ?? {};
    expect(err instanceof LynceusError && err.line).toContain('create');
    server.setRules(undefined);
    await events.report(report({ images }));
    server.setRules([]);
    await events.report(report({ images }));
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
  });

  test('a server that is away is asked a few times only, and nothing is thrown', async () => {
    const { server, events, lines } = await world();
    await server.down();
    const images = Array.from({ length: 40 }, (_, index) =>
      image('updated', { application: { namespace: 'argocd', name: `a${index}` } }),
    );
    await events.report(report({ images }));
    await events.report(report({ images }));
    expect(lines.map(({ level, message, fields }) => [level, message, fields['events']])).toEqual([
      ['warn', 'cannot send events of Applications', undefined],
      ...Array.from({ length: 3 }, () => ['debug', 'cannot send events of Applications', undefined]),
      ['info', 'some events were not sent', 40],
      ...Array.from({ length: 4 }, () => ['debug', 'cannot send events of Applications', undefined]),
      ['info', 'some events were not sent', 40],
    ]);
  });

  test('a server that never answers delays the cycle by ten seconds at most', async () => {
    const { server, clock, events, lines } = await world();
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => (release = resolve));
    server.inject({ times: 100, fault: { kind: 'hold', until } });
    let done = false;
    const reported = Promise.resolve(events.report(report({ images: [image('updated'), DENIED] }))).then(
      () => (done = true),
    );
    await server.seen({ verb: 'create' }, 2);

    await clock.pass(9_999);
    expect(done).toBe(false);
    await clock.pass(2);
    await reported;

    expect(lines).toMatchObject([
      { level: 'warn', fields: { err: { message: 'the API server did not answer within 10 s' } } },
      { level: 'info', fields: { events: 2 } },
    ]);
    release();
  });
});

describe('very many', () => {
  /** Counts what it is asked, and answers at once. */
  function counting(): { readonly kube: KubeClient; readonly made: string[]; most: () => number } {
    const made: string[] = [];
    let running = 0;
    let most = 0;
    const unused = (): never => {
      throw new Error('not asked for here');
    };
    return {
      made,
      most: () => most,
      kube: {
        namespace: 'argocd',
        list: unused,
        watch: unused,
        serves: unused,
        get: unused,
        replace: unused,
        patch: unused,
        close: () => undefined,
        async create(_resource, { body }) {
          running += 1;
          most = Math.max(most, running);
          await new Promise(setImmediate);
          running -= 1;
          made.push(body.metadata?.name ?? '');
          return body;
        },
      },
    };
  }

  test('failures are reported fifty in a cycle, the rest in the next ones, four at once', async () => {
    const { kube, made, most } = counting();
    const { log, lines } = collectLog();
    const events = createKubernetesEvents({ kube, clock: createTimeline(), log });
    const images = Array.from({ length: 120 }, (_, index) => image('failed', { alias: `a${index}` }));
    const counts: number[] = [];
    for (let cycle = 0; cycle < 4; cycle += 1) {
      await events.report(report({ images }));
      counts.push(made.length);
    }
    expect(counts).toEqual([50, 100, 120, 120]);
    expect(new Set(made).size).toBe(120);
    expect(most()).toBe(4);
    expect(lines).toMatchObject([{ fields: { events: 70 } }, { fields: { events: 20 } }]);
  });

  test('updates are reported five hundred in a cycle, before anything else', async () => {
    const { kube, made } = counting();
    const { log, lines } = collectLog();
    const events = createKubernetesEvents({ kube, clock: createTimeline(), log });
    const images = Array.from({ length: 600 }, (_, index) =>
      image('updated', { application: { namespace: 'argocd', name: `a${index}` } }),
    );
    await events.report(report({ images: [DENIED, ...images] }));
    expect(made).toHaveLength(501);
    expect(made[0]).toMatch(/^a0\./);
    expect(lines).toMatchObject([{ level: 'info', fields: { cycle: 'c-1', events: 100 } }]);
  });
});
