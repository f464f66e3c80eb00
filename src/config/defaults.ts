export { DEFAULT_COMMIT_TEMPLATE as DEFAULT_MESSAGE_TEMPLATE } from '../core/plan/commit-message.ts';

/** Where the configuration file is looked for when nobody names one; it need not exist. */
export const DEFAULT_CONFIG_FILE = '/app/config/lynceus.yaml';

/** Requests per second to a registry that says nothing else. */
export const DEFAULT_REGISTRY_LIMIT = 20;

/**
 * What holds when nobody says anything, in the words of the configuration file. A key without a default is
 * not here. Ports, paths, commit author and message are those of Argo CD Image Updater.
 */
export const DEFAULTS = {
  applications: {
    paths: [],
    namespaces: [],
    matchNames: [],
    matchLabels: [],
    argocdNamespace: 'argocd',
    concurrency: 10,
  },
  cluster: { leaderElection: true, leaseName: 'lynceus', events: true, refreshAfterPush: true },
  secrets: { allowedNamespaces: [] },
  schedule: { interval: '2m0s', jitter: 0.05 },
  writeBack: {
    method: 'argocd',
    createMissing: false,
    commitPer: 'application',
    collect: '0s',
    rollback: 'resume-on-newer',
    allowDowngrade: false,
  },
  git: {
    author: { name: 'argocd-image-updater', email: 'noreply@argoproj.io' },
    commitMethod: 'git',
    signing: { method: 'openpgp' },
    signOff: false,
    messageTemplateFile: '/app/config/commit.template',
    trailers: true,
    pushAttempts: 5,
    timeout: '1m30s',
    history: 500,
    cacheDirectory: '/tmp/lynceus',
    cacheMiB: 2_048,
    remotes: [],
  },
  cache: { bytes: 33_554_432 },
  pullRequests: [],
  registriesFile: '/app/config/registries.conf',
  registries: [],
  platforms: [],
  log: { level: 'info', format: 'text' },
  server: { healthPort: 8080, metricsPort: 8081, address: '' },
} as const;
