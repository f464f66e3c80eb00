import { DEFAULT_CONFIG_FILE, DEFAULTS } from './defaults.ts';
import { valueAt } from './tree.ts';

/**
 * How the text of a flag or an environment variable becomes a value of the configuration file: as it is (`text`),
 * in lower case (`word`), as a number, each text as one element (`list`), the parts between commas (`names`), as
 * true or false (`switch`), or as the contrary (`opposite`).
 */
export type SettingKind = 'text' | 'word' | 'number' | 'list' | 'names' | 'switch' | 'opposite';

/** One key of the configuration file and the other ways to set it. */
export interface Setting {
  /** Key in the file: `git.author.email`, `registries[].name` in the entries of a list. */
  readonly path: string;
  /** Syntax for the command line (`--interval <duration>`), with the option's name in it. */
  readonly flag: string | undefined;
  /** Name under which the command line hands the flag over: `matchApplicationName`. */
  readonly flagName: string | undefined;
  readonly env: string | undefined;
  readonly kind: SettingKind;
  /** The default as it would be written in the file, `''` when there is none. */
  readonly default: string;
  readonly description: string;
}

interface Row {
  readonly path: string;
  readonly flag?: string;
  readonly env?: string;
  readonly kind?: SettingKind;
  readonly description: string;
}

// One row a line: this is a table, and docs/configuration.md is held against it.
// prettier-ignore
const ROWS: readonly Row[] = [
  { path: 'applications.paths', flag: '--applications <path...>', kind: 'list', description: 'Files, folders and globs that hold Application manifests; none means the cluster' },
  { path: 'applications.namespaces', flag: '--watch-namespaces <namespaces>', env: 'IMAGE_UPDATER_WATCH_NAMESPACES', kind: 'names', description: 'Namespaces of the cluster whose Applications are looked at, * for all; none means the own one' },
  { path: 'applications.namespaces', flag: '--application-namespace <namespaces>', kind: 'names', description: 'The same as --watch-namespaces' },
  { path: 'applications.matchNames', flag: '--match-application-name <glob...>', kind: 'list', description: 'Look only at Applications whose name matches one of these globs' },
  { path: 'applications.matchLabels', flag: '--match-application-label <key=value...>', kind: 'list', description: 'Look only at Applications that carry all of these labels' },
  { path: 'applications.argocdNamespace', flag: '--argocd-namespace <namespace>', env: 'ARGOCD_NAMESPACE', description: 'Namespace of Argo CD itself' },
  { path: 'applications.concurrency', flag: '--max-concurrent-apps <number>', env: 'MAX_CONCURRENT_APPS', kind: 'number', description: 'How many Applications are worked on at once' },
  { path: 'applications.concurrency', flag: '--max-concurrency <number>', kind: 'number', description: 'The same as --max-concurrent-apps' },
  { path: 'cluster.kubeconfig', flag: '--kubeconfig <file>', description: 'kubeconfig file; without it KUBECONFIG, the service account of the pod, or ~/.kube/config' },
  { path: 'cluster.context', flag: '--context <name>', description: 'Context of the kubeconfig instead of its current one' },
  { path: 'cluster.leaderElection', flag: '--leader-election [boolean]', kind: 'switch', description: 'Let several processes agree on the one that works' },
  { path: 'cluster.leaseNamespace', flag: '--leader-election-namespace <namespace>', description: 'Namespace of the Lease by which they agree; without it the own one' },
  { path: 'cluster.leaseName', description: 'Name of the Lease by which they agree' },
  { path: 'cluster.shard', flag: '--shard <index/count>', description: 'Look only at one of several parts of the Applications, counted from 0: 0/3, 1/3 or 2/3' },
  { path: 'cluster.events', flag: '--disable-kube-events [boolean]', env: 'IMAGE_UPDATER_KUBE_EVENTS', kind: 'opposite', description: 'Make Kubernetes Events; the flag and the variable say true to turn them off' },
  { path: 'cluster.refreshAfterPush', description: 'Ask Argo CD to look at an Application again as soon as something was pushed for it' },
  { path: 'secrets.allowedNamespaces', description: 'Namespaces beside its own from which an Application may name a Secret, * for all' },
  { path: 'schedule.interval', flag: '--interval <duration>', env: 'IMAGE_UPDATER_INTERVAL', description: 'Time from the start of one cycle to the start of the next' },
  { path: 'schedule.jitter', description: 'Part of the interval by which each wait is made longer or shorter by chance, 0 to 0.5' },
  { path: 'schedule.cron', flag: '--schedule <cron>', description: 'Start cycles by a cron expression of 5 or 6 fields instead of an interval' },
  { path: 'schedule.timezone', flag: '--timezone <zone>', description: 'Time zone of the cron expression, for example Europe/Berlin; without it that of the process' },
  { path: 'writeBack.method', description: 'Meaning of a missing write-back-method annotation: argocd or git' },
  { path: 'writeBack.createMissing', description: 'Create a Helm values file, or a key in it, that is not there' },
  { path: 'writeBack.commitPer', description: 'One commit per application, or one per remote for all Applications of a branch' },
  { path: 'writeBack.collect', flag: '--collect <duration>', description: 'Write only what has stayed the same for so long, so that images that are built together are written together; 0s writes at once' },
  { path: 'writeBack.rollback', description: 'What is done when a person took back what was written: resume-on-newer, until-released or never-hold' },
  { path: 'writeBack.allowDowngrade', description: 'Also write a lower version than the one in force' },
  { path: 'git.author.name', flag: '--git-commit-user <name>', env: 'GIT_COMMIT_USER', description: 'Name of the author of commits' },
  { path: 'git.author.email', flag: '--git-commit-email <email>', env: 'GIT_COMMIT_EMAIL', description: 'E-mail address of the author of commits' },
  { path: 'git.commitMethod', flag: '--git-commit-method <method>', env: 'GIT_COMMIT_METHOD', kind: 'word', description: 'How commits are made: git pushes them, api lets GitHub make and sign them' },
  { path: 'git.signing.method', flag: '--git-commit-signing-method <method>', env: 'GIT_COMMIT_SIGNING_METHOD', kind: 'word', description: 'How commits are signed, once there is a key: openpgp or ssh' },
  { path: 'git.signing.key', flag: '--git-commit-signing-key <key>', env: 'GIT_COMMIT_SIGNING_KEY', description: 'Sign commits: with openpgp the id of a key in the keyring, with ssh the path of a private key' },
  { path: 'git.signing.keyFile', description: 'File with the OpenPGP private key, instead of the keyring of GNUPGHOME' },
  { path: 'git.signing.passphraseFrom', description: 'Where the passphrase of the key is, if it has one: env:NAME or file:/path' },
  { path: 'git.signOff', flag: '--git-commit-sign-off [boolean]', env: 'GIT_COMMIT_SIGN_OFF', kind: 'switch', description: 'Let the author sign off each commit with a trailer Signed-off-by' },
  { path: 'git.messageTemplate', description: 'Text of the commit message template, instead of a file' },
  { path: 'git.messageTemplateFile', flag: '--git-commit-message-path <file>', description: 'File with the commit message template; the one at the default place need not exist' },
  { path: 'git.trailers', description: 'Say at the end of each commit message, for machines, what was written; without it no rollback is seen' },
  { path: 'git.pushAttempts', description: 'How often a push is tried when somebody else was faster' },
  { path: 'git.timeout', description: 'Longest time for one git process' },
  { path: 'git.history', description: 'How many commits of a branch are fetched to look back at' },
  { path: 'git.cacheDirectory', description: 'Folder for clones, used by nothing else; it may be emptied at any time' },
  { path: 'git.cacheMiB', description: 'How much room the clones may take between two cycles, in MiB' },
  { path: 'git.remotes', description: 'Logins for Git remotes; the entry with the longest matching url counts' },
  { path: 'git.remotes[].url', description: 'Start of the URLs of the remotes that the login is for' },
  { path: 'git.remotes[].usernameFrom', description: 'Where the user name is: env:NAME, file:/path or text:NAME' },
  { path: 'git.remotes[].passwordFrom', description: 'Where the password or token is: env:NAME or file:/path' },
  { path: 'git.remotes[].githubApp.appId', description: 'Number of a GitHub App, or its client id; the App logs in instead of a password' },
  { path: 'git.remotes[].githubApp.installationId', description: 'Number of its installation; without it found by the repository' },
  { path: 'git.remotes[].githubApp.privateKeyFrom', description: 'Where the private key of the App is: env:NAME or file:/path' },
  { path: 'git.remotes[].githubApp.baseUrl', description: 'Base URL of the API of GitHub Enterprise Server; without it github.com' },
  { path: 'git.remotes[].apiUrl', description: 'Base URL of the API of GitHub Enterprise Server, for commits through it; without it that of the App' },
  { path: 'git.remotes[].sshPrivateKeyFile', description: 'File with the SSH private key' },
  { path: 'git.remotes[].sshKnownHostsFile', description: 'File with the SSH host keys; without it those of the system' },
  { path: 'git.remotes[].caFile', description: 'PEM file of certificate authorities that are trusted for the remote' },
  { path: 'cache.file', flag: '--cache-file <file>', env: 'LYNCEUS_CACHE_FILE', description: 'File that keeps what is known of images across restarts; without it only memory does' },
  { path: 'cache.bytes', description: 'How much is kept of it, in memory and in the file each' },
  { path: 'git.remotes[].proxy', description: 'URL of the proxy to reach the remote through, or none; without it https_proxy and no_proxy decide' },
  { path: 'git.remotes[].clientCertFile', description: 'PEM file of the certificate that is shown to the remote' },
  { path: 'git.remotes[].clientKeyFile', description: 'PEM file of its private key, without a passphrase' },
  { path: 'pullRequests', description: 'Pull requests to Git remotes; the entry with the longest matching url counts' },
  { path: 'pullRequests[].url', description: 'Start of the URLs of the remotes that it is for' },
  { path: 'pullRequests[].enabled', description: 'Meaning of a missing pull-request annotation; true unless said' },
  { path: 'pullRequests[].kind', description: 'Kind of the Git host, where its URL does not say: github, gitlab, gitea, forgejo, bitbucket-cloud, bitbucket-data-center or azure-devops' },
  { path: 'pullRequests[].apiUrl', description: 'Base URL of the API, where it is not at the usual place' },
  { path: 'pullRequests[].group', description: 'What shares a pull request: application (unless said), target or remote' },
  { path: 'pullRequests[].labels', description: 'Labels that each gets' },
  { path: 'pullRequests[].reviewers', description: 'Users who are asked for a review; team/NAME is a team' },
  { path: 'pullRequests[].autoMerge', description: 'Let the host merge it when everything is ready: merge, squash or rebase' },
  { path: 'pullRequests[].draft', description: 'Open it as a draft' },
  { path: 'pullRequests[].deleteBranch', description: 'Delete our branch when its request has ended; true unless said' },
  { path: 'pullRequests[].tokenFrom', description: 'Where the token for the API is, if it is not the password of the Git login: env:NAME or file:/path' },
  { path: 'registriesFile', flag: '--registries-conf-path <file>', description: 'registries.conf; the one at the default place need not exist; empty reads none' },
  { path: 'registries', description: 'Registries, in addition to those of registriesFile' },
  { path: 'registries[].name', description: 'Name for people' },
  { path: 'registries[].apiUrl', description: 'Base URL of the registry API' },
  { path: 'registries[].prefix', description: 'Host as in image names, perhaps with the start of a path; only the default registry can do without' },
  { path: 'registries[].credentials', description: 'Where the login is: env:NAME, ext:/path, secret:namespace/name#field, pullsecret:namespace/name, or github-app:env, github-app:/folder, github-app:namespace/name' },
  { path: 'registries[].credentialsExpire', description: 'After how long the login is read again; without it never' },
  { path: 'registries[].tagSortMode', description: 'Order in which the registry lists tags: unsorted, latest-first or latest-last' },
  { path: 'registries[].api', description: 'Interface that tells digests and times in bulk: auto, distribution, azure, docker-hub, github, gitlab, harbor or quay' },
  { path: 'registries[].defaultNamespace', description: 'Put in front of image names of one component' },
  { path: 'registries[].insecure', description: 'Do not check the TLS certificate' },
  { path: 'registries[].limit', description: 'Requests per second; 0 or absent means 20' },
  { path: 'registries[].immutableTags', description: 'No tag of this registry ever moves: a tag whose digest is known is not asked again' },
  { path: 'registries[].concurrency', description: 'Requests at the same time; without it what is known of the registry, 10 at most' },
  { path: 'registries[].default', description: 'Use it for image names without a host; one registry only' },
  { path: 'registries[].caFile', description: 'PEM file of certificate authorities that are trusted in addition' },
  { path: 'registries[].caData', description: 'The same as text' },
  { path: 'registries[].clientCertFile', description: 'PEM file of the certificate that is shown to the registry' },
  { path: 'registries[].clientKeyFile', description: 'PEM file of its private key' },
  { path: 'registries[].proxy', description: 'URL of the proxy to reach it through, or none; without it HTTPS_PROXY and NO_PROXY decide' },
  { path: 'registries[].proxyCredentials', description: 'Where user:password for the proxy is: env:NAME or file:/path' },
  { path: 'registries[].mirror', description: 'Where its images are looked up instead: a URL, its path the start of their paths there' },
  { path: 'registries[].loginToMirror', description: 'Offer the login of the registry to its mirror' },
  { path: 'registries[].connectTimeout', description: 'Longest time for a connection, and for its TLS, 1s to 10m; without it 10s' },
  { path: 'registries[].timeout', description: 'Longest time for one answer, 1s to 10m; without it 2m, and 30s until it begins' },
  { path: 'registries[].awsRoleArn', description: 'Role to assume for Amazon ECR, in place of the own AWS identity' },
  { path: 'registries[].awsExternalId', description: 'External ID that the trust policy of that role asks for' },
  { path: 'platforms', description: 'Platforms that an image must offer where no annotation says, for example linux/arm64' },
  { path: 'dockerConfigFile', description: 'Docker configuration file with registry logins' },
  { path: 'log.level', flag: '--loglevel <level>', env: 'IMAGE_UPDATER_LOGLEVEL', kind: 'word', description: 'Least level that is logged: trace, debug, info, warn or error' },
  { path: 'log.format', flag: '--logformat <format>', env: 'IMAGE_UPDATER_LOGFORMAT', kind: 'word', description: 'Form of log lines: text or json' },
  { path: 'server.healthPort', flag: '--health-port <port>', kind: 'number', description: 'Port of /healthz and /readyz; 0 is off' },
  { path: 'server.metricsPort', flag: '--metrics-port <port>', kind: 'number', description: 'Port of /metrics; 0 is off; it may be the same as server.healthPort' },
  { path: 'server.address', description: 'Address to listen on; empty means all' },
];

/** Every key of the configuration file, in its order; a key with two flags has two rows. */
export const SETTINGS: readonly Setting[] = ROWS.map(settingOf);

/** The sentence that explains a key, for the JSON schema. */
export function descriptionOf(path: string): string {
  return SETTINGS.find((setting) => setting.path === path)?.description ?? '';
}

/** Which file to read: no key of the file itself, so not among the settings. */
export const CONFIG_FILE_SETTING = {
  flag: '--config <file>',
  flagName: 'config',
  env: 'LYNCEUS_CONFIG',
  default: DEFAULT_CONFIG_FILE,
  description: 'Configuration file; the one at the default place need not exist',
} as const;

function settingOf(row: Row): Setting {
  return {
    path: row.path,
    flag: row.flag,
    flagName: row.flag === undefined ? undefined : flagNameOf(row.flag),
    env: row.env,
    kind: row.kind ?? 'text',
    default: defaultTextOf(row.path),
    description: row.description,
  };
}

function flagNameOf(flag: string): string {
  const long = flag.split(' ')[0]?.replace(/^--/, '') ?? '';
  return long.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function defaultTextOf(path: string): string {
  const value = valueAt(DEFAULTS, path.split('.'));
  if (value === undefined) return '';
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}
