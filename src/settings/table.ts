import { LISTING_LIMITS } from '../core/listing-limits.ts';
import { ANNOTATION_RULES } from '../core/annotation-rule.ts';
import { parsePlatform } from '../core/image/platform.ts';
import { ROLLBACK_RULES } from '../core/policy.ts';
import { parseShard } from '../core/shard.ts';
import { INCONCLUSIVE_ACTIONS } from '../core/verification/verify-policy.ts';
import { BIND_ADDRESS } from './bind-address.ts';
import { CHECK } from './check.ts';
import { ENVIRONMENT_LOGIN } from './environment-login.ts';
import { GIT_REMOTE, GIT_URL } from './git-remote.ts';
import { alternatives, EntryList, group, key } from './keys.ts';
import { COMMIT_AUTHOR } from './commit-author.ts';
import { LABEL_REQUIREMENT } from './label-requirement.ts';
import { MINIMUM_AGE } from './minimum-age.ts';
import { NETWORK_EXCEPTION } from './network-exception.ts';
import { NOTIFICATION_ROUTE, NOTIFICATION_TEMPLATE } from './notification-route.ts';
import { NOTIFICATION_SERVICE } from './notification-service.ts';
import { PERMISSION_RULE } from './permissions.ts';
import { PULL_REQUEST } from './pull-request.ts';
import { REGISTRY } from './registry.ts';
import { SECRET_PLACE } from './secret-place.ts';
import { SIGNATURE_POLICY } from './signature-policy.ts';
import { TLS_CIPHERS, TLS_VERSION } from './tls.ts';
import { ROLLBACK_LIMITS, VERIFICATION_RULE } from './verification.ts';
import { UPDATE_WINDOW } from './update-window.ts';
import { WEBHOOK_SECRETS } from './webhook-secrets.ts';
import {
  decimal,
  duration,
  textLine,
  listOfValues,
  choiceOf,
  parsed,
  parsedBy,
  PATH,
  RefusedValue,
  freeText,
  wholeNumber,
  YES_OR_NO,
} from './value-type.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
/** Timers cannot wait longer than 24 days. */
const LONGEST_INTERVAL = 168 * HOUR;
/** Eight windows at the most, and a cycle that takes half an hour counts as stuck. */
const LONGEST_COLLECT = 180 * SECOND;
const MEBIBYTE = 1024 * 1024;

const NAMESPACE_NAME = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const NAMESPACE = textLine('the name of a namespace', new RegExp(`^${NAMESPACE_NAME}$`));
const NAMESPACE_OR_ALL = textLine('the name of a namespace, or *', new RegExp(`^(?:[*]|${NAMESPACE_NAME})$`));
/** Kubernetes: the name of a Lease is a DNS subdomain. */
const LEASE_NAME = textLine('the name of a Lease', /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/);
const SHARD = parsedBy(textLine('INDEX/COUNT such as 0/3, counted from 0', /^\d{1,4}\/\d{1,4}$/), parseShard);
const PLATFORM = parsedBy(textLine('os/architecture or os/architecture/variant'), parsePlatform);
/** Emptying one of these would do damage. */
const NO_CACHE = /^\/+(?:\.*|app|bin|boot|dev|etc|home|lib|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)\/*$/;
const CACHE_DIRECTORY = parsed(textLine('the absolute path of a folder of its own', /^\//), (path) =>
  NO_CACHE.test(path) || /\/\.\.?(?:\/|$)/.test(path) ? new RefusedValue() : path,
);
const TUF_MIRROR = textLine('an https URL without user name, ? and #', /^https?:\/\/[^\s@?#]+$/);
const HOST_OR_ADDRESS =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*)?$/;
const PORT = wholeNumber(0, 65_535);
/** `open`: whoever reaches the port. `token`: whom Kubernetes lets get the path, over HTTPS. */
const STATUS_ACCESSES = ['open', 'token'] as const;
const STATUS_HOST = textLine('a host name without a port', /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/);

/**
 * Every key of the configuration file, in its order. From a row come the type of its value in `Config`, the schema and
 * the JSON schema, the flag and its help, the variable, the default, and its row in docs/configuration.md. Ports, paths, commit author and message are those of
 * Argo CD Image Updater.
 */
// One row a line: this is a table.
// prettier-ignore
export const TABLE = {
  applications: group({
    paths: key('Files, folders and globs that hold Application manifests; none means the cluster', listOfValues(PATH), { default: [], flag: '--applications <path...>' }),
    namespaces: key('Namespaces of the cluster whose Applications are watched, * for all; none means the own one', parsed(listOfValues(NAMESPACE_OR_ALL), watchedNamespacesOf), { default: [], flag: '--watch-namespaces <namespaces>', otherFlag: '--application-namespace <namespaces>', env: 'IMAGE_UPDATER_WATCH_NAMESPACES' }),
    matchNames: key('Take only Applications whose name matches one of these globs', listOfValues(textLine('a glob')), { default: [], flag: '--match-application-name <glob...>' }),
    matchLabels: key('Take only Applications whose labels fit all of these, as in `kubectl -l`', listOfValues(LABEL_REQUIREMENT), { default: [], flag: '--match-application-label <key=value...>' }),
    annotations: key(`When annotations count beside ImageUpdater resources: ${alternatives(ANNOTATION_RULES)}`, choiceOf(ANNOTATION_RULES), { default: 'auto', flag: '--annotations <rule>' }),
    argocdNamespace: key('Namespace of Argo CD itself', NAMESPACE, { default: 'argocd', flag: '--argocd-namespace <namespace>', env: 'ARGOCD_NAMESPACE' }),
    concurrency: key('How many Applications are worked on at once', wholeNumber(1, 100), { default: 10, flag: '--max-concurrent-apps <number>', otherFlag: '--max-concurrency <number>', env: 'MAX_CONCURRENT_APPS' }),
  }),
  cluster: group({
    kubeconfig: key('kubeconfig file; without it KUBECONFIG, the service account of the pod, or ~/.kube/config', PATH, { flag: '--kubeconfig <file>' }),
    context: key('Context of the kubeconfig instead of its current one', textLine('the name of a context'), { flag: '--context <name>' }),
    leaderElection: key('Let several processes agree on the one that works', YES_OR_NO, { default: true, flag: '--leader-election [boolean]' }),
    leaseNamespace: key('Namespace of the Lease by which they agree; without it the own one', NAMESPACE, { flag: '--leader-election-namespace <namespace>' }),
    leaseName: key('Name of the Lease by which they agree', LEASE_NAME, { default: 'lynceus' }),
    shard: key('Take only one of several parts of the Applications, counted from 0: 0/3, 1/3 or 2/3', SHARD, { flag: '--shard <index/count>' }),
    events: key('Make Kubernetes Events; true as the flag or the variable turns them off', YES_OR_NO, { default: true, flag: '--disable-kube-events [boolean]', env: 'IMAGE_UPDATER_KUBE_EVENTS', opposite: true }),
    refreshAfterPush: key('Ask Argo CD to refresh an Application as soon as something was pushed for it', YES_OR_NO, { default: true, flag: '--refresh-after-push [boolean]' }),
  }),
  secrets: group({
    allowedNamespaces: key('Namespaces beside its own from which an Application may name a Secret, * for all', listOfValues(NAMESPACE_OR_ALL), { default: [] }),
  }),
  permissions: group({
    rules: new EntryList('What Applications may do beyond what is theirs; with the list, also an empty one, everything else is refused', 'a list of rules', PERMISSION_RULE),
    environment: new EntryList('Environment variables that annotations may name as logins to registries', 'a list of variables', ENVIRONMENT_LOGIN),
  }),
  network: group({
    privateAddresses: key('Connect to addresses of private networks where an annotation, a Secret or a server names the host', YES_OR_NO, { default: true }),
    exceptions: key('Hosts, perhaps with a port, addresses and ranges such as 10.1.0.0/16 that these may lead to, whatever their address is', listOfValues(NETWORK_EXCEPTION), { default: [] }),
  }),
  schedule: group({
    interval: key('Time from the start of one cycle to the start of the next', duration(0, LONGEST_INTERVAL), { default: '2m0s', flag: '--interval <duration>', env: 'IMAGE_UPDATER_INTERVAL' }),
    jitter: key('Part of the interval by which each wait is made longer or shorter by chance, 0 to 0.5', decimal(0, 0.5), { default: 0.05 }),
    cron: key('Start cycles by a cron expression of 5 or 6 fields instead of an interval', textLine('a cron expression'), { flag: '--schedule <cron>' }),
    timezone: key('Time zone of the cron expression, for example Europe/Berlin; without it that of the process', textLine('the name of a time zone'), { flag: '--timezone <zone>' }),
  }),
  writeBack: group({
    method: key('Meaning of a missing write-back-method annotation: argocd or git', choiceOf(['argocd', 'git']), { default: 'argocd', flag: '--write-back-method <method>' }),
    createMissing: key('Create a Helm values file, or a key in it, that is not there', YES_OR_NO, { default: false }),
    commitPer: key('One commit per application, or one per remote for all Applications of a branch', choiceOf(['application', 'remote']), { default: 'application' }),
    collect: key('Write only what has stayed the same for so long, so that images that are built together are written together; 0s writes at once', duration(0, LONGEST_COLLECT), { default: '0s', flag: '--collect <duration>' }),
    rollback: key(`What is done when a person took back what was written: ${alternatives(ROLLBACK_RULES)}`, choiceOf(ROLLBACK_RULES), { default: 'resume-on-newer' }),
    allowDowngrade: key('Also write a lower version than the one in force', YES_OR_NO, { default: false }),
    verifiedDigest: key('Write a version whose signature was verified with its digest; without it the tag alone, which may be moved afterwards', YES_OR_NO, { default: true }),
  }),
  gates: group({
    minimumAge: new EntryList('How old versions must be to be written', 'a list of ages', MINIMUM_AGE),
    windows: new EntryList('When versions are written, and when not', 'a list of update windows', UPDATE_WINDOW),
    syncWindows: key('Write only when the sync windows of the AppProject would let Argo CD sync by itself', YES_OR_NO, { default: false }),
    signatures: new EntryList('Policies of signatures: a version is written once it fits each that is for its image', 'a list of policies', SIGNATURE_POLICY),
    tuf: group({
      mirror: key('URL of the TUF repository that has the trust root `public`', TUF_MIRROR, { default: 'https://tuf-repo-cdn.sigstore.dev' }),
      rootFile: key('File with the first root of the mirror; that of Sigstore is known', PATH),
      cacheDirectory: key('Folder for what the mirror has, used by nothing else; it may be emptied at any time', CACHE_DIRECTORY, { default: '/tmp/lynceus-tuf' }),
    }),
  }),
  paused: key('Pause everything automatic: no update, promotion or rollback', YES_OR_NO, { default: false, flag: '--paused [boolean]' }),
  git: group({
    author: group({
      name: key('Name of the author of commits', textLine('a name without < and >', /^[^<>]*$/), { default: 'argocd-image-updater', flag: '--git-commit-user <name>', env: 'GIT_COMMIT_USER' }),
      email: key('E-mail address of the author of commits', textLine('an e-mail address', /^[^\s<>@]+@[^\s<>@]+$/), { default: 'noreply@argoproj.io', flag: '--git-commit-email <email>', env: 'GIT_COMMIT_EMAIL' }),
    }),
    formerAuthors: key('Authors of earlier times, such as image-bot <bot@example.com>: what their commits record counts, and their branches are ours', listOfValues(COMMIT_AUTHOR), { default: [] }),
    commitMethod: key('How commits are made: `git` pushes them, `api` lets GitHub make and sign them', choiceOf(['git', 'api']), { default: 'git', flag: '--git-commit-method <method>', env: 'GIT_COMMIT_METHOD' }),
    signing: group({
      method: key('How commits are signed, once there is a key: `openpgp` or `ssh`', choiceOf(['openpgp', 'ssh']), { default: 'openpgp', flag: '--git-commit-signing-method <method>', env: 'GIT_COMMIT_SIGNING_METHOD' }),
      key: key('Sign commits: with `openpgp` the id of a key in the keyring, with `ssh` the path of a private key', textLine('a key or a path', /^[^-]/), { flag: '--git-commit-signing-key <key>', env: 'GIT_COMMIT_SIGNING_KEY' }),
      keyFile: key('File with the OpenPGP private key, instead of the keyring of `GNUPGHOME`', PATH),
      passphraseFrom: key('Where the passphrase of the key is, if it has one: `env:NAME` or `file:/path`', SECRET_PLACE),
    }),
    signOff: key('Let the author sign off each commit with a trailer `Signed-off-by`', YES_OR_NO, { default: false, flag: '--git-commit-sign-off [boolean]', env: 'GIT_COMMIT_SIGN_OFF' }),
    messageTemplate: key('Text of the commit message template, instead of a file', freeText('text', 100_000, { shortest: 1 })),
    messageTemplateFile: key('File with the commit message template; the one at the default place need not exist', PATH, { default: '/app/config/commit.template', flag: '--git-commit-message-path <file>' }),
    trailers: key('Record at the end of each commit message, for machines, what was written; without it no rollback is seen', YES_OR_NO, { default: true }),
    pushAttempts: key('How often a push is tried when somebody else was faster', wholeNumber(1, 20), { default: 5 }),
    timeout: key('Longest time for one git process', duration(SECOND, HOUR), { default: '1m30s', env: 'ARGOCD_EXEC_TIMEOUT' }),
    history: key('How many commits of a branch are fetched to find what people did', wholeNumber(1, 1_000), { default: 500 }),
    cacheDirectory: key('Folder for clones, used by nothing else; it may be emptied at any time', CACHE_DIRECTORY, { default: '/tmp/lynceus' }),
    cacheMiB: key('How much room the clones may take between two cycles, in MiB', wholeNumber(16, MEBIBYTE), { default: 2_048 }),
    loginFor: key('Starts of the URLs of the remotes that the login of the environment is for; without one those that are a source of the Application, or that Argo CD knows', listOfValues(GIT_URL), { default: [], env: 'GIT_LOGIN_FOR' }),
    remotes: new EntryList('Logins for Git remotes; the entry with the longest matching url counts', 'a list of logins', GIT_REMOTE),
  }),
  limits: group({
    fileKiB: key('Largest file of a Git remote that is read and edited, in KiB', wholeNumber(16, 65_536), { default: 2_048 }),
    fileNodes: key('Most keys, values and elements of lists in such a file', wholeNumber(1_000, 10_000_000), { default: 200_000 }),
    fileDepth: key('How deep lists and maps may be nested in such a file', wholeNumber(10, 400), { default: 100 }),
    fileAliases: key('Most YAML aliases in such a file', wholeNumber(0, 1_000_000), { default: 10_000 }),
    gitMiB: key('How much one fetch may bring to disc, how large the clone of one remote may be, and the address space of one git process; in MiB', wholeNumber(64, MEBIBYTE), { default: 512 }),
    templateSteps: key('Most steps that a template may take', wholeNumber(100, 10_000_000), { default: 10_000 }),
    templateKiB: key('Most text that a template may make, also on its way, in KiB', wholeNumber(1, 65_536), { default: 64 }),
    templateTime: key('Longest time that a template may take', duration(10, 60 * SECOND), { default: '100ms' }),
    images: key('Most images in the list of one Application', wholeNumber(1, 100_000), { default: 100 }),
    remotes: key('Most Git remotes that the images of one Application are written to', wholeNumber(1, 10_000), { default: 10 }),
    tags: key('Most tags in the list of one image repository', wholeNumber(100, 10_000_000), { default: LISTING_LIMITS.tags }),
    pages: key('Most pages of such a list', wholeNumber(1, 100_000), { default: LISTING_LIMITS.pages }),
    pageMiB: key('Largest page of such a list, in MiB', wholeNumber(1, 256), { default: LISTING_LIMITS.pageMiB }),
    listingTime: key('Longest time to list the tags of one image repository', duration(100, HOUR), { default: '1m0s' }),
    remoteTime: key('Longest time in a cycle for everything that is done with one Git remote', duration(100, HOUR), { default: '2m0s' }),
    hostTime: key('Longest time in a cycle that one Application waits for one registry host, that a host may go without an answer, and that one remote may take at its host of pull requests', duration(100, HOUR), { default: '2m0s' }),
    cycleTime: key('Longest time for a cycle; what is not done by then has failed', duration(SECOND, 24 * HOUR), { default: '20m0s' }),
    namespaceShare: key('Part of the requests to a registry host, and of the work with Git remotes, that one namespace may have while others wait, 0.1 to 1', decimal(0.1, 1), { default: 0.5 }),
  }),
  cache: group({
    file: key('File that keeps what is known of images across restarts; without it only memory does', textLine('the absolute path of a file', /^\/.*[^/]$/), { flag: '--cache-file <file>', env: 'LYNCEUS_CACHE_FILE' }),
    bytes: key('How much is kept of it, in memory and in the file each', wholeNumber(MEBIBYTE, 1024 * MEBIBYTE), { default: 32 * MEBIBYTE }),
    revalidate: key('Within which time every tag is asked for again, of those that newest-build and newest-pushed compare and that are not in front; 0s asks for each in every cycle', duration(0, 24 * HOUR), { default: '1h' }),
  }),
  verification: group({
    checks: new EntryList('Checks that watch what was written; each asks one server, or Argo Rollouts', 'a list of checks', CHECK),
    rules: new EntryList('Which images are verified after they were written, and what is done when they fail', 'a list of rules', VERIFICATION_RULE),
    syncDeadline: key('Within which time after the commit Argo CD must have synced it, where it syncs by itself', duration(SECOND, LONGEST_INTERVAL), { default: '15m' }),
    healthDeadline: key('Within which time after the sync the Application must be healthy, and be so again once it was', duration(SECOND, LONGEST_INTERVAL), { default: '15m' }),
    healthyFor: key('How long it must have been healthy without interruption', duration(0, LONGEST_INTERVAL), { default: '1m' }),
    healthFailureLimit: key('How often it may be Degraded after it was healthy; once more, and it has failed', wholeNumber(0, 1_000), { default: 0 }),
    rollbacks: group(ROLLBACK_LIMITS),
    onInconclusive: key('What is done when checks decide nothing: notify or hold', choiceOf(INCONCLUSIVE_ACTIONS), { default: 'notify' }),
  }),
  notifications: group({
    services: new EntryList('Services that notices are sent to: webhooks, chats, mail', 'a list of services', NOTIFICATION_SERVICE),
    routes: new EntryList('Which notices are sent where; a notice goes to each place once, however many routes lead there', 'a list of routes', NOTIFICATION_ROUTE),
    templates: new EntryList('Templates of titles and texts; of several for a kind the first counts', 'a list of templates', NOTIFICATION_TEMPLATE),
    failingAfter: key('After how many cycles in a row a failure is sent that may pass by itself', wholeNumber(1, 1_000), { default: 2 }),
    together: key('From how many of one cause on there is one notice in place of as many', wholeNumber(2, 10_000), { default: 10 }),
  }),
  pullRequests: new EntryList('Pull requests to Git remotes; the entry with the longest matching url counts', 'a list of settings', PULL_REQUEST),
  registriesFile: key('registries.conf; the one at the default place need not exist; empty reads none', freeText('a path or ""', 1_000), { default: '/app/config/registries.conf', flag: '--registries-conf-path <file>' }),
  registries: new EntryList('Registries, in addition to those of registriesFile', 'a list of registries', REGISTRY),
  platforms: key('Platforms that an image must offer where no annotation names any, for example linux/arm64', listOfValues(PLATFORM), { default: [] }),
  dockerConfigFile: key('Docker configuration file with registry logins', PATH),
  log: group({
    level: key('Least level that is logged: trace, debug, info, warn or error', choiceOf(['trace', 'debug', 'info', 'warn', 'error']), { default: 'info', flag: '--loglevel <level>', env: 'IMAGE_UPDATER_LOGLEVEL' }),
    format: key('Form of log lines: text or json', choiceOf(['text', 'json']), { default: 'text', flag: '--logformat <format>', env: 'IMAGE_UPDATER_LOGFORMAT' }),
  }),
  server: group({
    healthPort: key('Port of /healthz and /readyz; 0 is off', PORT, { default: 8080, flag: '--health-port <port>' }),
    metricsPort: key('Port of /metrics; 0 is off; it may be the same as server.healthPort', PORT, { default: 8081, flag: '--metrics-port <port>' }),
    address: key('Address to listen on; empty means all', freeText('a host name or IP address without a port', 1_000, { pattern: HOST_OR_ADDRESS }), { default: '' }),
    healthAddress: key('Address and port of /healthz and /readyz such as `:8081`, in place of server.address and server.healthPort; 0 is off', BIND_ADDRESS, { flag: '--health-probe-bind-address <address>' }),
    metricsAddress: key('Address and port of /metrics such as `:8443`, in place of server.address and server.metricsPort; 0 is off', BIND_ADDRESS, { flag: '--metrics-bind-address <address>' }),
    metricsSecure: key('Serve server.metricsAddress over HTTPS, and only to those whom Kubernetes lets get /metrics', YES_OR_NO, { default: true, flag: '--metrics-secure [boolean]' }),
    statusPort: key('Port of the status API and page; 0 is off', PORT, { default: 0, flag: '--status-port <port>' }),
    statusAccess: key(`Who may read them: ${alternatives(STATUS_ACCESSES)}`, choiceOf(STATUS_ACCESSES), { default: 'open', flag: '--status-access <rule>' }),
    statusHosts: key('Names under which they are reached through a proxy or a forwarded port on the same machine, besides localhost', listOfValues(STATUS_HOST), { default: [] }),
    extensionPort: key("Port for the tab on Argo CD's page, which only Argo CD may reach; 0 is off", PORT, { default: 0, flag: '--extension-port <port>' }),
    tls: group({
      certFile: key('PEM certificate of servers with TLS; without it and its key one is made that vouches for itself', PATH, { default: '/app/config/tls/tls.crt' }),
      keyFile: key('PEM private key of that certificate; both are read again when they change', PATH, { default: '/app/config/tls/tls.key' }),
      minVersion: key('Least version of TLS: 1.1, 1.2 or 1.3', TLS_VERSION, { default: '1.3', flag: '--tlsminversion <version>', env: 'TLS_MIN_VERSION' }),
      maxVersion: key('Highest version of TLS: 1.1, 1.2 or 1.3', TLS_VERSION, { default: '1.3', flag: '--tlsmaxversion <version>', env: 'TLS_MAX_VERSION' }),
      ciphers: key('Cipher suites for TLS 1.1 and 1.2 by their names in Go, with colons between them; without it the usual ones', TLS_CIPHERS, { flag: '--tlsciphers <suites>', env: 'TLS_CIPHERS' }),
    }),
  }),
  webhooks: group({
    enabled: key('Listen for webhooks, which start cycles for what was pushed', YES_OR_NO, { default: false, flag: '--enable-webhook [boolean]', env: 'ENABLE_WEBHOOK' }),
    port: key('Port for webhooks; without it 8082, and 8080 for the command `webhook`', PORT, { flag: '--webhook-port <port>', env: 'WEBHOOK_PORT' }),
    tls: key('Speak TLS there; the flag and the variable turn it off with true', YES_OR_NO, { default: true, flag: '--disable-tls [boolean]', env: 'DISABLE_TLS', opposite: true }),
    requireSecret: key('Refuse types of webhooks that have no secret', YES_OR_NO, { default: true, flag: '--webhook-require-secret [boolean]', env: 'WEBHOOK_REQUIRE_SECRET' }),
    perHour: key('How many webhooks with events are taken in an hour; the others are refused; 0 takes all', wholeNumber(0, 1_000_000), { default: 0, flag: '--webhook-ratelimit-allowed <number>', env: 'WEBHOOK_RATELIMIT_ALLOWED' }),
    secrets: group(WEBHOOK_SECRETS),
  }),
};

/** `own` is the namespace this process runs in, or that of the kubeconfig's context. */
export type WatchedNamespaces =
  | { readonly kind: 'own' }
  | { readonly kind: 'all' }
  | { readonly kind: 'list'; readonly names: readonly string[] };

function watchedNamespacesOf(names: readonly string[]): WatchedNamespaces | RefusedValue {
  if (names.length === 0) return { kind: 'own' };
  if (!names.includes('*')) return { kind: 'list', names: [...new Set(names)] };
  return names.every((name) => name === '*')
    ? { kind: 'all' }
    : new RefusedValue('* is every namespace, and none can stand beside it');
}
