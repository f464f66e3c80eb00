import { join } from 'node:path';
import type { Config } from '../../../src/config/config.ts';
import { load } from '../../config/given.ts';
import type { CycleReport } from '../../../src/core/report.ts';
import { APPLICATIONS, APP_PROJECTS, SECRETS, type KubeObject } from '../../../src/kube/kube-client.ts';
import { prefixed } from '../../helpers/annotations.ts';
import { startDockerRegistry } from '../../helpers/docker-registry.ts';
import { createFlowWorld, REAL_CLOCK, type FlowWorld } from '../../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../../helpers/git-servers.ts';
import { createGitRoot, createRemote, git, type WorldFiles } from '../../helpers/git-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../../helpers/kube-stand-in/kube-stand-in.ts';
import { pushImage } from '../../helpers/push-image.ts';
import {
  forward,
  startStandIn,
  type Answer,
  type Seen,
  type StandIn,
} from '../../helpers/registry-stand-in.ts';

/** Logins that must never be seen anywhere but where they are for. */
export const PASSWORDS = {
  git: 'git-Secret=company',
  daemon: 'git-Secret=daemon',
  registry: 'registry-Secret=company',
  cluster: 'bearer-Secret=cluster',
  others: 'deploy-Secret=others',
} as const;

const LOGIN = { username: 'bot', password: PASSWORDS.git };
const VALUES = 'image:\n  tag: 1.0.0\n';
const NEW_VALUES = 'image:\n  tag: 1.1.0\n';
const SECRET_TYPE = 'argocd.argoproj.io/secret-type';

/**
 * An Application of an attacker. In every text `<git>`, `<evil>`, `<registry>`, `<port>`, `<root>`, `<api>` and `<own>`
 * stand for what is known when the servers are there: the URLs of the company's Git server, of a server of the attacker and of
 * the registry, the port of a server that nothing else names, the folder of all remotes, host and port of the API server, and the name of the
 * Application, which is its folder in the shared remote as well.
 */
export interface HostileApplication {
  /** Without the prefix, on top of the usual ones; `null` takes a usual one away. */
  readonly annotations?: Readonly<Record<string, string | null>>;
  /** Beside or instead of the usual keys of `spec.source`. */
  readonly source?: Readonly<Record<string, unknown>>;
  readonly sources?: readonly unknown[];
  readonly namespace?: string;
  readonly project?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Files of the shared remote, beside its values file. */
  readonly files?: WorldFiles;
}

export interface FenceOptions {
  /** Files of the remote that all share. */
  readonly files?: WorldFiles;
  /** Further remotes by name, and what they hold. */
  readonly remotes?: Readonly<Record<string, WorldFiles>>;
  readonly projects?: readonly KubeObject[];
  readonly secrets?: readonly KubeObject[];
  /** Laid over the configuration, group by group. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What the attacker's server answers; `undefined`: what a registry without a login would. */
  readonly evil?: (seen: Seen) => Answer | Promise<Answer> | undefined;
}

/** What the placeholders stand for. */
type Places = Readonly<Record<'git' | 'evil' | 'registry' | 'port' | 'root' | 'api', string>>;

export interface FenceWorld {
  readonly places: Places;
  readonly kube: KubeStandIn;
  readonly http: GitHttpServer;
  /** The attacker's server. */
  readonly evil: StandIn;
  /** A server that only the texts of attackers name. */
  readonly bait: StandIn;
  readonly flow: FlowWorld;
  /** Folder of all bare repositories. */
  readonly root: string;
  /** Path of the bare repository that all share. */
  readonly shared: string;
  /** One cycle of a fresh process. */
  run(): Promise<CycleReport>;
  stop(): Promise<void>;
}

/** Applications that do nothing wrong. Each must be updated, whatever the others do. */
export const NEIGHBOURS = ['good', 'victim'] as const;

/**
 * A company whose Applications are in any namespace: a Git server that wants a login, a remote that everybody shares, a
 * registry, an API server, and a server of the attacker. The attackers' Applications are in `team-hostile`.
 */
export async function startFence(
  attackers: Readonly<Record<string, HostileApplication>>,
  options: FenceOptions = {},
): Promise<FenceWorld> {
  const { root, remove } = createGitRoot();
  const registry = await startDockerRegistry();
  const [kube, http, bait, evil] = await Promise.all([
    startKubeStandIn(),
    startGitHttpServer({ root, login: LOGIN }),
    startStandIn(() => ({ status: 404 })),
    startStandIn((seen) => options.evil?.(seen) ?? anonymousRegistry(seen, registry.url)),
  ]);
  for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
  const places: Places = {
    git: http.url,
    evil: evil.url,
    registry: registry.url,
    port: new URL(bait.url).port,
    root,
    api: new URL(kube.url).host,
  };
  const files = Object.entries(attackers).map(([name, { files: more = {} }]) => ({
    [`${name}/values.yaml`]: VALUES,
    ...Object.fromEntries(Object.entries(more).map(([path, file]) => [path.replaceAll('<own>', name), file])),
  }));
  const shared = createRemote(root, 'shared.git', {
    ...Object.fromEntries(NEIGHBOURS.map((name) => [`${name}/values.yaml`, VALUES])),
    ...options.files,
    ...(Object.assign({}, ...files) as WorldFiles),
  });
  for (const [name, content] of Object.entries(options.remotes ?? {})) createRemote(root, name, content);
  const flow = createFlowWorld(REAL_CLOCK);

  for (const project of options.projects ?? PROJECTS) kube.objects.put(APP_PROJECTS, filled(project, places));
  const company = aSecret('company', { url: '<git>', ...LOGIN }, { labels: { [SECRET_TYPE]: 'repo-creds' } });
  for (const secret of [company, ...(options.secrets ?? [])])
    kube.objects.put(SECRETS, encoded(filled(secret, places)));
  const neighbours = NEIGHBOURS.map((name) => [name, { namespace: 'team-good', project: 'good' }] as const);
  for (const [name, application] of [...neighbours, ...Object.entries(attackers)])
    kube.objects.put(APPLICATIONS, filled(manifestOf(name, application), { ...places, own: name }));

  return {
    places,
    kube,
    http,
    evil,
    bait,
    flow,
    root,
    shared,
    run() {
      const kubeconfig = kube.kubeconfig(join(flow.folder, 'kubeconfig'), { namespace: 'argocd' });
      const cache = { cacheDirectory: join(flow.folder, 'cache') };
      return flow.run(configOf({ kubeconfig, cache, places, more: options.config ?? {} }), {
        env: { GIT_USERNAME: 'daemon', GIT_PASSWORD: PASSWORDS.daemon, ...options.env },
      });
    },
    async stop() {
      await Promise.all([kube.stop(), registry.stop(), http.stop(), evil.stop(), bait.stop()]);
      flow.remove();
      remove();
    },
  };
}

export function anAppProject(
  name: string,
  spec: Readonly<Record<string, unknown>>,
  namespace = 'argocd',
): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name, namespace },
    spec: { destinations: [{ namespace: '*', server: '*' }], ...spec },
  };
}

export const PROJECTS: readonly KubeObject[] = [
  anAppProject('default', { sourceRepos: ['*'] }),
  anAppProject('good', {
    sourceNamespaces: ['team-good'],
    sourceRepos: ['<git>/shared.git', '<git>/good/*'],
  }),
  anAppProject('hostile', {
    sourceNamespaces: ['team-hostile', 'team-hostile-*'],
    sourceRepos: ['<git>/shared.git', '<git>/hostile/*', '<evil>/**', '!<git>/hostile/denied.git'],
  }),
];

/** A Secret whose fields are not encoded yet. */
export function aSecret(
  name: string,
  fields: Readonly<Record<string, string>>,
  {
    namespace = 'argocd',
    labels = {},
    annotations = {},
    type = 'Opaque',
  }: {
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly type?: string;
  } = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type,
    metadata: { name, namespace, labels, annotations },
    data: fields,
  };
}

function encoded({ data, ...secret }: KubeObject): KubeObject {
  const fields = Object.entries((data ?? {}) as Record<string, string>);
  return {
    ...secret,
    data: Object.fromEntries(fields.map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
  };
}

function manifestOf(name: string, application: HostileApplication): KubeObject {
  const { namespace = 'team-hostile', project = 'hostile', annotations = {}, labels = {} } = application;
  const { source, sources } = application;
  const usual = {
    'image-list': 'a=registry.test/acme/api:^1',
    'write-back-method': 'git',
    'write-back-target': 'helmvalues',
  };
  const written = Object.entries({ ...usual, ...annotations }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  const own = { repoURL: '<git>/shared.git', path: '<own>', targetRevision: 'main', helm: {} };
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace, labels, annotations: prefixed(Object.fromEntries(written)) },
    spec: {
      project,
      destination: { server: 'https://kubernetes.default.svc', namespace },
      ...(sources === undefined ? { source: { ...own, ...source } } : { sources }),
    },
  };
}

/** The same with every placeholder filled in. */
function filled<T>(value: T, places: Readonly<Record<string, string>>): T {
  const text = JSON.stringify(value).replace(/<([a-z]+)>/g, (all, name: string) => places[name] ?? all);
  return JSON.parse(text) as T;
}

interface Given {
  readonly kubeconfig: string;
  readonly cache: Readonly<Record<string, string>>;
  readonly places: Places;
  readonly more: Readonly<Record<string, unknown>>;
}

function configOf({ kubeconfig, cache, places, more }: Given): Config {
  const base = {
    applications: { namespaces: ['*'] },
    cluster: { kubeconfig, leaderElection: false },
    git: { cacheDirectory: cache['cacheDirectory'], timeout: '20s', remotes: [{ url: '<git>' }] },
    registries: [
      { name: 'company', prefix: 'registry.test', apiUrl: '<registry>' },
      { name: 'attacker', prefix: 'evil.test', apiUrl: '<evil>', limit: 10_000 },
    ],
    registriesFile: '',
    log: { level: 'trace', format: 'json' },
    server: { healthPort: 0, metricsPort: 0 },
  };
  const groups = Object.entries(more).map(([name, group]) => {
    const before: unknown = (base as Record<string, unknown>)[name];
    if (Array.isArray(before)) return [name, [...(before as unknown[]), ...(group as unknown[])]];
    return [name, { ...(before as object | undefined), ...(group as object) }];
  });
  return load({
    fileText: JSON.stringify(filled({ ...base, ...Object.fromEntries(groups) } as unknown, { ...places })),
  });
}

/** Takes everybody, and has the tags of `acme/api` under every name. */
export function anonymousRegistry(seen: Seen, registryUrl: string): Promise<Answer> {
  const { authorization: _login, ...headers } = seen.headers;
  const target = seen.target.replace(/^\/v2\/.*\/(tags|manifests|blobs)\//, '/v2/acme/api/$1/');
  return forward({ ...seen, headers, target }, registryUrl);
}

/** What the files of the neighbours hold afterwards. */
export function areServed(
  world: FenceWorld,
  report: CycleReport,
): readonly (readonly [string, string, string])[] {
  return NEIGHBOURS.map((name) => {
    const ended = report.images.filter(({ application }) => application.name === name);
    const text = git(world.shared, ['show', `main:${name}/values.yaml`]);
    return [
      name,
      ended.map(({ outcome }) => outcome).join(),
      text === NEW_VALUES ? 'written' : text,
    ] as const;
  });
}
