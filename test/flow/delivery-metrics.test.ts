import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lynceus } from '../../src/app/compose.ts';
import { startDaemon } from '../../src/app/compose-daemon.ts';
import type { Daemon } from '../../src/app/daemon.ts';
import type { Config } from '../../src/config/config.ts';
import { APPLICATIONS } from '../../src/kube/kube-client.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { load } from '../config/given.ts';
import { createArgoCd, type ArgoCd } from '../helpers/argo-cd.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  applicationManifest,
  aRegistryConfig,
  createFlowWorld,
  inCluster,
  REAL_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { findFreePort } from '../helpers/free-port.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { commitTo, createGitRoot, createRemote, headOf, readAt } from '../helpers/git-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { startPrometheus, type Prometheus } from '../helpers/prometheus.ts';
import { pushImage } from '../helpers/push-image.ts';

const DAY = 86_400_000;
const PATIENCE = { timeout: 60_000, interval: 50 };

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const { panels } = JSON.parse(
  readFileSync(new URL('../../manifests/monitoring/dashboard.json', import.meta.url), 'utf8'),
) as { readonly panels: readonly Panel[] };

/** With what Grafana puts in for its variables. */
const QUERIES = panels.flatMap(({ title, targets = [] }) =>
  targets.map(
    ({ expr }) =>
      [title, expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$(?:namespace|job)/g, '.*')] as const,
  ),
);

/**
 * `shop` never works, and its check takes it back. `blog` is verified. `news` is not, and a person takes it back. `old` takes the last
 * build and is held behind it by a comment. `lost` has an image that is not there, `wrong` a wrong annotation.
 */
const ANNOTATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  shop: { verify: 'answers', 'on-failure': 'rollback' },
  blog: { verify: 'answers' },
  news: {},
  old: { 'image-list': 'api=registry.test/acme/api', 'api.update-strategy': 'newest-build' },
  lost: { 'image-list': 'api=registry.test/acme/nothing:^1' },
  wrong: { 'api.update-strategy': 'newest-ever' },
};
const NAMES = Object.keys(ANNOTATIONS);
const SERVED = ['shop', 'blog', 'news', 'old'];

describe('figures of deliveries', () => {
  const { root, remove } = createGitRoot();
  let kube: KubeStandIn;
  let registry: DockerRegistry;
  let http: GitHttpServer;
  let service: Server;
  let world: FlowWorld;
  let lynceus: Lynceus;
  let daemon: Daemon;
  let prometheus: Prometheus;
  let argoCd: ArgoCd;
  let remote = '';
  let metricsUrl = '';
  let ahead = 0;
  const clock: Clock = { ...REAL_CLOCK, now: () => Date.now() + ahead };

  beforeAll(async () => {
    service = createServer((request, response) => {
      response.writeHead(request.url === '/shop' ? 503 : 200).end();
    });
    const listening = new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    [kube, registry, http] = await Promise.all([
      startKubeStandIn(),
      startDockerRegistry(),
      startGitHttpServer({ root }),
      listening,
    ]);
    world = createFlowWorld(clock);
    await pushImage(registry.url, 'acme/api', '1.0.0', { created: new Date(Date.now() - 90 * DAY) });
    const files = NAMES.map((name) => {
      const hold = name === 'old' ? ' # lynceus: hold' : '';
      return [`${name}/values.yaml`, `image:\n  tag: 1.0.0${hold}\n`] as const;
    });
    remote = createRemote(root, 'deploy.git', Object.fromEntries(files));
    for (const name of NAMES) kube.objects.put(APPLICATIONS, application(`${http.url}/deploy.git`, name));
    argoCd = createArgoCd(kube, clock);
    deploy();
    const metricsPort = await findFreePort();
    metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
    const config = settings(metricsPort, (service.address() as AddressInfo).port);
    lynceus = world.compose(config);
    daemon = await startDaemon(lynceus, aConfig(world.folder, config), { env: {}, clock, log: world.log });
    const scrapes = { targets: [`127.0.0.1:${metricsPort}`], interval: '250ms' };
    prometheus = await startPrometheus({ scrapes });
  });

  afterAll(async () => {
    await daemon.stop();
    await Promise.all([lynceus.close(), prometheus.stop(), kube.stop(), registry.stop(), http.stop()]);
    service.closeAllConnections();
    service.close();
    world.remove();
    remove();
  });

  function settings(metricsPort: number, servicePort: number): Partial<Config> {
    const { verification, notifications } = load({
      fileText: `
notifications:
  services:
    - name: team
      webhook: { url: 'http://127.0.0.1:${servicePort}/notices' }
  routes:
    - to: [team]
verification:
  healthyFor: 1m
  checks:
    - name: answers
      interval: 30s
      count: 2
      http: { url: 'http://127.0.0.1:${servicePort}/{{application}}' }
`,
    });
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
    const cluster = inCluster(kubeconfig);
    return {
      ...cluster,
      cluster: { ...cluster.cluster, refreshAfterPush: false },
      registries: [aRegistryConfig(registry.url, 'registry.test')],
      schedule: { kind: 'interval', every: 300, jitter: 0 },
      server: { ...aConfig(world.folder).server, metricsPort },
      verification,
      notifications,
    };
  }

  /** Argo CD deploys what Git has now. */
  function deploy(): void {
    for (const name of NAMES) argoCd.sync(name, headOf(remote, 'main') ?? '');
    kube.watches.sendBookmarks();
  }

  function versions(): Readonly<Record<string, string | undefined>> {
    return Object.fromEntries(
      SERVED.map((name) => [name, readAt(remote, 'main', `${name}/values.yaml`)?.match(/tag: (\S+)/)?.[1]]),
    );
  }

  async function query(expr: string): Promise<readonly { readonly value: readonly [number, string] }[]> {
    const answer = await fetch(`${prometheus.url}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: expr }),
    });
    const { data } = (await answer.json()) as {
      readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
    };
    return data.result;
  }

  /** Samples that the daemon shows now, by name and labels. */
  async function scraped(): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(metricsUrl)).text();
    const lines = text.split('\n').filter((line) => line.startsWith('lynceus_'));
    return new Map(
      lines.map((line) => [
        line.slice(0, line.lastIndexOf(' ')),
        Number(line.slice(line.lastIndexOf(' ') + 1)),
      ]),
    );
  }

  /** Time passes until it is so. */
  async function pass(wanted: Readonly<Record<string, number>>): Promise<void> {
    await expect
      .poll(async () => {
        ahead += 5_000;
        kube.watches.sendBookmarks();
        const found = await scraped();
        return Object.fromEntries(Object.keys(wanted).map((name) => [name, found.get(name)]));
      }, PATIENCE)
      .toEqual(wanted);
  }

  test('come from a running daemon, and no panel of the dashboard is empty', async () => {
    // The first increase counts only after a scrape without it.
    await expect
      .poll(async () => (await query('argocd_image_updater_images_updated_total == 0')).length, PATIENCE)
      .toBeGreaterThanOrEqual(SERVED.length);

    await pushImage(registry.url, 'acme/api', '1.1.0', { created: new Date() });
    await expect
      .poll(versions, PATIENCE)
      .toEqual({ shop: '1.1.0', blog: '1.1.0', news: '1.1.0', old: '1.0.0' });
    await pass({ 'lynceus_deliveries_under_way{stage="written"}': 3 });
    deploy();
    // What the check took back is healthy as soon as Argo CD has deployed it.
    await expect
      .poll(async () => {
        ahead += 5_000;
        kube.watches.sendBookmarks();
        return (await scraped()).get('lynceus_deliveries_rolled_back_total{by="check"}');
      }, PATIENCE)
      .toBe(1);
    deploy();
    await pass({
      'lynceus_deliveries_total{result="synced"}': 1,
      'lynceus_deliveries_total{result="verified"}': 1,
      'lynceus_deliveries_total{result="rolled-back"}': 1,
      'lynceus_deliveries_total{result="failed"}': 0,
      'lynceus_time_to_restore_seconds_count{by="check"}': 1,
      'lynceus_deliveries_under_way{stage="written"}': 0,
      'lynceus_deliveries_under_way{stage="synced"}': 0,
    });
    expect(versions()).toEqual({ shop: '1.0.0', blog: '1.1.0', news: '1.1.0', old: '1.0.0' });

    commitTo(remote, 'main', { 'news/values.yaml': 'image:\n  tag: 1.0.0\n' });
    await pass({ 'lynceus_deliveries_rolled_back_total{by="person"}': 1 });
    deploy();
    await pass({
      'lynceus_time_to_restore_seconds_count{by="person"}': 1,
      'lynceus_deliveries_rolled_back_total{by="check"}': 1,
    });

    const found = await scraped();
    expect(found.get('lynceus_delivery_lead_time_seconds_count{from="seen",to="commit"}')).toBe(3);
    expect(found.get('lynceus_delivery_lead_time_seconds_count{from="seen",to="synced"}')).toBe(3);
    expect(found.get('lynceus_delivery_lead_time_seconds_count{from="seen",to="verified"}')).toBe(1);
    expect(
      found.get('lynceus_notices_total{service="team",kind="rolled-back",result="sent"}'),
    ).toBeGreaterThan(0);
    expect(found.get('lynceus_notices_queued{service="team"}')).toBe(0);
    expect(found.get('lynceus_image_versions_behind{application="argocd/old"}')).toBe(1);
    expect(found.get('lynceus_image_versions_behind{application="argocd/blog"}')).toBe(0);
    expect(found.get('lynceus_image_age_seconds{application="argocd/old"}')).toBeGreaterThan(
      (89 * DAY) / 1000,
    );

    for (const [title, expr] of QUERIES) {
      const values = (result: Awaited<ReturnType<typeof query>>) =>
        result.map(({ value }) => Number(value[1])).filter((value) => !Number.isNaN(value));
      await expect
        .poll(async () => values(await query(expr)).length, { ...PATIENCE, message: `${title}: ${expr}` })
        .toBeGreaterThan(0);
    }
    expect(QUERIES.length).toBeGreaterThan(35);
  });
});

function application(repoURL: string, name: string) {
  const manifest = applicationManifest({
    name,
    repoURL,
    path: name,
    source: { helm: {} },
    annotations: {
      'image-list': 'api=registry.test/acme/api:^1',
      'write-back-method': 'git',
      'write-back-target': 'helmvalues',
      ...ANNOTATIONS[name],
    },
  });
  return { ...manifest, spec: { ...(manifest['spec'] as object), syncPolicy: { automated: {} } } };
}
