import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { APPLICATIONS, EVENTS } from '../../src/kube/kube-client.ts';
import { createArgoCd } from '../helpers/argo-cd.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  applicationManifest,
  aRegistryConfig,
  createFlowWorld,
  inCluster,
  REAL_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, headOf, readAt } from '../helpers/git-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { pushImage } from '../helpers/push-image.ts';

const NAMES = ['blog', 'late', 'shop'];

describe('argocd app rollback', () => {
  const { root, remove } = createGitRoot();
  let kube: KubeStandIn;
  let registry: DockerRegistry;
  let http: GitHttpServer;
  let world: FlowWorld;

  beforeAll(async () => {
    [kube, registry, http] = await Promise.all([
      startKubeStandIn(),
      startDockerRegistry(),
      startGitHttpServer({ root }),
    ]);
    world = createFlowWorld(REAL_CLOCK);
  });

  afterAll(async () => {
    await Promise.all([kube.stop(), registry.stop(), http.stop()]);
    world.remove();
    remove();
  });

  function settings(): Partial<Config> {
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
    return { ...inCluster(kubeconfig), registries: [aRegistryConfig(registry.url, 'registry.test')] };
  }

  function endings({ images }: CycleReport): Readonly<Record<string, string>> {
    return Object.fromEntries(
      images.map(({ application: { name }, outcome, code }) => [name, `${outcome} ${code}`]),
    );
  }

  test('is seen, told and held until Argo CD follows Git; who is only slow to sync is served', async () => {
    const files = NAMES.map((name) => [`${name}/values.yaml`, 'image:\n  tag: 1.0.0\n'] as const);
    const remote = createRemote(root, 'deploy.git', Object.fromEntries(files));
    const head = () => headOf(remote, 'main') ?? '';
    const versions = () =>
      NAMES.map((name) => readAt(remote, 'main', `${name}/values.yaml`)?.match(/\d.*/)?.[0]);
    for (const name of NAMES)
      kube.objects.put(
        APPLICATIONS,
        applicationManifest({
          name,
          repoURL: `${http.url}/deploy.git`,
          path: name,
          source: { helm: {} },
          annotations: {
            'image-list': 'api=registry.test/acme/api:^1',
            'write-back-method': 'git',
            'write-back-target': 'helmvalues',
          },
        }),
      );
    const argoCd = createArgoCd(kube, REAL_CLOCK);
    const first = head();
    for (const name of NAMES) argoCd.sync(name, first);
    await pushImage(registry.url, 'acme/api', '1.1.0');
    await world.run(settings());
    expect(versions()).toEqual(['1.1.0', '1.1.0', '1.1.0']);
    for (const name of ['blog', 'shop']) argoCd.sync(name, head());
    argoCd.compare('late', head());
    argoCd.rollBack('shop', first);
    await pushImage(registry.url, 'acme/api', '1.2.0');

    const lynceus = world.compose(settings());
    const cycle = () => lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(60_000));
    const report = await cycle();

    expect(endings(report)).toEqual({
      blog: 'updated newer-version',
      late: 'updated newer-version',
      shop: 'held rolled-back-in-argo-cd',
    });
    expect(versions()).toEqual(['1.2.0', '1.2.0', '1.1.0']);
    const held = report.images.find(({ outcome }) => outcome === 'held');
    expect(held?.reason).toMatch(
      new RegExp(
        `^rolled back in Argo CD, which runs 1\\.0\\.0 \\(commit ${first.slice(0, 7)}, deployed \\S+\\) while Git says 1\\.1\\.0; 1\\.2\\.0 is not written until Argo CD follows Git again$`,
      ),
    );
    await cycle();
    await lynceus.close();
    const warned = world.logged.filter((line) => line.includes('the Application was rolled back in Argo CD'));
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain('"level":"warn');
    const events = kube.objects.list(EVENTS, 'argocd').filter(({ reason }) => reason !== 'ImagesUpdated');
    expect(events.map(({ type, reason, message }) => [type, reason, String(message).slice(-24)])).toEqual([
      ['Normal', 'ImageHeld', '[rolled-back-in-argo-cd]'],
      ['Warning', 'ImageWarning', '[rolled-back-in-argo-cd]'],
    ]);

    const person = world.compose(settings());
    const by = (kind: 'release' | 'set', version: string | undefined) =>
      person.override(
        {
          kind,
          application: 'shop',
          image: 'api',
          version,
          reason: '',
          by: 'ada',
          hold: false,
          force: false,
        },
        { dryRun: false },
        AbortSignal.timeout(60_000),
      );
    expect((await by('release', undefined)).images).toMatchObject([
      {
        outcome: 'failed',
        reason: expect.stringMatching(/rolled back in Argo CD .*: sync the Application$/),
      },
    ]);
    await by('set', '1.2.0');
    await person.close();
    expect(versions()).toEqual(['1.2.0', '1.2.0', '1.2.0']);
    await pushImage(registry.url, 'acme/api', '1.3.0');
    expect(endings(await world.run(settings()))).toMatchObject({ shop: 'held rolled-back-in-argo-cd' });
    argoCd.sync('shop', head());
    expect(endings(await world.run(settings()))).toMatchObject({ shop: 'updated newer-version' });
    expect(versions()).toEqual(['1.3.0', '1.3.0', '1.3.0']);
  }, 120_000);
});
