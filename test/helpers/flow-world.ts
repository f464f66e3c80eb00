import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';
import { compose, type Lynceus } from '../../src/app/compose.ts';
import type { Config } from '../../src/config/config.ts';
import { DEFAULT_COMMIT_TEMPLATE as DEFAULT_MESSAGE_TEMPLATE } from '../../src/core/plan/commit-message.ts';
import type { RegistryEndpoint } from '../../src/settings/registry.ts';
import type { CycleReport } from '../../src/core/report.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { KubeObject } from '../../src/kube/kube-client.ts';
import type { Log } from '../../src/ports/log.ts';
import { createLog } from '../../src/reporters/log.ts';
import { load } from '../config/given.ts';
import { anEndpoint } from './an-endpoint.ts';
import { prefixed } from './annotations.ts';
import { removeFolder } from './remove-folder.ts';
import { BRANCH_SPELLINGS, remoteSpellings, spellingFor } from './spellings.ts';

/** Waits are skipped, so that no test sleeps; the time is the real one. */
export const IMPATIENT_CLOCK: Clock = {
  now: () => Date.now(),
  sleep: () => Promise.resolve(),
  random: () => 0.5,
};

/** A clock that really waits: for what bounds its work by time. */
export const REAL_CLOCK: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => wait(milliseconds, undefined, { signal }),
  random: () => 0.5,
};

export interface ApplicationWish {
  readonly name: string;
  readonly namespace?: string;
  readonly project?: string;
  /** Without the prefix. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly repoURL: string;
  readonly path: string;
  readonly targetRevision?: string;
  /** Further keys of the source: `helm`, `kustomize`, `plugin`. */
  readonly source?: Readonly<Record<string, unknown>>;
  readonly images?: readonly string[];
}

export interface FlowWorld {
  readonly folder: string;
  /** Lines of the log so far. */
  readonly logged: readonly string[];
  readonly log: Log;
  addApplication(wish: ApplicationWish): void;
  addText(file: string, text: string): void;
  compose(config?: Partial<Config>, env?: Readonly<Record<string, string>>): Lynceus;
  /** One cycle of a fresh process. */
  run(
    config?: Partial<Config>,
    options?: { readonly dryRun?: boolean; readonly env?: Readonly<Record<string, string>> },
  ): Promise<CycleReport>;
  remove(): void;
}

export interface FlowWorldOptions {
  /** Each Application writes its remote and its branch `main` in one of the ways there are, by its name. */
  readonly spelled?: boolean;
}

/** A folder with Application manifests and a daemon that is made anew for every cycle, so that nothing is remembered. */
export function createFlowWorld(
  clock: Clock = IMPATIENT_CLOCK,
  { spelled = false }: FlowWorldOptions = {},
): FlowWorld {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-flow-'));
  const applications = join(folder, 'applications');
  const logged: string[] = [];
  mkdirSync(applications);
  const log = createLog({ level: 'trace', format: 'json', destination: (line) => void logged.push(line) });

  function composeWorld(config: Partial<Config> = {}, env: Readonly<Record<string, string>> = {}): Lynceus {
    return compose(aConfig(folder, config), { env, clock, log });
  }

  return {
    folder,
    logged,
    log,
    addApplication(wish) {
      const written = spelled ? spell(wish) : wish;
      writeFileSync(
        join(applications, `${wish.namespace ?? 'argocd'}-${wish.name}.json`),
        JSON.stringify(applicationManifest(written), null, 2),
      );
    },
    addText(file, text) {
      writeFileSync(join(applications, file), text);
    },
    compose: composeWorld,
    async run(config = {}, { dryRun = false, env = {} } = {}) {
      const lynceus = composeWorld(config, env);
      try {
        return await lynceus.runCycle({ dryRun }, AbortSignal.timeout(170_000));
      } finally {
        await lynceus.close();
      }
    },
    remove: () => removeFolder(folder),
  };
}

/** A registry whose images are named with this prefix. */
export function aRegistryConfig(
  apiUrl: string,
  prefix: string,
  changes: Partial<RegistryEndpoint> = {},
): RegistryEndpoint {
  return anEndpoint(apiUrl, { name: prefix, prefix, ...changes });
}

/** Changes that make the cluster of this kubeconfig the place where Applications are found. */
export function inCluster(kubeconfig: string): Pick<Config, 'applications' | 'cluster'> {
  const { applications, cluster } = aConfig('/nowhere');
  return {
    applications: { ...applications, paths: [] },
    cluster: { ...cluster, kubeconfig, events: true, refreshAfterPush: true },
  };
}

/** What a configuration says that says nothing: reading it takes longer than the rest of what a cycle here composes. */
function defaults(): Config {
  read ??= load({});
  return read;
}

let read: Config | undefined;

export function aConfig(folder: string, changes: Partial<Config> = {}): Config {
  return {
    passedFaults: [],
    applications: {
      paths: [join(folder, 'applications')],
      namespaces: { kind: 'own' },
      matchNames: [],
      matchLabels: [],
      annotations: 'auto',
      argocdNamespace: 'argocd',
      concurrency: 10,
    },
    cluster: {
      kubeconfig: undefined,
      context: undefined,
      leaderElection: false,
      leaseNamespace: undefined,
      leaseName: 'lynceus',
      shard: undefined,
      events: false,
      refreshAfterPush: false,
    },
    secrets: { allowedNamespaces: [] },
    permissions: { rules: [], environment: [], written: false },
    network: { privateAddresses: true, exceptions: [] },
    verification: {
      checks: [],
      rules: [],
      syncDeadline: 900_000,
      healthDeadline: 900_000,
      healthyFor: 60_000,
      healthFailureLimit: 0,
      rollbacks: {
        perNamespace: 3,
        perHour: 10,
        environmentCount: 3,
        environmentShare: 0.3,
        onlyInWindows: false,
      },
      onInconclusive: 'notify',
    },
    schedule: { kind: 'interval', every: 120_000, jitter: 0 },
    writeBack: {
      method: 'git',
      createMissing: false,
      commitPer: 'application',
      collect: 0,
      rollback: 'resume-on-newer',
      allowDowngrade: false,
      verifiedDigest: true,
    },
    gates: { ...defaults().gates, signatures: [] },
    git: {
      author: { name: 'argocd-image-updater', email: 'noreply@argoproj.io' },
      formerAuthors: [],
      commitMethod: 'git',
      messageTemplate: DEFAULT_MESSAGE_TEMPLATE,
      signing: undefined,
      signOff: false,
      trailers: true,
      pushAttempts: 5,
      timeout: 30_000,
      history: 50,
      cacheDirectory: join(folder, 'cache'),
      cacheBytes: 1024 ** 3,
      loginFor: [],
      remotes: [],
    },
    paused: false,
    limits: defaults().limits,
    cache: { file: undefined, bytes: 32 * 1024 * 1024, revalidate: 3_600_000 },
    notifications: defaults().notifications,
    pullRequests: [],
    registries: [],
    platforms: [],
    dockerConfigFile: undefined,
    log: { level: 'trace', format: 'json' },
    server: { ...defaults().server, healthPort: 0, metricsPort: 0, address: '127.0.0.1' },
    webhooks: defaults().webhooks,
    ...changes,
  };
}

/** The same Application, with its remote and its branch written in ways that its name decides. */
export function spell(wish: ApplicationWish): ApplicationWish {
  const { name, repoURL, targetRevision = 'main' } = wish;
  return {
    ...wish,
    repoURL: spellingFor(`${name} remote`, remoteSpellings(repoURL)).of(repoURL),
    targetRevision:
      targetRevision === 'main'
        ? spellingFor(`${name} branch`, BRANCH_SPELLINGS).of(targetRevision)
        : targetRevision,
  };
}

/** What the cluster holds of it. */
export function applicationManifest({
  name,
  namespace = 'argocd',
  project = 'default',
  annotations,
  repoURL,
  path,
  targetRevision = 'main',
  source = {},
  images,
}: ApplicationWish): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace, annotations: prefixed(annotations) },
    spec: { project, source: { repoURL, path, targetRevision, ...source } },
    ...(images === undefined ? {} : { status: { summary: { images } } }),
  };
}
