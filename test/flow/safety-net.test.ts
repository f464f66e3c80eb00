import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lynceus } from '../../src/app/compose.ts';
import type { Config } from '../../src/config/config.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { APPLICATIONS, EVENTS } from '../../src/kube/kube-client.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { load } from '../config/given.ts';
import { createArgoCd, type ArgoCd } from '../helpers/argo-cd.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  applicationManifest,
  aRegistryConfig,
  createFlowWorld,
  inCluster,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, headOf, logOf, readAt } from '../helpers/git-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { openMetrics, startPrometheus, type Prometheus } from '../helpers/prometheus.ts';
import { pushImage } from '../helpers/push-image.ts';
import { removeFolder } from '../helpers/remove-folder.ts';
import { createShiftedClock, type ShiftedClock } from '../helpers/shifted-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Of a Monday, in UTC: the window of production is open from 13 to 15 on working days. */
const BEGIN = Date.parse('2027-01-04T06:00:00Z');

const VERSION = 'image:\n  tag: 1.0.0   # kept up to date\n';

const STAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  dev: {},
  staging: {
    'api.promote-from': 'argocd/dev',
    'api.promote-after': '2h',
    verify: 'slo-errors',
    'on-failure': 'rollback',
  },
  production: {
    'api.promote-from': 'argocd/staging',
    'api.promote-when': 'verified',
    'update-windows': 'allow 0 13 * * 1-5 2h UTC',
  },
  /** Has nothing to do with any of it; `health` is what an Application verifies by itself. */
  blog: { 'image-list': 'api=registry.test/acme/blog:^1', verify: 'health', 'on-failure': 'rollback' },
};

/** The part of answers that are errors, of staging: too many for half an hour after the first version came. */
function errorRates(from: number): string {
  const minutes = Array.from({ length: 10 * 60 }, (_, minute) => from + minute * MINUTE);
  const isBroken = (at: number) => at >= from + 2 * HOUR && at < from + 3 * HOUR;
  return openMetrics(
    minutes.map((at) => ({
      name: 'errors_ratio',
      labels: { app: 'staging' },
      value: isBroken(at) ? 0.2 : 0.001,
      at,
    })),
  );
}

describe('from a push to production, and back', () => {
  const { root, remove } = createGitRoot();
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-story-'));
  let kube: KubeStandIn;
  let registry: DockerRegistry;
  let http: GitHttpServer;
  let prometheus: Prometheus;
  let time: ShiftedClock;
  let clock: Clock;
  let world: FlowWorld;
  let argoCd: ArgoCd;
  let remote: string;

  beforeAll(async () => {
    time = createShiftedClock(folder, BEGIN - Date.now());
    clock = {
      now: time.now,
      sleep: (milliseconds, signal) => wait(milliseconds, undefined, { signal }),
      random: () => 0.5,
    };
    [kube, registry, http, prometheus] = await Promise.all([
      startKubeStandIn(),
      startDockerRegistry(),
      startGitHttpServer({ root }),
      startPrometheus({ samples: errorRates(BEGIN) }),
    ]);
    argoCd = createArgoCd(kube, clock);
    world = createFlowWorld(clock);
    for (const name of ['api', 'blog']) await pushImage(registry.url, `acme/${name}`, '1.0.0');
    remote = createRemote(
      root,
      'deploy.git',
      Object.fromEntries(Object.keys(STAGES).map((name) => [`${name}/values.yaml`, VERSION])),
    );
    for (const [name, annotations] of Object.entries(STAGES)) {
      const manifest = applicationManifest({
        name,
        repoURL: `${http.url}/deploy.git`,
        path: name,
        source: { helm: {} },
        annotations: {
          'image-list': 'api=registry.test/acme/api:^1',
          'write-back-method': 'git',
          'write-back-target': 'helmvalues',
          ...annotations,
        },
      });
      const spec = { ...(manifest['spec'] as object), syncPolicy: { automated: {} } };
      kube.objects.put(APPLICATIONS, { ...manifest, spec });
      argoCd.sync(name, headOf(remote, 'main') ?? '');
    }
  }, 60_000);

  afterAll(async () => {
    await Promise.all([kube.stop(), registry.stop(), http.stop(), prometheus.stop()]);
    world.remove();
    removeFolder(folder);
    remove();
  });

  function settings(): Partial<Config> {
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
    const file = JSON.stringify({
      verification: {
        healthyFor: '1m',
        checks: [
          {
            name: 'slo-errors',
            delay: '2m',
            interval: '1m',
            count: 4,
            failureLimit: 1,
            prometheus: {
              url: prometheus.url,
              query: 'avg(errors_ratio{app="{{application}}"})',
              successWhen: '< 0.01',
            },
          },
        ],
      },
    });
    return {
      ...inCluster(kubeconfig),
      registries: [aRegistryConfig(registry.url, 'registry.test')],
      verification: load({ fileText: file }).verification,
    };
  }

  function start(): Lynceus {
    return world.compose(settings());
  }

  interface Ended {
    readonly ends: readonly string[];
    readonly report: CycleReport;
  }

  /** Cycles until one ends as is said, and how the verifications ended on the way: what Argo CD says is heard of in its time. */
  async function until(lynceus: Lynceus, expected: Readonly<Record<string, string>>): Promise<Ended> {
    const ends: string[] = [];
    let last: CycleReport | undefined;
    await expect
      .poll(
        async () => {
          kube.watches.sendBookmarks();
          last = await lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(60_000));
          for (const { application, ending } of last.verifications?.ended ?? [])
            ends.push([application.name, ending.outcome, ending.check].filter(Boolean).join(' '));
          return endings(last);
        },
        { timeout: 20_000, interval: 20 },
      )
      .toMatchObject(expected);
    if (last === undefined) throw new Error('no cycle ran');
    return { ends, report: last };
  }

  function endings({ images }: CycleReport): Readonly<Record<string, string>> {
    return Object.fromEntries(
      images.map(({ application: { name }, outcome, code }) => [name, `${outcome} ${code}`]),
    );
  }

  function versions(): Readonly<Record<string, string | undefined>> {
    return Object.fromEntries(
      Object.keys(STAGES).map((name) => [
        name,
        readAt(remote, 'main', `${name}/values.yaml`)?.match(/tag: (\S+)/)?.[1],
      ]),
    );
  }

  const head = () => headOf(remote, 'main') ?? '';
  const syncAll = () => Object.keys(STAGES).forEach((name) => argoCd.sync(name, head()));

  test('a version goes its way, is taken back where it fails, and the next one arrives', async () => {
    let lynceus = start();
    await until(lynceus, { dev: 'current up-to-date', production: 'current up-to-date' });
    await pushImage(registry.url, 'acme/api', '1.1.0');
    time.advance(MINUTE);
    await until(lynceus, { dev: 'updated newer-version' });
    syncAll();
    time.advance(HOUR);
    await until(lynceus, { staging: 'held promotion-waiting' });
    time.advance(HOUR + MINUTE);
    await until(lynceus, { staging: 'updated newer-version', production: 'current up-to-date' });
    expect(versions()).toEqual({ dev: '1.1.0', staging: '1.1.0', production: '1.0.0', blog: '1.0.0' });
    syncAll();

    // Another process goes on: it finds in Git and Argo CD what there is to watch.
    await lynceus.close();
    lynceus = start();
    await until(lynceus, { staging: 'current up-to-date' });
    await pushImage(registry.url, 'acme/blog', '1.1.0');
    time.advance(7 * MINUTE);
    const failed = await until(lynceus, { staging: 'updated check-failed' });
    expect(failed.ends).toContain('staging failed slo-errors');
    expect(versions()).toEqual({ dev: '1.1.0', staging: '1.0.0', production: '1.0.0', blog: '1.1.0' });
    expect(readAt(remote, 'main', 'staging/values.yaml')).toBe(VERSION);
    syncAll();
    time.advance(2 * HOUR);
    await until(lynceus, { staging: 'held rolled-back', production: 'held promotion-waiting' });

    await pushImage(registry.url, 'acme/api', '1.1.1');
    await until(lynceus, { dev: 'updated newer-version' });
    syncAll();
    time.advance(2 * HOUR + MINUTE);
    await until(lynceus, { staging: 'updated newer-version' });
    syncAll();
    time.advance(8 * MINUTE);
    const verified = await until(lynceus, { production: 'held outside-window' });
    expect(verified.ends).toContain('staging verified');
    await lynceus.close();

    // What was verified is known to a process that begins now.
    lynceus = start();
    await until(lynceus, { production: 'held outside-window' });
    time.advance(BEGIN + 7 * HOUR + MINUTE - clock.now());
    await until(lynceus, { production: 'updated newer-version' });
    await lynceus.close();

    expect(versions()).toEqual({ dev: '1.1.1', staging: '1.1.1', production: '1.1.1', blog: '1.1.0' });
    const written = logOf(remote, 'main');
    expect(written).toHaveLength(8);
    expect(written.filter(({ message }) => message.includes('Lynceus-Rollback:'))).toHaveLength(1);
    expect(written.filter(({ message }) => /app=production .*to=1\.1\.0/.test(message))).toEqual([]);
    const loud = kube.objects.list(EVENTS, 'argocd').filter(({ type }) => type === 'Warning');
    expect(loud.map(({ reason }) => reason)).toContain('VerificationFailed');
  }, 120_000);

  test('what a person rolls back in Argo CD is not taken back in Git as well, and nothing newer is written', async () => {
    const lynceus = start();
    const before = head();
    await pushImage(registry.url, 'acme/blog', '1.2.0');
    await until(lynceus, { blog: 'updated newer-version' });
    syncAll();
    await until(lynceus, { blog: 'current up-to-date' });
    argoCd.rollBack('blog', before);
    argoCd.setHealth('blog', 'Degraded');
    time.advance(4 * MINUTE);
    await until(lynceus, { dev: 'current up-to-date' });
    time.advance(HOUR);
    await pushImage(registry.url, 'acme/blog', '1.3.0');
    const { ends } = await until(lynceus, { blog: 'held rolled-back-in-argo-cd' });
    await lynceus.close();

    expect(ends).toEqual([]);
    expect(versions()).toMatchObject({ blog: '1.2.0' });
    const rollbacks = logOf(remote, 'main').filter(({ message }) => message.includes('Lynceus-Rollback:'));
    expect(rollbacks).toHaveLength(1);
  }, 60_000);
});
