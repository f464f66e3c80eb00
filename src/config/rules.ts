import { parsePlatform } from '../core/image/platform.ts';
import { parseTemplate } from '../core/plan/template/parse.ts';
import { asLynceusError } from '../errors.ts';
import { clusterOf, watchedNamespacesOf } from './cluster.ts';
import type {
  Config,
  GitRemoteConfig,
  GitSigningConfig,
  PullRequestConfig,
  SecretReference,
  WatchedNamespaces,
} from './config.ts';
import { DEFAULT_MESSAGE_TEMPLATE, DEFAULTS } from './defaults.ts';
import { parseDuration } from '../core/duration.ts';
import { type FaultList, shown } from './faults.ts';
import { checkedRegistries, type PlacedEntry } from './registry-entry.ts';
import type { ConfigFile } from './schema.ts';
import { pathText, type TreePath } from './tree.ts';

/** The configuration file with every default filled in. */
export type FilledConfigFile = Filled<ConfigFile, typeof DEFAULTS>;

type Filled<T, D> = {
  [K in keyof T]-?: K extends keyof D
    ? D[K] extends string | number | boolean | readonly unknown[]
      ? NonNullable<T[K]>
      : Filled<NonNullable<T[K]>, D[K]>
    : T[K];
};

/** Checks that need somebody else's knowledge; each returns what is wrong, or `undefined`. */
export interface ConfigChecks {
  /** Of a cron expression and the name of a time zone. */
  readonly cron: (expression: string, timezone: string | undefined) => string | undefined;
  /** Of the text of a commit message template; without it, whether it can be read at all. */
  readonly template?: (text: string) => string | undefined;
}

export interface RuleContext {
  readonly checks: ConfigChecks;
  /** One cycle only: then an interval of 0 is allowed, as with Argo CD Image Updater. */
  readonly once: boolean;
  readonly messageTemplateText: string | undefined;
  readonly registries: readonly PlacedEntry[];
  readonly faults: FaultList;
  readonly originOf: (path: TreePath) => string;
}

/** The rules that concern several keys, and the translation into `Config`. Faults are added, none is thrown. */
export function configOf(file: FilledConfigFile, context: RuleContext): Config {
  const { git, server, log, writeBack } = file;
  if (git.commitMethod === 'api' && !git.trailers)
    fault(
      context,
      ['git', 'trailers'],
      'is needed with git.commitMethod api: by them Lynceus knows its commits again',
    );
  return {
    applications: {
      paths: file.applications.paths,
      namespaces: namespacesOf(file.applications.namespaces, context),
      matchNames: file.applications.matchNames,
      matchLabels: file.applications.matchLabels.map(labelOf),
      argocdNamespace: file.applications.argocdNamespace,
      concurrency: file.applications.concurrency,
    },
    cluster: clusterOf(file.cluster),
    secrets: file.secrets,
    schedule: scheduleOf(file.schedule, context),
    writeBack: { ...writeBack, collect: millisecondsOf(writeBack.collect) },
    git: {
      author: git.author,
      commitMethod: git.commitMethod,
      signing: signingOf(git.signing, context),
      signOff: git.signOff,
      messageTemplate: messageTemplateOf(git, context),
      trailers: git.trailers,
      pushAttempts: git.pushAttempts,
      timeout: millisecondsOf(git.timeout),
      history: git.history,
      cacheDirectory: git.cacheDirectory,
      cacheBytes: git.cacheMiB * 1024 * 1024,
      remotes: remotesOf(git.remotes, context),
    },
    cache: { file: file.cache.file, bytes: file.cache.bytes },
    pullRequests: pullRequestsOf(file.pullRequests, context),
    registries: checkedRegistries(context.registries, context.faults),
    platforms: file.platforms.map(parsePlatform),
    dockerConfigFile: file.dockerConfigFile,
    log,
    server,
  };
}

function fault(context: RuleContext, path: TreePath, message: string): void {
  context.faults.add({ path: pathText(path), origin: context.originOf(path), message });
}

/** Whole milliseconds of a text that the schema has accepted. */
function millisecondsOf(text: string): number {
  return Math.round(parseDuration(text) ?? 0);
}

function namespacesOf(names: readonly string[], context: RuleContext): WatchedNamespaces {
  const watched = watchedNamespacesOf(names);
  if (watched === undefined)
    fault(context, ['applications', 'namespaces'], '* is every namespace, and none can stand beside it');
  return watched ?? { kind: 'all' };
}

function labelOf(text: string): { readonly key: string; readonly value: string } {
  const cut = text.indexOf('=');
  return { key: text.slice(0, cut), value: text.slice(cut + 1) };
}

const SHORTEST_INTERVAL = 1_000;

function scheduleOf(schedule: FilledConfigFile['schedule'], context: RuleContext): Config['schedule'] {
  const { cron, timezone } = schedule;
  // A cron expression makes the jitter below it void.
  const jitter: number | undefined = schedule.jitter;
  if (cron !== undefined) {
    if (jitter !== undefined) fault(context, ['schedule', 'jitter'], 'is only for schedule.interval');
    const wrong = context.checks.cron(cron, timezone);
    if (wrong !== undefined) fault(context, ['schedule', 'cron'], `${wrong}; found ${shown(cron)}`);
    return { kind: 'cron', expression: cron, timezone };
  }
  if (timezone !== undefined)
    fault(context, ['schedule', 'timezone'], 'is only for schedule.cron, which is not set');
  const every = millisecondsOf(schedule.interval);
  if (every < SHORTEST_INTERVAL && !(context.once && every === 0)) {
    const found = shown(schedule.interval);
    fault(context, ['schedule', 'interval'], `expected at least 1s (0 is for --once only), found ${found}`);
  }
  return { kind: 'interval', every, jitter: jitter ?? DEFAULTS.schedule.jitter };
}

/** A method alone signs nothing, as with Argo CD Image Updater. */
function signingOf(
  { method, key, keyFile, passphraseFrom }: FilledConfigFile['git']['signing'],
  context: RuleContext,
): GitSigningConfig | undefined {
  const at: TreePath = ['git', 'signing'];
  if (method === 'ssh' && keyFile !== undefined) {
    fault(
      context,
      [...at, 'keyFile'],
      'is only for openpgp; the path of an SSH key goes into git.signing.key',
    );
  }
  if (method === 'ssh' && key !== undefined && !key.includes('/')) {
    fault(context, [...at, 'key'], `expected the path of a private key for ssh, found ${shown(key)}`);
  }
  if (key === undefined && keyFile === undefined) {
    if (passphraseFrom !== undefined)
      fault(context, [...at, 'passphraseFrom'], 'is for a key, and there is none');
    return undefined;
  }
  return { method, key, keyFile, passphraseFrom: placeOf(passphraseFrom) };
}

function messageTemplateOf(git: FilledConfigFile['git'], context: RuleContext): string {
  const { messageTemplate: inline, messageTemplateFile: file } = git;
  const text = inline ?? context.messageTemplateText ?? DEFAULT_MESSAGE_TEMPLATE;
  const wrong = (context.checks.template ?? unreadable)(text);
  if (wrong === undefined) return text;
  if (inline !== undefined) fault(context, ['git', 'messageTemplate'], wrong);
  else fault(context, ['git', 'messageTemplateFile'], `${file}: ${wrong}`);
  return text;
}

function unreadable(template: string): string | undefined {
  try {
    parseTemplate(template);
    return undefined;
  } catch (error) {
    return asLynceusError(error).message;
  }
}

function remotesOf(
  remotes: FilledConfigFile['git']['remotes'],
  context: RuleContext,
): readonly GitRemoteConfig[] {
  const seen = new Map<string, number>();
  return remotes.map((remote, index) => {
    const at: TreePath = ['git', 'remotes', index];
    const other = seen.get(remote.url);
    if (other !== undefined) fault(context, [...at, 'url'], `is the url of git.remotes[${other}] too`);
    seen.set(remote.url, index);
    checkLoginKind(remote, at, context);
    return {
      url: remote.url,
      usernameFrom: placeOf(remote.usernameFrom),
      passwordFrom: placeOf(remote.passwordFrom),
      githubApp: githubAppOf(remote.githubApp),
      apiUrl: remote.apiUrl,
      sshPrivateKeyFile: remote.sshPrivateKeyFile,
      sshKnownHostsFile: remote.sshKnownHostsFile,
      caFile: remote.caFile,
      proxy: proxyOf(remote.proxy),
      clientCertFile: remote.clientCertFile,
      clientKeyFile: remote.clientKeyFile,
    };
  });
}

function pullRequestsOf(
  rows: FilledConfigFile['pullRequests'],
  context: RuleContext,
): readonly PullRequestConfig[] {
  const seen = new Map<string, number>();
  return rows.map(({ url, ...row }, index) => {
    const other = seen.get(url);
    if (other !== undefined)
      fault(context, ['pullRequests', index, 'url'], `is the url of pullRequests[${other}] too`);
    seen.set(url, index);
    return {
      url,
      enabled: row.enabled ?? true,
      kind: row.kind,
      apiUrl: row.apiUrl,
      group: row.group ?? 'application',
      labels: [...new Set(row.labels ?? [])],
      reviewers: [...new Set(row.reviewers ?? [])],
      autoMerge: row.autoMerge,
      draft: row.draft ?? false,
      deleteBranch: row.deleteBranch ?? true,
      tokenFrom: placeOf(row.tokenFrom),
    };
  });
}

type Remote = FilledConfigFile['git']['remotes'][number];

const HTTP_KEYS = [
  'usernameFrom',
  'passwordFrom',
  'githubApp',
  'apiUrl',
  'caFile',
  'proxy',
  'clientCertFile',
  'clientKeyFile',
] as const;
const SSH_KEYS = ['sshPrivateKeyFile', 'sshKnownHostsFile'] as const;

function proxyOf(text: string | undefined): GitRemoteConfig['proxy'] {
  if (text === undefined) return undefined;
  return text === 'none' ? { url: '', except: '*' } : { url: text, except: '' };
}

function checkLoginKind(remote: Remote, at: TreePath, context: RuleContext): void {
  const http = /^https?:/.test(remote.url);
  for (const key of http ? SSH_KEYS : HTTP_KEYS) {
    if (remote[key] === undefined) continue;
    fault(
      context,
      [...at, key],
      `is only for ${http ? 'SSH' : 'https'} URLs, and the url is ${shown(remote.url)}`,
    );
  }
  if (remote.clientCertFile !== undefined && remote.clientKeyFile === undefined)
    fault(context, [...at, 'clientKeyFile'], 'is missing; a certificate without its key proves nothing');
  if (remote.clientKeyFile !== undefined && remote.clientCertFile === undefined)
    fault(context, [...at, 'clientCertFile'], 'is missing; a key without its certificate proves nothing');
  if (!http && remote.sshKnownHostsFile !== undefined && remote.sshPrivateKeyFile === undefined) {
    fault(context, [...at, 'sshPrivateKeyFile'], 'is missing; expected the path of a private key');
  }
  if (remote.githubApp !== undefined && (remote.passwordFrom ?? remote.usernameFrom) !== undefined) {
    fault(context, [...at, 'githubApp'], 'stands beside a user name or password; one login is enough');
  } else if (http && remote.usernameFrom !== undefined && remote.passwordFrom === undefined) {
    fault(context, [...at, 'passwordFrom'], 'is missing; a user name alone is no login');
  }
}

function githubAppOf(app: Remote['githubApp']): GitRemoteConfig['githubApp'] {
  if (app === undefined) return undefined;
  const privateKeyFrom = placeOf(app.privateKeyFrom);
  if (privateKeyFrom === undefined) return undefined;
  return { appId: app.appId, installationId: app.installationId, privateKeyFrom, baseUrl: app.baseUrl };
}

function placeOf(text: string | undefined): SecretReference | undefined {
  if (text === undefined) return undefined;
  const cut = text.indexOf(':');
  const rest = text.slice(cut + 1);
  const kind = text.slice(0, cut);
  if (kind === 'env') return { kind: 'env', variable: rest };
  return kind === 'file' ? { kind: 'file', path: rest } : { kind: 'text', text: rest };
}
