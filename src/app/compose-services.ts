import type { PolicyContext } from '../argocd/read-policies.ts';
import type { Config } from '../config/config.ts';
import { templateLimitsOf } from '../config/template-limits.ts';
import { renderBranchName } from '../core/git/branch-template.ts';
import { renderCommitMessage, renderRequestText, mentionsLabels } from '../core/plan/commit-message.ts';
import type { TemplateLimits } from '../core/plan/template/meter.ts';
import type { Platform } from '../core/image/platform.ts';
import type { CycleCosts } from '../core/report.ts';
import type { LynceusError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { ApplicationLister } from '../ports/application-source.ts';
import type { Checks } from '../ports/checks.ts';
import type { Observer } from '../ports/observer.ts';
import type { Pauses } from '../ports/pauses.ts';
import { defaultRegistryOf } from '../registries/endpoints.ts';
import { createMetrics, type Metrics } from '../reporters/metrics.ts';
import type { StatusStore } from '../status/status-store.ts';
import { createFileSource } from '../sources/files/file-source.ts';
import { VERSION } from '../version.ts';
import type { GitWriter } from '../writers/git/git-writer.ts';
import { composeChecks } from './compose-checks.ts';
import { composeGuard } from './compose-guard.ts';
import { composeNotices, type Notices } from './compose-notices.ts';
import { composePullRequests, pullRequestDefaults } from './compose-pull-requests.ts';
import { composeRegistries, type ComposedRegistries } from './compose-registries.ts';
import { composeStatusStore, liveVerifications } from './compose-status-store.ts';
import { composeSignatures } from './compose-signatures.ts';
import { composeVerification } from './compose-verification.ts';
import { composeTokens } from './compose-tokens.ts';
import { composeWriters, editOptionsOf } from './compose-writers.ts';
import type { PauseServices } from './mark-paused.ts';
import { clusterSource, reachOnce, type ClusterReach } from './reach-cluster.ts';
import { selectorOf } from './select-applications.ts';
import type { ApplicationServices, CycleServices, GitServices } from './services.ts';
import type { WatchServices } from './verification/watch-services.ts';
import { createDeliveryServices, type DeliveryServices } from './delivery/delivery-services.ts';
import type { Environment } from './environment.ts';
import { createPausesInMemory } from './verification/pauses-in-memory.ts';
import type { RollbackServices } from './verification/rollback-services.ts';

/** Everything of a process that its cycles and commands share. */
export interface ComposedServices extends Pick<
  CycleServices,
  'applications' | 'registries' | 'pullRequests' | 'verification' | 'costs'
> {
  readonly pauses: PauseServices;
  readonly writes: WatchServices;
  readonly rollbacks: RollbackServices;
  readonly deliveries: DeliveryServices;
  gitOf(dryRun: boolean): GitServices;
  readonly git: GitWriter;
  readonly cluster: ClusterReach | undefined;
  readonly metrics: Metrics;
  /** What is known of images; `undefined` where nobody can read it. */
  readonly status: StatusStore | undefined;
  readonly notices: Notices;
  /** Measures by the checks of the configuration; asks nothing until then. */
  readonly checks: Checks;
  /** Logins for a registry that a person names, not an annotation. */
  readonly unboundLogins: ComposedRegistries['unboundLogins'];
  /** What was learned from registries, kept on disc from one cycle to the next. */
  readonly cache: ComposedRegistries['cache'];
  close(): Promise<void>;
}

/** For so long notices are still sent when the process ends, in milliseconds. */
const LAST_NOTICES = 5_000;

export function composeServices(config: Config, environment: Environment): ComposedServices {
  const templateLimits = templateLimitsOf(config.limits, () => environment.clock.now());
  const metrics = createMetrics({ version: VERSION, configFaults: config.passedFaults.length });
  const status = composeStatusStore(config, environment);
  const { observer, costs } = countCosts(metrics.observer, status?.observer);
  const cluster = config.applications.paths.length > 0 ? undefined : reachOnce(config, environment);
  const guard = composeGuard(config, environment);
  const tokens = composeTokens(environment, guard);
  const parts = { observer, cluster, tokens, guard };
  const { cache, unboundLogins, ...registries } = composeRegistries(config, environment, parts);
  const editOptions = editOptionsOf(config);
  const { logins, git, dryRun: dryRunWriter } = composeWriters(config, environment, parts);
  const pullRequests = composePullRequests(config, environment, { logins, guard });
  const signatures = composeSignatures(config, environment, {
    source: registries.registry,
    cluster,
    observer,
  });
  const checks = composeChecks(environment, { cluster, observer });
  const notices = composeNotices(config, environment, { cluster, metrics, logins });
  const pauses = { configured: config.paused, kept: pausesOf(cluster) };
  const writes = composeVerification(config, environment, { cluster, checks });
  status?.follow(liveVerifications(writes));
  return {
    applications: applicationServicesOf(config, cluster, templateLimits),
    registries: {
      ...registries,
      platformDefaults: { configured: config.platforms, own: ownPlatform() },
      revalidate: config.cache.revalidate,
    },
    unboundLogins,
    gitOf: (dryRun) => ({
      writer: dryRun ? dryRunWriter : git,
      plan: planOptionsOf(config, templateLimits, environment.log),
      ...editOptions,
    }),
    git,
    pullRequests,
    verification: { signatures, writesDigest: config.writeBack.verifiedDigest },
    pauses,
    writes,
    rollbacks: rollbacksOf(config, pauses.kept),
    deliveries: createDeliveryServices(cluster !== undefined),
    checks,
    cluster,
    metrics,
    status,
    notices,
    costs,
    cache,
    async close() {
      await notices.sent(LAST_NOTICES);
      await notices.close();
      for (const part of [registries.registry, tokens.clients, pullRequests.hosts, signatures, checks])
        part.close();
      await cluster?.close();
    },
  };
}

function applicationServicesOf(
  config: Config,
  cluster: ClusterReach | undefined,
  templateLimits: TemplateLimits,
): ApplicationServices {
  return {
    sources: sourcesOf(config, cluster),
    selects: selectorOf(config.applications),
    policyContext: policyContextOf(config, templateLimits),
    permissions: permissionsOf(config),
  };
}

function sourcesOf(
  { applications }: Config,
  cluster: ClusterReach | undefined,
): readonly ApplicationLister[] {
  return cluster === undefined ? [createFileSource(applications)] : [clusterSource(cluster)];
}

/** Without a cluster they end with the process, and only what stops itself pauses. */
function pausesOf(cluster: ClusterReach | undefined): Pauses {
  if (cluster === undefined) return createPausesInMemory();
  return {
    read: async (signal) => await (await cluster()).pauses.read(signal),
    pause: async (part, pause, signal) => await (await cluster()).pauses.pause(part, pause, signal),
    resume: async (parts, signal) => await (await cluster()).pauses.resume(parts, signal),
  };
}

function policyContextOf(config: Config, templateLimits: TemplateLimits): PolicyContext {
  const { registries, writeBack, applications, secrets, permissions, limits, gates, verification } = config;
  return {
    pullRequests: pullRequestDefaults(config),
    defaultMethod: writeBack.method,
    defaultRegistry: defaultRegistryOf(registries),
    argocdNamespace: applications.argocdNamespace,
    canWriteApplications: applications.paths.length === 0,
    annotationRule: applications.annotations,
    defaultRollback: writeBack.rollback,
    defaultAllowDowngrade: writeBack.allowDowngrade,
    minimumAges: gates.minimumAge,
    templateLimits,
    allowedSecretNamespaces: secrets.allowedNamespaces,
    environmentLogins: permissions.environment,
    verification: { rules: verification.rules, checks: verification.checks.map(({ name }) => name) },
    windows: gates,
    limits,
    signaturePolicies: gates.signatures,
    openServices: config.notifications.services.filter(({ annotations }) => annotations),
  };
}

/** The fence is enforced by a list of rules, and by watching other namespaces than Argo CD's. */
function permissionsOf({
  permissions,
  applications: { paths, namespaces, argocdNamespace },
}: Config): CycleServices['applications']['permissions'] {
  const isElsewhere =
    namespaces.kind === 'all' ||
    (namespaces.kind === 'list' && namespaces.names.some((name) => name !== argocdNamespace));
  return {
    rules: permissions.rules,
    enforced: permissions.written || (paths.length === 0 && isElsewhere),
  };
}

function planOptionsOf({ writeBack, git }: Config, limits: TemplateLimits, log: Log): GitServices['plan'] {
  const onFault = ({ line }: LynceusError): void =>
    log.warn('the template git.messageTemplate failed; the commit message is a short one', { reason: line });
  return {
    commitPer: writeBack.commitPer,
    trailers: git.trailers,
    needsLabels: mentionsLabels(git.messageTemplate),
    signOff: git.signOff ? `${git.author.name} <${git.author.email}>` : undefined,
    commitMessage: (changes) => renderCommitMessage(git.messageTemplate, changes, { limits, onFault }),
    requestText: (changes) => renderRequestText(git.messageTemplate, changes, { limits }),
    branchName: (template, changes, target) => renderBranchName(template, changes, { target, limits }),
  };
}

function rollbacksOf({ verification }: Config, pauses: Pauses): RollbackServices {
  const { onlyInWindows, ...limits } = verification.rollbacks;
  return { limits, onlyInWindows, pauses };
}

/** Passes every observation on and counts, for the costs of each cycle. */
function countCosts(...observers: readonly (Observer | undefined)[]): {
  readonly observer: Observer;
  readonly costs: () => CycleCosts;
} {
  const inner = observers.filter((one) => one !== undefined);
  let registryRequests = 0;
  let gitFetches = 0;
  let gitPushes = 0;
  return {
    observer: {
      registryRequest(event) {
        registryRequests += 1;
        for (const one of inner) one.registryRequest(event);
      },
      registryFrozen: (event) => inner.forEach((one) => one.registryFrozen(event)),
      checkMeasured: (event) => inner.forEach((one) => one.checkMeasured(event)),
      signatureRefused: (event) => inner.forEach((one) => one.signatureRefused(event)),
      gitOperation(event) {
        if (event.kind === 'fetch') gitFetches += 1;
        else gitPushes += 1;
        for (const one of inner) one.gitOperation(event);
      },
    },
    costs: () => ({ registryRequests, gitFetches, gitPushes }),
  };
}

/** Names of processors where Node.js and the OCI image specification (Go's GOARCH) differ. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: 'ppc64le',
  mipsel: 'mipsle',
};

/**
 * The platform of the updater itself. The system is always Linux, so that `lynceus plan` on a laptop shows what
 * the daemon in the cluster will do.
 */
function ownPlatform(): Platform {
  return { os: 'linux', architecture: ARCHITECTURES[process.arch] ?? process.arch };
}
