import { describe, expect, onTestFinished, test } from 'vitest';
import type { ApplicationId } from '../../../src/core/policy.ts';
import { APPLICATIONS, type KubeObject } from '../../../src/kube/kube-client.ts';
import {
  createKubernetesSource,
  type KubernetesSource,
  type KubernetesSourceOptions,
} from '../../../src/sources/kubernetes/kubernetes-source.ts';
import { PREFIX } from '../../helpers/annotations.ts';
import type { KubeStandIn } from '../../helpers/kube-stand-in/kube-stand-in.ts';
import { createVirtualClock } from '../../helpers/virtual-clock.ts';
import { collectLog } from '../../helpers/logs.ts';
import { connect, FOREVER, startServer } from '../../kube/stand-in.ts';

function anApplication(
  name: string,
  more: {
    readonly namespace?: string;
    readonly annotations?: Record<string, string>;
    readonly spec?: object;
    readonly status?: object;
    readonly labels?: Record<string, string>;
  } = {},
): KubeObject {
  const { namespace = 'argocd', annotations = { [`${PREFIX}image-list`]: 'nginx:~1' }, labels = {} } = more;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace, annotations, labels },
    spec: more.spec ?? { source: { repoURL: 'https://git.example/a.git', path: name } },
    ...(more.status === undefined ? {} : { status: more.status }),
  };
}

interface Sourcing {
  readonly source: KubernetesSource;
  readonly reported: ApplicationId[];
  readonly clock: ReturnType<typeof createVirtualClock>;
}

async function startSource(
  server: KubeStandIn,
  options: Partial<KubernetesSourceOptions> = {},
): Promise<Sourcing> {
  const clock = createVirtualClock();
  const kube = await connect(server, { clock });
  const source = createKubernetesSource({
    kube,
    namespaces: 'own',
    argocdNamespace: 'argocd',
    clock,
    log: collectLog().log,
    ...options,
  });
  onTestFinished(() => source.close());
  const reported: ApplicationId[] = [];
  source.onChange((ids) => reported.push(...ids));
  source.start(FOREVER);
  return { source, reported, clock };
}

async function namesIn(source: KubernetesSource): Promise<readonly string[]> {
  const { applications } = await source.list(FOREVER);
  return applications.map(({ namespace, name }) => `${namespace}/${name}`);
}

describe('the source of a cluster', () => {
  test('lists from memory, and asks the API server for nothing', async () => {
    const server = await startServer();
    for (const name of ['b', 'a']) server.objects.put(APPLICATIONS, anApplication(name));
    const { source } = await startSource(server);
    await source.ready();
    await server.seen({ verb: 'watch' });
    const asked = server.requests.length;

    expect(await namesIn(source)).toEqual(['argocd/a', 'argocd/b']);
    const [first] = (await source.list(FOREVER)).applications;
    expect((await source.list(FOREVER)).applications[0]).toBe(first);
    expect(server.requests).toHaveLength(asked);
  });

  test.each([
    ['own', ['argocd/a'], ['argocd']],
    ['all', ['argocd/a', 'ops/c', 'team-x/b'], ['']],
    [
      ['team-x', 'ops', 'ops'],
      ['ops/c', 'team-x/b'],
      ['ops', 'team-x'],
    ],
  ] as const)('watches the namespaces %j', async (namespaces, expected, asked) => {
    const server = await startServer();
    server.objects.put(APPLICATIONS, anApplication('a'));
    server.objects.put(APPLICATIONS, anApplication('b', { namespace: 'team-x' }));
    server.objects.put(APPLICATIONS, anApplication('c', { namespace: 'ops' }));
    const { source } = await startSource(server, { namespaces });
    await source.ready();

    expect(await namesIn(source)).toEqual(expected);
    const listed = server.requests.filter(({ verb }) => verb === 'list').map(({ namespace }) => namespace);
    expect(listed.sort()).toEqual([...asked]);
  });

  test('asks for no more than the selector', async () => {
    const server = await startServer();
    server.objects.put(APPLICATIONS, anApplication('a', { labels: { tier: 'x' } }));
    server.objects.put(APPLICATIONS, anApplication('b'));
    const { source } = await startSource(server, { labelSelector: 'tier=x' });
    await source.ready();

    expect(await namesIn(source)).toEqual(['argocd/a']);
  });

  test('keeps nothing of what it does not need', async () => {
    const server = await startServer();
    const lastApplied = { 'kubectl.kubernetes.io/last-applied-configuration': 'x'.repeat(1000) };
    server.objects.put(APPLICATIONS, {
      ...anApplication('a', { annotations: { other: 'kept', ...lastApplied } }),
      status: { summary: { images: ['nginx:1.25'] }, sourceType: 'Helm', history: [{ id: 1 }] },
      operation: { sync: {} },
    });
    const { source } = await startSource(server);
    await source.ready();

    const { applications } = await source.list(FOREVER);
    expect(JSON.stringify(applications)).not.toMatch(/last-applied|history|operation/);
    expect(applications).toMatchObject([
      {
        namespace: 'argocd',
        name: 'a',
        annotations: { other: 'kept' },
        labels: {},
        sources: [expect.objectContaining({ repoURL: 'https://git.example/a.git' })],
        multiSource: false,
        sourceTypes: ['Helm'],
        liveImages: ['nginx:1.25'],
        origin: 'cluster',
      },
    ]);
  });

  test('keeps what is deployed, and not the sources that it was deployed from', async () => {
    const server = await startServer();
    const [revision, at] = ['a'.repeat(40), '2026-11-30T10:00:00Z'];
    const source = { repoURL: 'https://git.example/a.git', helm: { values: 'secret-ballast' } };
    server.objects.put(APPLICATIONS, {
      ...anApplication('a'),
      status: {
        sync: { status: 'Synced', revision },
        health: { status: 'Healthy', lastTransitionTime: at },
        history: [{ id: 0, revision, deployedAt: at, source, initiatedBy: { username: 'ballast' } }],
        operationState: {
          phase: 'Succeeded',
          message: 'ballast',
          finishedAt: at,
          operation: { sync: { revision, source, manifests: ['ballast'] }, info: [{ value: 'ballast' }] },
          syncResult: { revision, source, resources: [{ message: 'ballast' }] },
        },
      },
    });
    const { source: applications } = await startSource(server);
    await applications.ready();

    const [read] = (await applications.list(FOREVER)).applications;

    expect(JSON.stringify(read)).not.toContain('ballast');
    expect(read?.deployment).toEqual({
      sync: { status: 'synced', revisions: [revision] },
      health: { status: 'healthy', since: Date.parse(at) },
      history: [{ revisions: [revision], deployedAt: Date.parse(at) }],
      operation: { phase: 'succeeded', revisions: [revision], finishedAt: Date.parse(at) },
      isAutomated: false,
    });
  });

  test('an Application that cannot be used is a problem, until it is corrected', async () => {
    const server = await startServer();
    server.objects.put(APPLICATIONS, anApplication('bad', { spec: {} }));
    server.objects.put(APPLICATIONS, anApplication('good'));
    const { source, reported } = await startSource(server);
    await source.ready();
    await server.seen({ verb: 'watch' });

    const { applications, problems } = await source.list(FOREVER);
    expect(applications).toHaveLength(1);
    expect(problems).toMatchObject([
      { code: 'application-invalid', key: 'spec', application: { name: 'bad' } },
    ]);
    server.objects.put(APPLICATIONS, anApplication('bad'));
    await expect.poll(async () => (await source.list(FOREVER)).applications.length).toBe(2);
    expect((await source.list(FOREVER)).problems).toEqual([]);
    expect(reported).toEqual([{ namespace: 'argocd', name: 'bad' }]);
  });
});

/** What happens to an Application, and whether it is a reason to look at it at once. */
const CHANGES: readonly (readonly [string, Parameters<typeof anApplication>[1], boolean])[] = [
  ['its image list', { annotations: { [`${PREFIX}image-list`]: 'nginx:~2' } }, true],
  [
    'another annotation of ours',
    { annotations: { [`${PREFIX}image-list`]: 'nginx:~1', [`${PREFIX}git-branch`]: 'main' } },
    true,
  ],
  ['a label', { labels: { tier: 'x' } }, true],
  ['its source', { spec: { source: { repoURL: 'https://git.example/a.git', path: 'other' } } }, true],
  ['what kind of source it has', { status: { sourceType: 'Helm' } }, true],
  [
    'what is deployed',
    { status: { sync: { status: 'Synced', revision: 'a'.repeat(40) }, health: { status: 'Healthy' } } },
    false,
  ],
  ['the images that run', { status: { summary: { images: ['nginx:1.26'] } } }, false],
  [
    'an annotation of Argo CD',
    { annotations: { [`${PREFIX}image-list`]: 'nginx:~1', 'argocd.argoproj.io/refresh': 'normal' } },
    false,
  ],
  [
    'another part of its spec',
    { spec: { source: { repoURL: 'https://git.example/a.git', path: 'a' }, syncPolicy: {} } },
    false,
  ],
];

describe('the source of a cluster reports', () => {
  test.each(CHANGES)('of a change of %s: %j', async (_, change, expected) => {
    const server = await startServer();
    server.objects.put(APPLICATIONS, anApplication('a'));
    const { reported } = await startSource(server);
    await expect.poll(() => server.watches.open).toBe(3);
    server.objects.put(APPLICATIONS, anApplication('a', change));
    server.objects.put(APPLICATIONS, anApplication('last'));
    await expect.poll(() => reported.at(-1)?.name).toBe('last');

    expect(reported.map(({ name }) => name)).toEqual(expected ? ['a', 'last'] : ['last']);
  });

  test('nothing of the first list, nothing of deletions, and nobody who stopped listening', async () => {
    const server = await startServer();
    server.objects.put(APPLICATIONS, anApplication('a'));
    const { source, reported } = await startSource(server);
    const also: ApplicationId[] = [];
    const stop = source.onChange((ids) => also.push(...ids));
    stop();
    await expect.poll(() => server.watches.open).toBe(3);
    server.objects.delete(APPLICATIONS, 'argocd', 'a');
    server.objects.put(APPLICATIONS, anApplication('b'));
    await expect.poll(() => reported.length).toBe(1);

    expect([reported, also]).toEqual([[{ namespace: 'argocd', name: 'b' }], []]);
  });
});

describe('the source of a cluster is unreadable', () => {
  test('before its first list', async () => {
    const server = await startServer();
    const kube = await connect(server);
    const source = createKubernetesSource({
      kube,
      namespaces: 'own',
      argocdNamespace: 'argocd',
      clock: createVirtualClock(),
      log: collectLog().log,
    });

    await expect(source.list(FOREVER)).rejects.toMatchObject({
      code: 'applications-unreadable',
      message: 'cannot read the Applications of the namespace argocd: the first list is under way',
    });
  });

  test('without the right to read, and says what to grant', async () => {
    const server = await startServer({ rules: [] });
    const { source } = await startSource(server, { namespaces: 'all' });
    await server.seen({ verb: 'list' }, 2);

    await expect(source.list(FOREVER)).rejects.toMatchObject({
      code: 'applications-unreadable',
      message:
        'cannot read the Applications of all namespaces: system:serviceaccount:argocd:lynceus may not list applications.argoproj.io in all namespaces',
      hint: expect.stringContaining('a ClusterRole') as string,
    });
  });

  test('in one namespace, and goes on in the others', async () => {
    const applications = {
      apiGroups: ['argoproj.io'],
      resources: ['applications'],
      verbs: ['list', 'watch'],
    };
    const server = await startServer({ rules: [{ ...applications, namespace: 'team' }] });
    server.objects.put(APPLICATIONS, anApplication('a', { namespace: 'team' }));
    const { source } = await startSource(server, { namespaces: ['team', 'other'] });
    await server.seen({ verb: 'watch' });
    await server.seen({ verb: 'list', namespace: 'other' }, 2);

    const { applications: found, problems } = await source.list(FOREVER);
    expect(found.map(({ name }) => name)).toEqual(['a']);
    expect(problems).toMatchObject([
      {
        application: { namespace: 'other', name: '' },
        code: 'applications-unreadable',
        key: 'other',
        message: expect.stringContaining('may not list') as string,
      },
    ]);
  });

  test('when nothing was heard for too long', async () => {
    const server = await startServer();
    const { source, clock } = await startSource(server);
    await expect.poll(() => server.watches.open).toBe(3);
    clock.advance(400_000);

    await expect(source.list(FOREVER)).rejects.toMatchObject({
      message: 'cannot read the Applications of the namespace argocd for 400 s: no answer',
    });
  });

  test('after it was closed: a waiting caller gets an error', async () => {
    const server = await startServer();
    server.inject({ fault: { kind: 'hold', until: new Promise(() => undefined) } });
    const { source } = await startSource(server);
    await server.seen({ verb: 'list' });
    const ready = source.ready();
    source.close();

    await expect(ready).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('five thousand Applications', () => {
  test('are listed in twenty pages, and kept without what is not needed', async () => {
    const server = await startServer();
    const status = { resources: 'x'.repeat(1_000) };
    for (let index = 0; index < 5_000; index++)
      server.objects.put(APPLICATIONS, anApplication(`app-${index}`, { status }));
    const { source } = await startSource(server);
    await source.ready();

    expect((await source.list(FOREVER)).applications).toHaveLength(5_000);
    expect(
      server.requests.filter(({ verb, resource }) => verb === 'list' && resource === 'applications'),
    ).toHaveLength(20);
  });
});
