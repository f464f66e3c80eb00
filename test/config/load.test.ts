import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { DEFAULT_COMMIT_TEMPLATE } from '../../src/core/plan/commit-message.ts';
import { configFileToRead, type ConfigInput, furtherFilesToRead } from '../../src/config/load.ts';
import { SETTINGS } from '../../src/settings/settings.ts';
import { faultsOf, load } from './given.ts';

describe('loadConfig', () => {
  test('without any text gives the defaults', () => {
    expect(load({})).toEqual({
      applications: {
        paths: [],
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
        leaderElection: true,
        leaseNamespace: undefined,
        leaseName: 'lynceus',
        shard: undefined,
        events: true,
        refreshAfterPush: true,
      },
      secrets: { allowedNamespaces: [] },
      permissions: { rules: [], environment: [], written: false },
      network: { privateAddresses: true, exceptions: [] },
      schedule: { kind: 'interval', every: 120_000, jitter: 0.05 },
      writeBack: {
        method: 'argocd',
        createMissing: false,
        commitPer: 'application',
        collect: 0,
        rollback: 'resume-on-newer',
        allowDowngrade: false,
        verifiedDigest: true,
      },
      gates: {
        minimumAge: [],
        signatures: [],
        tuf: { mirror: 'https://tuf-repo-cdn.sigstore.dev', cacheDirectory: '/tmp/lynceus-tuf' },
        windows: [],
        syncWindows: false,
      },
      verification: {
        checks: [],
        rules: [],
        syncDeadline: 900_000,
        healthDeadline: 900_000,
        healthFailureLimit: 0,
        healthyFor: 60_000,
        onInconclusive: 'notify',
        rollbacks: {
          perNamespace: 3,
          perHour: 10,
          environmentCount: 3,
          environmentShare: 0.3,
          onlyInWindows: false,
        },
      },
      paused: false,
      notifications: { services: [], routes: [], templates: [], failingAfter: 2, together: 10 },
      git: {
        author: { name: 'argocd-image-updater', email: 'noreply@argoproj.io' },
        commitMethod: 'git',
        formerAuthors: [],
        signing: undefined,
        signOff: false,
        messageTemplate: DEFAULT_COMMIT_TEMPLATE,
        trailers: true,
        pushAttempts: 5,
        timeout: 90_000,
        history: 500,
        cacheDirectory: '/tmp/lynceus',
        cacheBytes: 2_147_483_648,
        loginFor: [],
        remotes: [],
      },
      limits: {
        fileKiB: 2048,
        fileNodes: 200_000,
        fileDepth: 100,
        fileAliases: 10_000,
        gitMiB: 512,
        templateSteps: 10_000,
        templateKiB: 64,
        templateTime: 100,
        images: 100,
        remotes: 10,
        tags: 50_000,
        pages: 200,
        pageMiB: 4,
        listingTime: 60_000,
        remoteTime: 120_000,
        hostTime: 120_000,
        cycleTime: 1_200_000,
        namespaceShare: 0.5,
      },
      cache: { file: undefined, bytes: 33_554_432, revalidate: 3_600_000 },
      pullRequests: [],
      registries: [],
      passedFaults: [],
      platforms: [],
      dockerConfigFile: undefined,
      log: { level: 'info', format: 'text' },
      server: {
        healthPort: 8080,
        metricsSecure: true,
        metricsPort: 8081,
        address: '',
        statusPort: 0,
        statusAccess: 'open',
        statusHosts: [],
        extensionPort: 0,
        tls: {
          certFile: '/app/config/tls/tls.crt',
          keyFile: '/app/config/tls/tls.key',
          minVersion: '1.3',
          maxVersion: '1.3',
        },
      },
      webhooks: {
        enabled: false,
        tls: true,
        requireSecret: true,
        perHour: 0,
        secrets: Object.entries({
          'docker.io': ['docker', 'DOCKER'],
          'ghcr.io': ['ghcr', 'GHCR'],
          'quay.io': ['quay', 'QUAY'],
          harbor: ['harbor', 'HARBOR'],
          'aliyun-acr': ['aliyunAcr', 'ALIYUN_ACR'],
          acr: ['acr', 'ACR'],
          cloudevents: ['cloudevents', 'CLOUDEVENTS'],
          github: ['github', 'GITHUB'],
          gitlab: ['gitlab', 'GITLAB'],
          gitea: ['gitea', 'GITEA'],
          bitbucket: ['bitbucket', 'BITBUCKET'],
          'azure-devops': ['azureDevops', 'AZURE_DEVOPS'],
          distribution: ['distribution', 'DISTRIBUTION'],
          zot: ['zot', 'ZOT'],
          google: ['google', 'GOOGLE'],
        }).map(([type, [key, variable]]) => ({
          type,
          key: `webhooks.secrets.${key}`,
          from: { kind: 'env', variable: `${variable}_WEBHOOK_SECRET` },
          required: false,
        })),
      },
    });
  });

  test.each([
    ['', 'empty'],
    ['# only words\n', 'a comment'],
    ['---\n', 'a marker'],
    ['null\n', 'null'],
    ['\uFEFFlog: {}\n', 'a BOM'],
  ])('of a file that is %j gives the defaults', (fileText) => {
    expect(load({ fileText })).toEqual(load({}));
  });

  test('is frozen to its leaves', () => {
    const config = load({ fileText: 'applications: { matchLabels: [a=b] }' });
    expect(() => Object.assign(config.log, { level: 'debug' })).toThrow(TypeError);
    expect(() => Object.assign(config.applications.matchLabels[0] ?? {}, { key: 'c' })).toThrow(TypeError);
  });

  test('translates what a file says', () => {
    const config = load({
      fileText: `
applications:
  paths: [apps/, "more/*.yaml"]
  matchLabels: [team=shop, example.com/tier=, "a=b"]
schedule: { cron: "*/10 * * * 1-5", timezone: Europe/Berlin }
git:
  messageTemplate: "deps: {{ .AppName }}"
  remotes:
    - { url: "https://github.com/acme/", usernameFrom: "text:x-access-token", passwordFrom: "env:TOKEN", caFile: /ca.pem }
    - { url: "https://git.example/", passwordFrom: "file:/run/secrets/a:b" }
    - { url: "git@git.example:acme/", sshPrivateKeyFile: /id, sshKnownHostsFile: /known }
    - { url: "ssh://git@git.example:2222/acme/", sshPrivateKeyFile: /id }
platforms: [linux/amd64, linux/arm/v7]
dockerConfigFile: /docker/config.json
server: { healthPort: 9000, metricsPort: 9000, address: "::1" }
`,
    });
    expect(config).toMatchObject({
      applications: {
        paths: ['apps/', 'more/*.yaml'],
        matchLabels: [
          { key: 'team', value: 'shop' },
          { key: 'example.com/tier', value: '' },
          { key: 'a', value: 'b' },
        ],
      },
      schedule: { kind: 'cron', expression: '*/10 * * * 1-5', timezone: 'Europe/Berlin' },
      git: { messageTemplate: 'deps: {{ .AppName }}' },
      platforms: [
        { os: 'linux', architecture: 'amd64' },
        { os: 'linux', architecture: 'arm', variant: 'v7' },
      ],
      dockerConfigFile: '/docker/config.json',
      server: { healthPort: 9000, metricsPort: 9000, address: '::1' },
    });
    expect(config.git.remotes).toEqual([
      {
        url: 'https://github.com/acme/',
        usernameFrom: { kind: 'text', text: 'x-access-token' },
        passwordFrom: { kind: 'env', variable: 'TOKEN' },
        caFile: '/ca.pem',
      },
      { url: 'https://git.example/', passwordFrom: { kind: 'file', path: '/run/secrets/a:b' } },
      { url: 'git@git.example:acme/', sshPrivateKeyFile: '/id', sshKnownHostsFile: '/known' },
      { url: 'ssh://git@git.example:2222/acme/', sshPrivateKeyFile: '/id' },
    ]);
  });

  test.each(['0.0.0.0', '::', '::1', 'fe80::1', '127.0.0.1', 'localhost', 'my-host.example', ''])(
    'listens on address %j',
    (address) => {
      expect(load({ fileText: `server: { address: "${address}" }` }).server.address).toBe(address);
    },
  );

  test('takes an empty flag for one that is not given, where nothing is the default', () => {
    const flags = {
      argocdNamespace: '',
      kubeconfig: '',
      gitCommitSigningKey: '',
      leaderElectionNamespace: '',
      tlsciphers: '',
    };
    expect(load({ flags })).toEqual(load({}));
    expect(faultsOf({ flags: { gitCommitUser: '' } })).toHaveLength(1);
  });

  test('splits names and labels to match at commas', () => {
    const flags = { matchApplicationName: ['shop-*, web', '{a,b}-*'], matchApplicationLabel: ['a=b,c=d'] };
    const { matchNames, matchLabels } = load({ flags }).applications;
    expect(matchNames).toEqual(['shop-*', 'web', '{a,b}-*']);
    expect(matchLabels).toMatchObject([{ key: 'a' }, { key: 'c' }]);
  });

  test.each([
    ['team=shop', { key: 'team', value: 'shop' }],
    ['team==shop', { key: 'team', value: 'shop' }],
    ['example.com/tier=', { key: 'example.com/tier', value: '' }],
    ['tier!=test', { key: 'tier', operator: 'NotIn', values: ['test'] }],
    ['tier in (web, api)', { key: 'tier', operator: 'In', values: ['web', 'api'] }],
    ['tier notin (web)', { key: 'tier', operator: 'NotIn', values: ['web'] }],
    ['tier', { key: 'tier', operator: 'Exists', values: [] }],
    ['!tier', { key: 'tier', operator: 'DoesNotExist', values: [] }],
  ])('reads the label selector %s', (text, requirement) => {
    const flags = { matchApplicationLabel: [`${text},other=1`] };
    expect(load({ flags }).applications.matchLabels).toEqual([requirement, { key: 'other', value: '1' }]);
  });

  test.each(['tier in web', 'tier in ()x', 'a=b=c', '=x', '!', 'tier > 3', 'a b'])('refuses %s', (text) => {
    expect(faultsOf({ flags: { matchApplicationLabel: [text] } })).toHaveLength(1);
  });

  test('takes an interval of 0 for one cycle, and from flags and variables, also a negative one, for changes only', () => {
    expect(load({ flags: { interval: '0' }, once: true }).schedule).toMatchObject({ every: 0 });
    expect(load({ flags: { interval: '0' } }).schedule).toEqual({ kind: 'changes' });
    expect(load({ flags: { interval: '-1s' } }).schedule).toEqual({ kind: 'changes' });
    expect(load({ env: { IMAGE_UPDATER_INTERVAL: '-2m' } }).schedule).toEqual({ kind: 'changes' });
    for (const interval of ['"0"', '0s', '-2m'])
      expect(faultsOf({ fileText: `schedule: { interval: ${interval} }` })).toHaveLength(1);
    expect(faultsOf({ flags: { interval: '-x' } })).toHaveLength(1);
    expect(faultsOf({ flags: { interval: '10ms' }, once: true })).toHaveLength(1);
  });
});

interface Way {
  readonly name: string;
  readonly path: string;
  readonly file: string;
  readonly env?: string;
  readonly flags: ConfigInput['flags'];
  readonly read: (config: Config) => unknown;
  /** What the file, the environment and the flags say, in this order. */
  readonly values: readonly unknown[];
}

// prettier-ignore
const WAYS: readonly Way[] = [
  { name: 'interval', path: 'schedule.interval', file: 'schedule: { interval: 3m }', env: '4m', flags: { interval: '5m' }, read: (c) => c.schedule, values: [{ kind: 'interval', every: 180_000, jitter: 0.05 }, { kind: 'interval', every: 240_000, jitter: 0.05 }, { kind: 'interval', every: 300_000, jitter: 0.05 }] },
  { name: 'log level', path: 'log.level', file: 'log: { level: warn }', env: 'DEBUG', flags: { loglevel: 'Trace' }, read: (c) => c.log.level, values: ['warn', 'debug', 'trace'] },
  { name: 'log format', path: 'log.format', file: 'log: { format: json }', env: 'text', flags: { logformat: 'JSON' }, read: (c) => c.log.format, values: ['json', 'text', 'json'] },
  { name: 'author name', path: 'git.author.name', file: 'git: { author: { name: A } }', env: 'B', flags: { gitCommitUser: 'C' }, read: (c) => c.git.author.name, values: ['A', 'B', 'C'] },
  { name: 'author e-mail', path: 'git.author.email', file: 'git: { author: { email: a@a } }', env: 'b@b', flags: { gitCommitEmail: 'c@c' }, read: (c) => c.git.author.email, values: ['a@a', 'b@b', 'c@c'] },
  { name: 'concurrency', path: 'applications.concurrency', file: 'applications: { concurrency: 2 }', env: '3', flags: { maxConcurrentApps: '4' }, read: (c) => c.applications.concurrency, values: [2, 3, 4] },
  { name: 'concurrency by its older flag', path: 'applications.concurrency', file: 'applications: { concurrency: 2 }', env: '3', flags: { maxConcurrency: '4' }, read: (c) => c.applications.concurrency, values: [2, 3, 4] },
  { name: 'annotation rule', path: 'applications.annotations', file: 'applications: { annotations: always }', flags: { annotations: 'by-resource' }, read: (c) => c.applications.annotations, values: ['always', 'by-resource'] },
  { name: 'namespace', path: 'applications.argocdNamespace', file: 'applications: { argocdNamespace: a }', env: 'b', flags: { argocdNamespace: 'c' }, read: (c) => c.applications.argocdNamespace, values: ['a', 'b', 'c'] },
  { name: 'paths', path: 'applications.paths', file: 'applications: { paths: [a] }', flags: { applications: ['b', 'c'] }, read: (c) => c.applications.paths, values: [['a'], ['b', 'c']] },
  { name: 'namespaces', path: 'applications.namespaces', file: 'applications: { namespaces: [a, b, a] }', env: ' c , d', flags: { watchNamespaces: '*' }, read: (c) => c.applications.namespaces, values: [{ kind: 'list', names: ['a', 'b'] }, { kind: 'list', names: ['c', 'd'] }, { kind: 'all' }] },
  { name: 'namespaces by their older flag', path: 'applications.namespaces', file: 'applications: { namespaces: ["*"] }', env: 'c', flags: { applicationNamespace: '' }, read: (c) => c.applications.namespaces, values: [{ kind: 'all' }, { kind: 'list', names: ['c'] }, { kind: 'own' }] },
  { name: 'kubeconfig', path: 'cluster.kubeconfig', file: 'cluster: { kubeconfig: /a }', flags: { kubeconfig: '/b' }, read: (c) => c.cluster.kubeconfig, values: ['/a', '/b'] },
  { name: 'context', path: 'cluster.context', file: 'cluster: { context: a }', flags: { context: 'b' }, read: (c) => c.cluster.context, values: ['a', 'b'] },
  { name: 'leader election', path: 'cluster.leaderElection', file: 'cluster: { leaderElection: false }', flags: { leaderElection: true }, read: (c) => c.cluster.leaderElection, values: [false, true] },
  { name: 'leader election off', path: 'cluster.leaderElection', file: 'cluster: { leaderElection: true }', flags: { leaderElection: 'False' }, read: (c) => c.cluster.leaderElection, values: [true, false] },
  { name: 'namespace of the Lease', path: 'cluster.leaseNamespace', file: 'cluster: { leaseNamespace: a }', flags: { leaderElectionNamespace: 'b' }, read: (c) => c.cluster.leaseNamespace, values: ['a', 'b'] },
  { name: 'shard', path: 'cluster.shard', file: 'cluster: { shard: 0/2 }', flags: { shard: '2/3' }, read: (c) => c.cluster.shard, values: [{ index: 0, count: 2 }, { index: 2, count: 3 }] },
  { name: 'events, off where the variable and the flag say true', path: 'cluster.events', file: 'cluster: { events: false }', env: 'false', flags: { disableKubeEvents: true }, read: (c) => c.cluster.events, values: [false, true, false] },
  { name: 'refresh after a push', path: 'cluster.refreshAfterPush', file: 'cluster: { refreshAfterPush: false }', flags: { refreshAfterPush: true }, read: (c) => c.cluster.refreshAfterPush, values: [false, true] },
  { name: 'refresh after a push off', path: 'cluster.refreshAfterPush', file: 'cluster: { refreshAfterPush: true }', flags: { refreshAfterPush: 'false' }, read: (c) => c.cluster.refreshAfterPush, values: [true, false] },
  { name: 'a pause', path: 'paused', file: 'paused: true', flags: { paused: 'false' }, read: (c) => c.paused, values: [true, false] },
  { name: 'names', path: 'applications.matchNames', file: 'applications: { matchNames: ["a*"] }', flags: { matchApplicationName: 'b' }, read: (c) => c.applications.matchNames, values: [['a*'], ['b']] },
  { name: 'labels', path: 'applications.matchLabels', file: 'applications: { matchLabels: [a=b] }', flags: { matchApplicationLabel: ['c=d'] }, read: (c) => c.applications.matchLabels, values: [[{ key: 'a', value: 'b' }], [{ key: 'c', value: 'd' }]] },
  { name: 'cron', path: 'schedule.cron', file: 'schedule: { cron: "1 * * * *" }', flags: { schedule: '2 * * * *' }, read: (c) => c.schedule, values: [{ kind: 'cron', expression: '1 * * * *', timezone: undefined }, { kind: 'cron', expression: '2 * * * *', timezone: undefined }] },
  { name: 'time zone', path: 'schedule.timezone', file: 'schedule: { cron: "1 * * * *", timezone: UTC }', flags: { timezone: 'Asia/Tokyo' }, read: (c) => c.schedule, values: [{ kind: 'cron', expression: '1 * * * *', timezone: 'UTC' }, { kind: 'cron', expression: '1 * * * *', timezone: 'Asia/Tokyo' }] },
  { name: 'address of probes', path: 'server.healthAddress', file: 'server: { healthAddress: ":1" }', flags: { healthProbeBindAddress: '0' }, read: (c) => c.server.healthAddress, values: [{ address: '', port: 1 }, { address: '', port: 0 }] },
  { name: 'address of metrics', path: 'server.metricsAddress', file: 'server: { metricsAddress: "[::1]:8443" }', flags: { metricsBindAddress: 'localhost:1' }, read: (c) => c.server.metricsAddress, values: [{ address: '::1', port: 8443 }, { address: 'localhost', port: 1 }] },
  { name: 'metrics over HTTPS', path: 'server.metricsSecure', file: 'server: { metricsSecure: true }', flags: { metricsSecure: 'false' }, read: (c) => c.server.metricsSecure, values: [true, false] },
  { name: 'status port', path: 'server.statusPort', file: 'server: { statusPort: 1 }', flags: { statusPort: '2' }, read: (c) => c.server.statusPort, values: [1, 2] },
  { name: 'port for Argo CD', path: 'server.extensionPort', file: 'server: { extensionPort: 1 }', flags: { extensionPort: '2' }, read: (c) => c.server.extensionPort, values: [1, 2] },
  { name: 'access to the status', path: 'server.statusAccess', file: 'server: { statusAccess: token }', flags: { statusAccess: 'open' }, read: (c) => c.server.statusAccess, values: ['token', 'open'] },
  { name: 'health port', path: 'server.healthPort', file: 'server: { healthPort: 1 }', flags: { healthPort: '0' }, read: (c) => c.server.healthPort, values: [1, 0] },
  { name: 'metrics port', path: 'server.metricsPort', file: 'server: { metricsPort: 1 }', flags: { metricsPort: '2' }, read: (c) => c.server.metricsPort, values: [1, 2] },
  { name: 'TLS from', path: 'server.tls.minVersion', file: 'server: { tls: { minVersion: 1.1 } }', env: 'TLS1.2', flags: { tlsminversion: '1.3' }, read: (c) => c.server.tls.minVersion, values: ['1.1', '1.2', '1.3'] },
  { name: 'TLS to', path: 'server.tls.maxVersion', file: 'server: { tls: { minVersion: "1.1", maxVersion: 1.2 } }', env: '1.3', flags: { tlsmaxversion: 'tls1.2' }, read: (c) => c.server.tls.maxVersion, values: ['1.2', '1.3', '1.2'] },
  { name: 'cipher suites', path: 'server.tls.ciphers', file: 'server: { tls: { ciphers: A:B } }', env: 'C', flags: { tlsciphers: 'D_1:E' }, read: (c) => c.server.tls.ciphers, values: [['A', 'B'], ['C'], ['D_1', 'E']] },
  { name: 'webhooks', path: 'webhooks.enabled', file: 'webhooks: { enabled: true }', env: 'false', flags: { enableWebhook: 'true' }, read: (c) => c.webhooks.enabled, values: [true, false, true] },
  { name: 'webhook port', path: 'webhooks.port', file: 'webhooks: { port: 1 }', env: '2', flags: { webhookPort: '3' }, read: (c) => c.webhooks.port, values: [1, 2, 3] },
  { name: 'webhook TLS', path: 'webhooks.tls', file: 'webhooks: { tls: false }', env: 'false', flags: { disableTls: true }, read: (c) => c.webhooks.tls, values: [false, true, false] },
  { name: 'webhook secrets', path: 'webhooks.requireSecret', file: 'webhooks: { requireSecret: false }', env: 'true', flags: { webhookRequireSecret: 'false' }, read: (c) => c.webhooks.requireSecret, values: [false, true, false] },
  { name: 'webhook rate', path: 'webhooks.perHour', file: 'webhooks: { perHour: 1 }', env: '2', flags: { webhookRatelimitAllowed: '3' }, read: (c) => c.webhooks.perHour, values: [1, 2, 3] },
  { name: 'template file', path: 'git.messageTemplateFile', file: 'git: { messageTemplateFile: /a }', flags: { gitCommitMessagePath: '/b' }, read: (c) => c.git.messageTemplate, values: ['given', 'given'] },
  { name: 'commit method', path: 'git.commitMethod', file: 'git: { commitMethod: api }', env: 'GIT', flags: { gitCommitMethod: 'api' }, read: (c) => c.git.commitMethod, values: ['api', 'git', 'api'] },
  { name: 'signing key', path: 'git.signing.key', file: 'git: { signing: { key: A } }', env: 'B', flags: { gitCommitSigningKey: 'C' }, read: (c) => c.git.signing?.key, values: ['A', 'B', 'C'] },
  { name: 'signing method', path: 'git.signing.method', file: 'git: { signing: { method: ssh, key: /k } }', env: 'OpenPGP', flags: { gitCommitSigningMethod: 'ssh' }, read: (c) => c.git.signing?.method, values: ['ssh', 'openpgp', 'ssh'] },
  { name: 'sign-off', path: 'git.signOff', file: 'git: { signOff: true }', env: 'false', flags: { gitCommitSignOff: true }, read: (c) => c.git.signOff, values: [true, false, true] },
  { name: 'write-back method', path: 'writeBack.method', file: 'writeBack: { method: argocd }', flags: { writeBackMethod: 'git' }, read: (c) => c.writeBack.method, values: ['argocd', 'git'] },
  { name: 'collect window', path: 'writeBack.collect', file: 'writeBack: { collect: 10s }', flags: { collect: '15s' }, read: (c) => c.writeBack.collect, values: [10_000, 15_000] },
  { name: 'cache file', path: 'cache.file', file: 'cache: { file: /a }', env: '/b', flags: { cacheFile: '/c' }, read: (c) => c.cache.file, values: ['/a', '/b', '/c'] },
  { name: 'registries file', path: 'registriesFile', file: 'registriesFile: /a', flags: { registriesConfPath: '' }, read: (c) => c.registries.length, values: [1, 0] },
];

const TEXTS = {
  messageTemplateText: 'given',
  registriesText: 'registries: [{ name: A, api_url: "https://a.example", prefix: a.example }]',
};

describe('a flag wins over an environment variable, that over the file, that over the default', () => {
  test.each(WAYS)('$name', ({ path, file, env, flags, read, values }) => {
    const variable = SETTINGS.find((setting) => setting.path === path)?.env;
    const environment = variable === undefined ? {} : { [variable]: env };
    const inputs: Partial<ConfigInput>[] = [{ fileText: file }];
    if (env !== undefined) inputs.push({ fileText: file, env: environment });
    inputs.push({ fileText: file, env: environment, flags });
    expect(inputs.map((input) => read(load({ ...TEXTS, ...input })))).toEqual(values);
  });

  test('every setting with a flag is tried here', () => {
    const tried = new Set(WAYS.flatMap(({ flags }) => Object.keys(flags)));
    expect(SETTINGS.flatMap(({ flagName }) => flagName ?? []).filter((name) => !tried.has(name))).toEqual([]);
  });

  test('an empty variable is not set', () => {
    expect(load({ env: { IMAGE_UPDATER_INTERVAL: '', ARGOCD_NAMESPACE: '' } })).toEqual(load({}));
  });

  test('the same namespaces by both flags are no contradiction', () => {
    const flags = { watchNamespaces: 'a,b', applicationNamespace: 'a, b' };
    expect(load({ flags }).applications.namespaces).toEqual({ kind: 'list', names: ['a', 'b'] });
  });

  test('interval and cron replace each other, with what belongs to them', () => {
    const cron = 'schedule: { cron: "1 * * * *", timezone: UTC }';
    expect(load({ fileText: cron, env: { IMAGE_UPDATER_INTERVAL: '7m' } }).schedule).toEqual({
      kind: 'interval',
      every: 420_000,
      jitter: 0.05,
    });
    const interval = 'schedule: { interval: 7m, jitter: 0.1 }';
    expect(load({ fileText: interval, flags: { schedule: '1 * * * *' } }).schedule).toMatchObject({
      kind: 'cron',
    });
  });

  test('a boolean flag and a flag that is none of ours are not looked at', () => {
    expect(load({ flags: { once: true, dryRun: true, color: 'never' } })).toEqual(load({}));
  });
});

describe('files to read', () => {
  test('the configuration file is named by flag, then by variable, then by default', () => {
    expect(configFileToRead({ flags: { config: 'a' }, env: { LYNCEUS_CONFIG: 'b' } })).toEqual({
      path: 'a',
      required: true,
    });
    expect(configFileToRead({ flags: {}, env: { LYNCEUS_CONFIG: 'b' } })).toEqual({
      path: 'b',
      required: true,
    });
    expect(configFileToRead({ flags: {}, env: { LYNCEUS_CONFIG: '' } })).toEqual({
      path: '/app/config/lynceus.yaml',
      required: false,
    });
  });

  test('the files it names are found, and must be there unless they are at the default place', () => {
    const sources = { flags: {}, env: {} };
    expect(furtherFilesToRead({ ...sources, fileText: undefined })).toEqual({
      registries: { path: '/app/config/registries.conf', required: false },
      messageTemplate: { path: '/app/config/commit.template', required: false },
    });
    expect(
      furtherFilesToRead({ ...sources, fileText: 'registriesFile: ""\ngit: { messageTemplate: x }' }),
    ).toEqual({
      registries: undefined,
      messageTemplate: undefined,
    });
    expect(
      furtherFilesToRead({
        ...sources,
        fileText: 'registriesFile: /a\n',
        flags: { gitCommitMessagePath: '/b' },
      }),
    ).toEqual({
      registries: { path: '/a', required: true },
      messageTemplate: { path: '/b', required: true },
    });
  });

  test('a file full of faults does not stop the looking', () => {
    expect(furtherFilesToRead({ flags: {}, env: {}, fileText: '][' }).registries?.path).toBe(
      '/app/config/registries.conf',
    );
  });
});

describe('the commit message template', () => {
  test.each([
    ['{{ .AppNam }}', /no field \.AppNam; there are \.AppName \.AppChanges \.Applications/],
    ['{{ range .AppChanges }}{{ .Tag }}{{ end }}', /no field \.Tag/],
    ['{{ index .AppChanges 9 }}', /out of range/],
    [
      '{{ range .Applications }}{{ range .Changes }}{{ .Labels.team.name }}{{ end }}{{ end }}',
      /string has no field/,
    ],
    ['{{ slice .AppChanges "a" }}', /./],
  ])('that fails on an example is refused: %s', (template, fault) => {
    expect(faultsOf({ fileText: `git:\n  messageTemplate: ${JSON.stringify(template)}\n` })).toEqual([
      expect.stringMatching(
        /^git\.messageTemplate: template line 1, column \d+: .* \(lynceus\.yaml, line 2\)$/,
      ),
    ]);
    expect(faultsOf({ fileText: `git:\n  messageTemplate: ${JSON.stringify(template)}\n` })[0]).toMatch(
      fault,
    );
  });

  test.each([
    '{{ range .AppChanges }}{{ slice .NewTag 0 40 }} {{ index .Labels "org.opencontainers.image/url" }}{{ end }}',
    '{{ (index .AppChanges 1).Alias }} {{ slice (index .AppChanges 0).Labels.revision 0 7 }}',
    '{{ range .Applications }}{{ .Namespace }}/{{ .Name }}{{ range .Changes }}{{ .OldTag }}{{ end }}{{ end }}',
    '{{ range $k, $v := (index .AppChanges 0).Labels }}{{ $k }}={{ $v }}{{ end }}',
    '{{ if gt (len .AppChanges) 1 }}{{ len .AppChanges }} images{{ end }}',
  ])('that fails on no change is taken: %s', (template) => {
    const { git } = load({ fileText: `git:\n  messageTemplate: ${JSON.stringify(template)}\n` });
    expect(git.messageTemplate).toBe(template);
  });

  test('is checked, wherever it is from', () => {
    const wrong = 'template line 1, column 1: an action is not closed: }} is missing';
    expect(faultsOf({ fileText: 'git:\n  messageTemplate: "{{"\n' })).toEqual([
      `git.messageTemplate: ${wrong} (lynceus.yaml, line 2)`,
    ]);
    expect(faultsOf({ flags: { gitCommitMessagePath: '/t' }, messageTemplateText: '{{' })).toEqual([
      `git.messageTemplateFile: /t: ${wrong} (--git-commit-message-path)`,
    ]);
    expect(faultsOf({ fileText: 'git:\n  messageTemplate: "a {{ end }}"\n' })).toEqual([
      expect.stringMatching(
        /^git\.messageTemplate: template line 1, column \d+: .* \(lynceus\.yaml, line 2\)$/,
      ),
    ]);
  });

  test('is the one of Argo CD Image Updater when nobody gives one', () => {
    expect(load({}).git.messageTemplate).toBe(DEFAULT_COMMIT_TEMPLATE);
  });
});
