import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Lynceus } from '../../src/app/compose.ts';
import type { Config } from '../../src/config/config.ts';
import type { CycleReport, RollbackResult } from '../../src/core/report.ts';
import { load } from '../config/given.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  aRegistryConfig,
  createFlowWorld,
  type ApplicationWish,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import {
  commitTo,
  createGitRoot,
  createRemote,
  git,
  logOf,
  readAt,
  type WorldFiles,
} from '../helpers/git-world.ts';
import { HOSTS, TOKEN } from '../helpers/pull-request-stand-in/hosts.ts';
import { createProject } from '../helpers/pull-request-stand-in/project.ts';
import { startHostStandIn, type HostStandIn } from '../helpers/pull-request-stand-in/server.ts';
import { pushImage } from '../helpers/push-image.ts';

const LOGIN = { username: 'x-access-token', password: TOKEN };
const ENV = { GIT_USERNAME: LOGIN.username, GIT_PASSWORD: LOGIN.password };
const MINUTE = 60_000;

/** Answers queries of Prometheus: the error rate of each Application; `undefined` is no answer. */
async function startRates(): Promise<{
  readonly url: string;
  readonly rates: Map<string, number | undefined>;
  close(): void;
}> {
  const rates = new Map<string, number | undefined>();
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const asked = new URLSearchParams(
        `${request.url?.split('?')[1] ?? ''}&${Buffer.concat(chunks).toString()}`,
      );
      const name = /app="([^"]*)"/.exec(asked.get('query') ?? '')?.[1] ?? '';
      const rate = rates.has(name) ? rates.get(name) : 0;
      response.statusCode = rate === undefined ? 503 : 200;
      response.setHeader('content-type', 'application/json');
      const result = [{ metric: {}, value: [Number(asked.get('time') ?? 0), String(rate)] }];
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, rates, close: () => void server.close() };
}

describe('a rollback by a check', () => {
  const { root, remove } = createGitRoot();
  let registry: DockerRegistry;
  let http: GitHttpServer;
  let prometheus: Awaited<ReturnType<typeof startRates>>;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    http = await startGitHttpServer({ root, login: LOGIN });
    prometheus = await startRates();
    for (const tag of ['1.0.0', '1.1.0', '1.2.0']) await pushImage(registry.url, 'acme/api', tag);
  });

  afterAll(async () => {
    prometheus.close();
    await Promise.all([registry.stop(), http.stop()]);
    remove();
  });

  interface Town {
    readonly world: FlowWorld;
    readonly remote: string;
    readonly url: string;
    /** One cycle of the process, which goes on from one to the next. */
    cycle(minutes?: number): Promise<CycleReport>;
    /** Cycles until one of them tells of rollbacks. */
    untilRollbacks(): Promise<readonly RollbackResult[]>;
    /** A new process. */
    restart(): void;
  }

  interface TownOptions {
    readonly verification?: string;
    readonly config?: Partial<Config>;
    /** Of the Applications that are verified. */
    readonly watched?: string;
  }

  function createTown(
    name: string,
    files: WorldFiles,
    { verification = '', config = {}, watched = '*' }: TownOptions = {},
  ): Town {
    const remote = createRemote(root, `${name}.git`, files);
    let ahead = 0;
    const clock = {
      now: () => Date.now() + ahead,
      sleep: () => new Promise<void>((resolve) => void setImmediate(resolve)),
      random: () => 0.5,
    };
    const world = createFlowWorld(clock);
    const fileText = `
verification:
  checks:
    - name: slo-errors
      prometheus: { url: ${prometheus.url}, query: 'rate{app="{{application}}"}', successWhen: '< 0.01' }
      interval: 1m
      count: 2
  rules:
    - { applications: ['${watched}'], checks: [slo-errors], onFailure: rollback }
${verification}`;
    const all: Partial<Config> = {
      registries: [aRegistryConfig(registry.url, 'registry.test')],
      verification: load({ fileText }).verification,
      ...config,
    };
    let process: Lynceus | undefined;
    onTestFinished(async () => {
      await process?.close();
      world.remove();
    });
    const cycle = async (minutes = 0): Promise<CycleReport> => {
      ahead += minutes * MINUTE;
      process ??= world.compose(all, ENV);
      return await process.runCycle({ dryRun: false }, AbortSignal.timeout(60_000));
    };
    return {
      world,
      remote,
      url: `${http.url}/${name}.git`,
      cycle,
      async untilRollbacks() {
        for (let left = 40; left > 0; left -= 1) {
          const { rollbacks } = await cycle(1);
          if (rollbacks !== undefined) return rollbacks;
        }
        throw new Error(`nothing was rolled back:\n${world.logged.slice(-30).join('')}`);
      },
      restart() {
        process = undefined;
      },
    };
  }

  function anApplication(
    town: Town,
    changes: Partial<ApplicationWish> & Pick<ApplicationWish, 'name'>,
  ): void {
    const { name, annotations, ...rest } = changes;
    town.world.addApplication({
      name,
      repoURL: town.url,
      path: name,
      source: { helm: {} },
      annotations: {
        'image-list': 'api=registry.test/acme/api:~1.1',
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
        ...annotations,
      },
      ...rest,
    });
  }

  const before = 'image:\n  tag: "1.0.0" # the tag\nreplicas: 2\n';

  function endings({ images }: CycleReport): readonly string[] {
    return images.map(({ application, outcome, code }) => `${application.name} ${outcome} ${code}`);
  }

  /** Each application by its name, in one remote; what it says before is not what it is updated to. */
  function names(count: number): readonly string[] {
    return Array.from({ length: count }, (_, index) => `app${index}`);
  }

  function town(name: string, apps: readonly string[], options: TownOptions = {}): Town {
    const files = Object.fromEntries(apps.map((app) => [`${app}/values.yaml`, before]));
    const made = createTown(name, files, options);
    for (const app of apps) anApplication(made, { name: app });
    return made;
  }

  function say({ remote }: Town, app: string): string | undefined {
    return readAt(remote, 'main', `${app}/values.yaml`);
  }

  function short({ application, outcome, code }: RollbackResult): string {
    return `${application.name} ${outcome} ${code}`;
  }

  test('restores what the file said, holds that, and goes on with what is newer', async () => {
    const story = town('story', ['shop', 'cart']);
    expect(endings(await story.cycle())).toEqual([
      'cart updated newer-version',
      'shop updated newer-version',
    ]);
    prometheus.rates.set('shop', 0.31);
    const [rollback, ...others] = await story.untilRollbacks();
    expect(others).toEqual([]);
    expect(rollback).toMatchObject({
      application: { name: 'shop' },
      check: 'slo-errors',
      outcome: 'written',
      images: [{ alias: 'api', from: '1.1.0', to: '1.0.0' }],
    });
    expect(say(story, 'shop')).toBe(before);
    expect(say(story, 'cart')).toContain('1.1.0');
    const commits = logOf(story.remote, 'main');
    expect(commits).toHaveLength(4);
    expect(commits[0]?.message.replace(/[0-9a-f]{7}(?= wrote)/, 'SHA')).toBe(
      [
        'build: roll back acme/api of shop from 1.1.0 to 1.0.0',
        '',
        'The check slo-errors failed in argocd/shop for what SHA wrote: 0.31 is not < 0.01',
        '',
        'acme/api: 1.1.0 -> 1.0.0',
        '',
        'Lynceus-Rollback: app=shop namespace=argocd alias=api image=registry.test/acme/api file=shop/values.yaml key=image.tag from=1.1.0 to=1.0.0 check=slo-errors',
        '',
      ].join('\n'),
    );
    // What was restored fails as well: nothing more is done.
    const held = await story.cycle(5);
    expect(endings(held)).toContain('shop held rolled-back');
    for (let left = 4; left > 0; left -= 1) expect((await story.cycle(3)).rollbacks).toBeUndefined();
    // It is held, also by a process that knows nothing of it, and a newer one is written.
    story.restart();
    expect(endings(await story.cycle())).toContain('shop held rolled-back');
    prometheus.rates.delete('shop');
    anApplication(story, { name: 'shop', annotations: { 'image-list': 'api=registry.test/acme/api:^1' } });
    expect(endings(await story.cycle())).toContain('shop updated newer-version');
    expect(say(story, 'shop')).toBe(before.replace('1.0.0', '1.2.0'));
  });

  test('is of every kind of file, with several images of an Application', async () => {
    const files = {
      'k/kustomization.yaml': 'images:\n  - name: acme/api # ours\n    newTag: "1.0.0"\n',
      'm/deploy.yaml':
        'kind: Deployment\nspec:\n  image: registry.test/acme/api:1.0.0 # {"$lynceus": "m/api"}\n',
      'two/values.yaml': 'a: { tag: 1.0.0 } # first\nb:\n    tag: "1.0.0"\n',
      'good/values.yaml': before,
    };
    const kinds = createTown('kinds', files);
    const list = { 'image-list': 'api=registry.test/acme/api:~1.1' };
    anApplication(kinds, {
      name: 'k',
      source: { kustomize: {} },
      annotations: { ...list, 'write-back-target': 'kustomization', 'api.kustomize.image-name': 'acme/api' },
    });
    anApplication(kinds, {
      name: 'm',
      source: {},
      annotations: { ...list, 'write-back-target': 'markers:deploy.yaml' },
    });
    anApplication(kinds, {
      name: 'two',
      annotations: {
        'image-list': 'a=registry.test/acme/api:~1.1, b=registry.test/acme/api:^1',
        'a.helm.image-tag': 'a.tag',
        'b.helm.image-tag': 'b.tag',
      },
    });
    anApplication(kinds, { name: 'good' });
    const first = await kinds.cycle();
    expect(first.images.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => 'updated'));
    for (const app of ['k', 'm', 'two']) prometheus.rates.set(app, 1);
    const done = await kinds.untilRollbacks();
    expect(done.map(short)).toEqual(['k', 'm', 'two'].map((app) => `${app} written check-failed`));
    for (const path of ['k/kustomization.yaml', 'm/deploy.yaml', 'two/values.yaml'] as const)
      expect(readAt(kinds.remote, 'main', path)).toBe(files[path]);
    expect(readAt(kinds.remote, 'main', 'good/values.yaml')).toContain('1.1.0');
    expect(done[2]?.images.map(({ alias, from }) => `${alias} ${from}`)).toEqual(['a 1.1.0', 'b 1.2.0']);
  });

  test('leaves alone what a person changed, holds or released since, and what was the first version', async () => {
    const config = { writeBack: { ...aConfig('').writeBack, createMissing: true } };
    const people = town('people', ['changed', 'holds', 'beside', 'good'], { config });
    commitTo(people.remote, 'main', { 'fresh/values.yaml': 'replicas: 1\n' }, 'a chart without a tag');
    anApplication(people, { name: 'fresh' });
    await people.cycle();
    for (const app of ['changed', 'holds', 'beside', 'fresh']) prometheus.rates.set(app, 1);
    const wrote = say(people, 'good') ?? '';
    commitTo(
      people.remote,
      'main',
      {
        'changed/values.yaml': before.replace('1.0.0', '1.0.0-debug'),
        'holds/values.yaml': wrote.replace('# the tag', '# lynceus: hold, we look at it'),
        'beside/values.yaml': wrote.replace('replicas: 2', 'replicas: 9'),
      },
      'by hand',
    );
    const done = await people.untilRollbacks();
    expect(done.map(short).toSorted()).toEqual([
      'beside written check-failed',
      'fresh held no-version-before',
      'holds held held-by-person',
    ]);
    expect(say(people, 'beside')).toBe(before.replace('replicas: 2', 'replicas: 9'));
    expect(say(people, 'holds')).toContain('1.1.0');
    expect(say(people, 'changed')).toContain('1.0.0-debug');
  });

  test('does nothing where the environment is at fault, and the good neighbour of another check goes back', async () => {
    const many = town('many', names(5));
    await many.cycle();
    for (const app of names(5)) prometheus.rates.set(app, 1);
    const done = await many.untilRollbacks();
    expect(done.map(short)).toEqual(names(5).map((app) => `${app} held environment-at-fault`));
    expect(done[0]?.reason).toContain('fails for 5 of 5 Applications');
    for (const app of names(5)) expect(say(many, app)).toContain('1.1.0');
    for (const app of names(5)) prometheus.rates.delete(app);
  });

  test('pauses itself beyond the limits, until a person resumes it', async () => {
    const verification = '  rollbacks: { perNamespace: 2, environmentCount: 100 }\n';
    const limited = town('limited', names(4), { verification });
    await limited.cycle();
    for (const app of ['app0', 'app1']) prometheus.rates.set(app, 1);
    const first = await limited.untilRollbacks();
    expect(first.map(short)).toEqual(['app0 written check-failed', 'app1 written check-failed']);
    anApplication(limited, { name: 'app2', annotations: { 'image-list': 'api=registry.test/acme/api:^1' } });
    await limited.cycle();
    prometheus.rates.set('app2', 1);
    const [third] = await limited.untilRollbacks();
    expect(third && short(third)).toBe('app2 held rollback-limit');
    expect(say(limited, 'app2')).toContain('1.2.0');
    expect(limited.world.logged.join('')).toContain('"msg":"rollbacks are paused"');
    for (const app of names(4)) prometheus.rates.delete(app);
  });

  describe('by pull request', () => {
    /** Merges the branch of the only open request, as a person does at the host. */
    function merge(remote: string, host: HostStandIn): void {
      const open = host.project.requests.filter(({ state }) => state === 'open');
      expect(open).toHaveLength(1);
      const [request] = open;
      git(remote, ['update-ref', 'refs/heads/main', request?.head ?? '']);
      host.project.end(request?.number ?? 0, 'merged', 'jane');
    }

    /** Merges it as one commit of the host, which leaves our records out. */
    function squash(remote: string, host: HostStandIn): void {
      const request = host.project.requests.find(({ state }) => state === 'open');
      const tree = `refs/heads/${request?.head ?? ''}^{tree}`;
      const made = ['commit-tree', tree, '-p', 'refs/heads/main', '-m', 'Update the shop (#1)'];
      const sha = git(remote, made).trim();
      git(remote, ['update-ref', 'refs/heads/main', sha]);
      host.project.end(request?.number ?? 0, 'merged', 'jane', sha);
    }

    async function proposedTown(
      name: string,
      mergeAs: typeof merge = merge,
    ): Promise<{ readonly proposed: Town; readonly host: HostStandIn }> {
      const host = await startHostStandIn(HOSTS.github.routes, {
        project: createProject({ path: `acme/${name}` }),
        token: LOGIN.password,
      });
      onTestFinished(() => host.stop());
      const config: Partial<Config> = {
        pullRequests: [
          {
            url: `${http.url}/acme`,
            enabled: true,
            kind: 'github',
            apiUrl: `${host.url}${HOSTS.github.api}`,
            group: 'application',
            labels: ['dependencies'],
            reviewers: [],
            autoMerge: undefined,
            draft: false,
            deleteBranch: false,
            tokenFrom: undefined,
            title: undefined,
          },
        ],
      };
      const proposed = town(`acme/${name}`, ['shop'], { config });
      expect(endings(await proposed.cycle())).toEqual(['shop updated newer-version']);
      mergeAs(proposed.remote, host);
      prometheus.rates.set('shop', 0.5);
      const [rollback] = await proposed.untilRollbacks();
      expect(rollback).toMatchObject({ outcome: 'proposed', pullRequest: { action: 'open' } });
      prometheus.rates.delete('shop');
      return { proposed, host };
    }

    test('is proposed, stays so, is merged, and is held then', async () => {
      const { proposed, host } = await proposedTown('merged');
      const request = host.project.requests.find(({ state }) => state === 'open');
      expect(request?.title).toBe('build: roll back acme/api of shop from 1.1.0 to 1.0.0');
      expect(request?.body).toContain('The check `slo-errors` failed in `argocd/shop` for what');
      expect(request?.body).toContain('`0.5 is not < 0.01`');
      expect(request?.body).toContain('| `argocd/shop` | `registry.test/acme/api` | `1.1.0` | `1.0.0` |');
      expect(say(proposed, 'shop')).toContain('1.1.0');
      // It stands, also when nothing is asked any more, and a newer version waits for it.
      for (let left = 2; left > 0; left -= 1) {
        const { images, rollbacks, costs } = await proposed.cycle(3);
        expect(images.map(({ outcome, code }) => [outcome, code])).toEqual([['current', 'already-proposed']]);
        expect([rollbacks, costs.gitPushes]).toEqual([undefined, 0]);
      }
      merge(proposed.remote, host);
      expect(say(proposed, 'shop')).toBe(before);
      await proposed.cycle(1);
      expect(endings(await proposed.cycle(1))).toEqual(['shop held rolled-back']);
      expect(host.project.requests.map(({ state }) => state)).toEqual(['merged', 'merged']);
    });

    test('is of what the host made one commit of, without our records', async () => {
      const { proposed, host } = await proposedTown('squashed', squash);
      const request = host.project.requests.find(({ state }) => state === 'open');
      expect(request?.body).toContain('| `argocd/shop` | `registry.test/acme/api` | `1.1.0` | `1.0.0` |');
      squash(proposed.remote, host);
      expect(say(proposed, 'shop')).toBe(before);
      for (let left = 3; left > 0; left -= 1)
        expect(endings(await proposed.cycle(1))).toEqual(['shop held rolled-back']);
      expect(host.project.requests.map(({ state }) => state)).toEqual(['merged', 'merged']);
    });

    test('is not proposed again once a person closed it', async () => {
      const { proposed, host } = await proposedTown('closed');
      host.project.end(2, 'closed', 'jane');
      const { rollbacks = [] } = await proposed.cycle(1);
      expect(rollbacks.map(short)).toEqual(['shop held proposal-closed']);
      for (let left = 2; left > 0; left -= 1) expect((await proposed.cycle(1)).rollbacks).toBeUndefined();
      expect(host.project.requests.map(({ state }) => state)).toEqual(['merged', 'closed']);
      expect(say(proposed, 'shop')).toContain('1.1.0');
    });
  });

  test('takes back all that one commit wrote, and with it only those that ask for it', async () => {
    const { writeBack } = aConfig('');
    const config = { writeBack: { ...writeBack, commitPer: 'remote' as const } };
    const shared = town('shared', ['in-one', 'in-two', 'beside'], { config, watched: 'in-*' });
    await shared.cycle();
    prometheus.rates.set('in-one', 1);
    const done = await shared.untilRollbacks();
    expect(done.map(short)).toEqual(['in-one written check-failed', 'in-two written check-failed']);
    for (const app of ['in-one', 'in-two']) expect(say(shared, app)).toBe(before);
    const [commit] = logOf(shared.remote, 'main');
    expect(commit?.message).toContain('build: roll back acme/api of in-one, in-two from 1.1.0 to 1.0.0\n');
    expect(commit?.message).toMatch(
      /failed in argocd\/in-one for what \w{7} wrote, which also wrote argocd\/in-two: 1 is/,
    );
    expect(say(shared, 'beside')).toContain('1.1.0');
    prometheus.rates.delete('in-one');
  });
});
