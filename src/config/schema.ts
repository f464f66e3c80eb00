import * as z from 'zod';
import { parsePlatform } from '../core/image/platform.ts';
import { ROLLBACK_RULES } from '../core/policy.ts';
import { HOST_KIND_NAMES } from '../core/pull-requests/host-kinds.ts';
import { REQUEST_GROUPINGS } from '../core/pull-requests/group.ts';
import { shardFrom } from './cluster.ts';
import {
  duration,
  expectationOf,
  file,
  key,
  line,
  listOf,
  oneOf,
  wholeNumber,
  yesNo,
} from './schema-keys.ts';
import type { TreePath } from './tree.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
/** Timers cannot wait longer than 24 days. */
const LONGEST_INTERVAL = 168 * HOUR;

/** Eight windows at the most, and a cycle that takes half an hour counts as stuck. */
const LONGEST_COLLECT = 180 * SECOND;

const LABEL_PART = '[A-Za-z0-9](?:[\\w.-]{0,61}[A-Za-z0-9])?';
const LABEL = new RegExp(`^(?:[a-z0-9.-]{1,253}/)?${LABEL_PART}=(?:${LABEL_PART})?$`);
const NAMESPACE_NAME = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const NAMESPACE = new RegExp(`^${NAMESPACE_NAME}$`);
const NAMESPACE_OR_ALL = new RegExp(`^(?:[*]|${NAMESPACE_NAME})$`);
/** Kubernetes: the name of a Lease is a DNS subdomain. */
const OBJECT_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const SECRET_PLACE = /^(?:env:[A-Za-z_]\w*|file:\S.*)$/;
const NAME_PLACE = /^(?:env:[A-Za-z_]\w*|file:\S.*|text:\S.*)$/;
const APP_ID = /^[A-Za-z0-9._-]{1,100}$/;
const INSTALLATION_ID = /^\d{1,20}$/;
/** Without TLS only on this machine. */
const API_URL = /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1)[:/])[^\s?#@]+$/;
const GIT_HOST = '(?:[\\w.-]+|\\[[0-9a-fA-F:]+\\])(?::\\d{1,5})?(?:/[^\\s?#]*)?';
const GIT_URL = new RegExp(
  `^(?:https?://${GIT_HOST}|ssh://(?:[\\w.-]+@)?${GIT_HOST}|[\\w.-]+@[\\w.-]+:\\S*)$`,
);
const HOST_OR_ADDRESS =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*)?$/;
/** Emptying one of these would hurt. */
const NO_CACHE = /^\/+(?:\.*|app|bin|boot|dev|etc|home|lib|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)\/*$/;

const githubApp = z
  .strictObject({
    appId: key(
      'git.remotes[].githubApp.appId',
      'the number of the App in quotes, or its client id',
      line(APP_ID),
    ),
    installationId: key(
      'git.remotes[].githubApp.installationId',
      'the number of the installation in quotes',
      line(INSTALLATION_ID),
    ),
    privateKeyFrom: key(
      'git.remotes[].githubApp.privateKeyFrom',
      'env:NAME or file:/path',
      line(SECRET_PLACE),
    ),
    baseUrl: key(
      'git.remotes[].githubApp.baseUrl',
      'an https URL such as https://github.example.com/api/v3',
      line(API_URL),
    ),
  })
  .partial()
  .required({ appId: true, privateKeyFrom: true });

const gitRemote = z
  .strictObject({
    url: key('git.remotes[].url', 'the start of an https, http or ssh URL without a password', line(GIT_URL)),
    usernameFrom: key('git.remotes[].usernameFrom', 'env:NAME, file:/path or text:NAME', line(NAME_PLACE)),
    passwordFrom: key('git.remotes[].passwordFrom', 'env:NAME or file:/path', line(SECRET_PLACE)),
    githubApp: githubApp.optional(),
    apiUrl: key(
      'git.remotes[].apiUrl',
      'an https URL such as https://github.example.com/api/v3',
      line(API_URL),
    ),
    sshPrivateKeyFile: file('git.remotes[].sshPrivateKeyFile'),
    sshKnownHostsFile: file('git.remotes[].sshKnownHostsFile'),
    caFile: file('git.remotes[].caFile'),
    proxy: key(
      'git.remotes[].proxy',
      'none, or the URL of a proxy without a user name and password, such as http://proxy.example.com:3128',
      line(/^(?:none|https?:\/\/(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?\/?)$/),
    ),
    clientCertFile: file('git.remotes[].clientCertFile'),
    clientKeyFile: file('git.remotes[].clientKeyFile'),
  })
  .partial()
  .required({ url: true });

const LABEL_TEXT = /^[^,]{1,255}$/;

const pullRequest = z
  .strictObject({
    url: key(
      'pullRequests[].url',
      'the start of an https, http or ssh URL without a password',
      line(GIT_URL),
    ),
    enabled: yesNo('pullRequests[].enabled'),
    kind: oneOf('pullRequests[].kind', HOST_KIND_NAMES),
    apiUrl: key(
      'pullRequests[].apiUrl',
      'an https or http URL without a slash at its end',
      line(/^https?:\/\/[^\s?#@]*[^\s?#@/]$/),
    ),
    group: oneOf('pullRequests[].group', REQUEST_GROUPINGS),
    labels: listOf('pullRequests[].labels', 'a label without commas', line(LABEL_TEXT)),
    reviewers: listOf(
      'pullRequests[].reviewers',
      'the name of a user, or team/NAME',
      line(/^(?! )[^,]{1,255}(?<! )$/),
    ),
    autoMerge: oneOf('pullRequests[].autoMerge', ['merge', 'squash', 'rebase']),
    draft: yesNo('pullRequests[].draft'),
    deleteBranch: yesNo('pullRequests[].deleteBranch'),
    tokenFrom: key('pullRequests[].tokenFrom', 'env:NAME or file:/path', line(SECRET_PLACE)),
  })
  .partial()
  .required({ url: true });

const words = (path: string): z.ZodString => key(path, 'text', z.string().max(1_000));

const registry = z
  .strictObject({
    name: words('registries[].name'),
    apiUrl: words('registries[].apiUrl'),
    prefix: words('registries[].prefix'),
    credentials: words('registries[].credentials'),
    credentialsExpire: words('registries[].credentialsExpire'),
    tagSortMode: words('registries[].tagSortMode'),
    api: words('registries[].api'),
    defaultNamespace: words('registries[].defaultNamespace'),
    insecure: yesNo('registries[].insecure'),
    limit: wholeNumber('registries[].limit', 0, 10_000),
    immutableTags: yesNo('registries[].immutableTags'),
    concurrency: wholeNumber('registries[].concurrency', 1, 100),
    default: yesNo('registries[].default'),
    caFile: words('registries[].caFile'),
    caData: key('registries[].caData', 'text', z.string().max(1_000_000)),
    clientCertFile: words('registries[].clientCertFile'),
    clientKeyFile: words('registries[].clientKeyFile'),
    proxy: words('registries[].proxy'),
    proxyCredentials: words('registries[].proxyCredentials'),
    mirror: words('registries[].mirror'),
    loginToMirror: yesNo('registries[].loginToMirror'),
    connectTimeout: words('registries[].connectTimeout'),
    timeout: words('registries[].timeout'),
    awsRoleArn: words('registries[].awsRoleArn'),
    awsExternalId: words('registries[].awsExternalId'),
  })
  .partial();

const applications = z
  .strictObject({
    paths: listOf('applications.paths', 'a path', line()),
    namespaces: listOf('applications.namespaces', 'the name of a namespace, or *', line(NAMESPACE_OR_ALL)),
    matchNames: listOf('applications.matchNames', 'a glob', line()),
    matchLabels: listOf('applications.matchLabels', 'key=value', line(LABEL)),
    argocdNamespace: key('applications.argocdNamespace', 'the name of a namespace', line(NAMESPACE)),
    concurrency: wholeNumber('applications.concurrency', 1, 100),
  })
  .partial();

const cluster = z
  .strictObject({
    kubeconfig: file('cluster.kubeconfig'),
    context: key('cluster.context', 'the name of a context', line()),
    leaderElection: yesNo('cluster.leaderElection'),
    leaseNamespace: key('cluster.leaseNamespace', 'the name of a namespace', line(NAMESPACE)),
    leaseName: key('cluster.leaseName', 'the name of a Lease', line(OBJECT_NAME)),
    shard: key(
      'cluster.shard',
      'INDEX/COUNT such as 0/3, counted from 0',
      line(/^\d{1,4}\/\d{1,4}$/).refine((text) => shardFrom(text) !== undefined),
    ),
    events: yesNo('cluster.events'),
    refreshAfterPush: yesNo('cluster.refreshAfterPush'),
  })
  .partial();

const secrets = z
  .strictObject({
    allowedNamespaces: listOf(
      'secrets.allowedNamespaces',
      'the name of a namespace, or *',
      line(NAMESPACE_OR_ALL),
    ),
  })
  .partial();

const schedule = z
  .strictObject({
    interval: duration('schedule.interval', 0, LONGEST_INTERVAL),
    jitter: key('schedule.jitter', 'a number from 0 to 0.5', z.number().min(0).max(0.5)),
    cron: key('schedule.cron', 'a cron expression', line()),
    timezone: key('schedule.timezone', 'the name of a time zone', line()),
  })
  .partial();

const writeBack = z
  .strictObject({
    method: oneOf('writeBack.method', ['argocd', 'git']),
    createMissing: yesNo('writeBack.createMissing'),
    commitPer: oneOf('writeBack.commitPer', ['application', 'remote']),
    collect: duration('writeBack.collect', 0, LONGEST_COLLECT),
    rollback: oneOf('writeBack.rollback', ROLLBACK_RULES),
    allowDowngrade: yesNo('writeBack.allowDowngrade'),
  })
  .partial();

const author = z
  .strictObject({
    name: key('git.author.name', 'a name without < and >', line(/^[^<>]*$/)),
    email: key('git.author.email', 'an e-mail address', line(/^[^\s<>@]+@[^\s<>@]+$/)),
  })
  .partial();

const signing = z
  .strictObject({
    method: oneOf('git.signing.method', ['openpgp', 'ssh']),
    key: key('git.signing.key', 'a key or a path', line(/^[^-]/)),
    keyFile: file('git.signing.keyFile'),
    passphraseFrom: key('git.signing.passphraseFrom', 'env:NAME or file:/path', line(SECRET_PLACE)),
  })
  .partial();

const git = z
  .strictObject({
    author,
    commitMethod: oneOf('git.commitMethod', ['git', 'api']),
    signing,
    signOff: yesNo('git.signOff'),
    messageTemplate: key('git.messageTemplate', 'text', z.string().min(1).max(100_000)),
    messageTemplateFile: file('git.messageTemplateFile'),
    trailers: yesNo('git.trailers'),
    pushAttempts: wholeNumber('git.pushAttempts', 1, 20),
    timeout: duration('git.timeout', SECOND, HOUR),
    history: wholeNumber('git.history', 1, 1_000),
    cacheDirectory: key(
      'git.cacheDirectory',
      'the absolute path of a folder of its own',
      line(/^\//).refine((path) => !NO_CACHE.test(path) && !/\/\.\.?(?:\/|$)/.test(path)),
    ),
    cacheMiB: wholeNumber('git.cacheMiB', 16, 1_048_576),
    remotes: key('git.remotes', 'a list of logins', z.array(gitRemote).max(1_000)),
  })
  .partial();

const MEBIBYTE = 1024 * 1024;

const cache = z
  .strictObject({
    file: key('cache.file', 'the absolute path of a file', line(/^\/.*[^/]$/)),
    bytes: wholeNumber('cache.bytes', MEBIBYTE, 1024 * MEBIBYTE),
  })
  .partial();

const PORT = 65_535;

/** The configuration file: types and single values. What concerns two keys at once is in `rules.ts`. */
export const configFileSchema = z
  .strictObject({
    applications,
    cluster,
    secrets,
    schedule,
    writeBack,
    git,
    cache,
    pullRequests: key('pullRequests', 'a list of settings', z.array(pullRequest).max(1_000)),
    registriesFile: key('registriesFile', 'a path or ""', z.string().max(1_000)),
    registries: key('registries', 'a list of registries', z.array(registry).max(1_000)),
    platforms: listOf('platforms', 'os/architecture or os/architecture/variant', line().refine(isPlatform)),
    dockerConfigFile: file('dockerConfigFile'),
    log: z
      .strictObject({
        level: oneOf('log.level', ['trace', 'debug', 'info', 'warn', 'error']),
        format: oneOf('log.format', ['text', 'json']),
      })
      .partial(),
    server: z
      .strictObject({
        healthPort: wholeNumber('server.healthPort', 0, PORT),
        metricsPort: wholeNumber('server.metricsPort', 0, PORT),
        address: key(
          'server.address',
          'a host name or IP address without a port',
          z.string().regex(HOST_OR_ADDRESS),
        ),
      })
      .partial(),
  })
  .partial();

function isPlatform(text: string): boolean {
  try {
    parsePlatform(text);
    return true;
  } catch {
    return false;
  }
}

/** What a person may write: every key is optional, secrets are only named. */
export type ConfigFile = z.infer<typeof configFileSchema>;

/** The schema of what is at a path; list positions are skipped. `undefined` when there is no such key. */
export function schemaAt(path: TreePath): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = configFileSchema;
  for (const step of path) {
    const plain: z.core.$ZodType | undefined = unwrapped(schema);
    if (plain instanceof z.ZodObject) schema = (plain.shape as Record<string, z.core.$ZodType>)[step];
    else schema = plain instanceof z.ZodArray ? plain.element : undefined;
  }
  return unwrapped(schema);
}

function unwrapped(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNonOptional
    ? unwrapped(schema.unwrap())
    : schema;
}

/** The end of "expected …" for the value at a path. */
export function expectedAt(path: TreePath): string {
  const schema = schemaAt(path);
  if (schema === undefined) return 'something else';
  return expectationOf(schema) ?? 'a map of keys';
}

/** Keys that may stand in the map at a path. */
export function keysAt(path: TreePath): readonly string[] {
  const schema = schemaAt(path);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
