import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_COMMIT_TEMPLATE } from '../core/plan/commit-message.ts';
import { messageTemplateFault } from '../core/plan/check-message-template.ts';
import type { TemplateLimits } from '../core/plan/template/meter.ts';
import type { RegistryEndpoint } from '../settings/registry.ts';
import type { GitRemoteRow } from '../settings/git-remote.ts';
import { shownValue } from '../settings/value-type.ts';
import { parseSecretPlace } from '../settings/secret-place.ts';
import { defaultTextOf } from '../settings/settings.ts';
import { WEBHOOK_SECRET_KEYS } from '../settings/webhook-secrets.ts';
import { checkChecks } from './check-rules.ts';
import type { Config, ConfigFile, GitSigningConfig, WebhookSecretConfig } from './config.ts';
import type { FaultList } from './faults.ts';
import { checkNotifications } from './notification-rules.ts';
import { configuredPolicies } from './signature-policies.ts';
import { checkVerificationRules } from './verification-rules.ts';
import { templateLimitsOf } from './template-limits.ts';
import { treePathText, type TreePath, valueAt } from './tree.ts';
import { readGitRemote } from '../core/git/remote.ts';
import { transportKey } from '../core/identity/branch.ts';

/** Checks that other layers make; each returns what is wrong, or `undefined`. */
export interface ConfigChecks {
  /** Of a cron expression and the name of a time zone. */
  readonly cron: (expression: string, timezone: string | undefined) => string | undefined;
}

export interface RuleContext {
  readonly checks: ConfigChecks;
  /** One cycle only: then an interval of 0 is allowed, as with Argo CD Image Updater. */
  readonly once: boolean;
  readonly messageTemplateText: string | undefined;
  /** The configuration file with every default filled in, as it was written. */
  readonly written: unknown;
  readonly faults: FaultList;
  readonly originOf: (path: TreePath) => string;
  /** Whether Argo CD Image Updater starts with what the place of a value has there. */
  readonly fallsBackAt: (path: TreePath) => boolean;
  /** Whether any place sets the key at a path. */
  readonly isGiven: (path: TreePath) => boolean;
}

/** The rules that concern several keys, and the translation into `Config`. Faults are added, none is thrown. */
export function toConfig(
  file: Omit<ConfigFile, 'registriesFile'>,
  registries: readonly RegistryEndpoint[],
  context: RuleContext,
): Omit<Config, 'passedFaults'> {
  const { messageTemplateFile, cacheMiB, ...git } = file.git;
  if (git.commitMethod === 'api' && !git.trailers)
    fault(
      context,
      ['git', 'trailers'],
      'is needed with git.commitMethod api: by them Lynceus knows its commits again',
    );
  checkUrls(['git', 'remotes'], git.remotes, context);
  for (const [index, remote] of git.remotes.entries())
    checkLoginKind(remote, ['git', 'remotes', index], context);
  checkUrls(['pullRequests'], file.pullRequests, context);
  const { minVersion, maxVersion } = file.server.tls;
  if (minVersion > maxVersion)
    fault(
      context,
      ['server', 'tls', 'minVersion'],
      `is ${minVersion}, which is above server.tls.maxVersion ${maxVersion}`,
    );
  checkAddresses(file.server, context);
  checkEntries(file, context);
  return {
    ...file,
    schedule: scheduleOf(file.schedule, context),
    webhooks: { ...file.webhooks, secrets: webhookSecretsOf(file.webhooks.secrets) },
    git: {
      ...git,
      signing: signingOf(git.signing, context),
      messageTemplate: messageTemplateOf(
        { inline: git.messageTemplate, file: messageTemplateFile },
        templateLimitsOf(file.limits),
        context,
      ),
      cacheBytes: cacheMiB * 1024 * 1024,
    },
    gates: {
      ...file.gates,
      signatures: configuredPolicies(file.gates.signatures, {
        fault: (path, message) => fault(context, path, message),
        isFaulty: (path) => context.faults.has({ path: treePathText(path), origin: context.originOf(path) }),
      }),
    },
    permissions: {
      ...file.permissions,
      written: context.isGiven(['permissions', 'rules']),
    },
    registries,
  };
}

/** A fault there leaves no name of a service that routes could go to. */
const UNNAMED_SERVICE = /^notifications\.services(?:\[\d+\](?:\.name)?)?$/;

/** The rules within lists whose entries know each other. */
function checkEntries(
  { verification, notifications, limits }: Pick<ConfigFile, 'verification' | 'notifications' | 'limits'>,
  context: RuleContext,
): void {
  const unlessBelow = (at: TreePath, message: string): void => {
    if (!context.faults.hasBelow(treePathText(at))) fault(context, at, message);
  };
  checkChecks(verification.checks, (path, message) =>
    unlessBelow(['verification', 'checks', ...path], message),
  );
  checkVerificationRules(verification, (path, message) =>
    fault(context, ['verification', 'rules', ...path], message),
  );
  const areNamed = !context.faults.all.some(({ path }) => UNNAMED_SERVICE.test(path));
  checkNotifications({ ...notifications, areNamed }, templateLimitsOf(limits), (path, message) =>
    unlessBelow(['notifications', ...path], message),
  );
}

function fault(context: RuleContext, path: TreePath, message: string): void {
  context.faults.add({ path: treePathText(path), origin: context.originOf(path), message });
}

/** Probes are asked for over HTTP, by nobody in particular. */
function checkAddresses(
  { healthAddress, metricsAddress, metricsSecure }: ConfigFile['server'],
  context: RuleContext,
): void {
  if (healthAddress === undefined || metricsAddress === undefined || !metricsSecure) return;
  const { address, port } = metricsAddress;
  if (port === 0 || port !== healthAddress.port || address !== healthAddress.address) return;
  fault(
    context,
    ['server', 'metricsAddress'],
    'is that of server.healthAddress too, where there is no HTTPS; choose another port, or set server.metricsSecure to false',
  );
}

const SHORTEST_INTERVAL = 1_000;

function scheduleOf(schedule: ConfigFile['schedule'], context: RuleContext): Config['schedule'] {
  const { cron, timezone, interval: every } = schedule;
  if (cron !== undefined) {
    // A cron expression makes the default of the jitter void, unlike its type.
    const jitter: number | undefined = schedule.jitter;
    if (jitter !== undefined) fault(context, ['schedule', 'jitter'], 'is only for schedule.interval');
    const wrong = context.checks.cron(cron, timezone);
    if (wrong !== undefined) fault(context, ['schedule', 'cron'], `${wrong}; found ${shownValue(cron)}`);
    return { kind: 'cron', expression: cron, timezone };
  }
  if (timezone !== undefined)
    fault(context, ['schedule', 'timezone'], 'is only for schedule.cron, which is not set');
  const at: TreePath = ['schedule', 'interval'];
  if (every >= SHORTEST_INTERVAL || (context.once && every === 0))
    return { kind: 'interval', every, jitter: schedule.jitter };
  const isFlag = context.fallsBackAt(at);
  // As with Argo CD Image Updater 1.x.
  if (isFlag && every === 0) return { kind: 'changes' };
  context.faults.add({
    path: treePathText(at),
    origin: context.originOf(at),
    message: `expected at least 1s (0 is for --once only), found ${shownValue(valueAt(context.written, at))}`,
    ...(isFlag ? { fallback: { value: '1s' } } : {}),
  });
  return { kind: 'interval', every: SHORTEST_INTERVAL, jitter: schedule.jitter };
}

/** A method alone signs nothing, as with Argo CD Image Updater. */
function signingOf(
  { method, key, keyFile, passphraseFrom }: ConfigFile['git']['signing'],
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
    fault(context, [...at, 'key'], `expected the path of a private key for ssh, found ${shownValue(key)}`);
  }
  if (key === undefined && keyFile === undefined) {
    if (passphraseFrom !== undefined)
      fault(context, [...at, 'passphraseFrom'], 'is for a key, and there is none');
    return undefined;
  }
  return { method, key, keyFile, passphraseFrom };
}

function messageTemplateOf(
  { inline, file }: { readonly inline: string | undefined; readonly file: string },
  limits: TemplateLimits,
  context: RuleContext,
): string {
  const text = inline ?? context.messageTemplateText ?? DEFAULT_COMMIT_TEMPLATE;
  const wrong = messageTemplateFault(text, limits);
  if (wrong === undefined) return text;
  if (inline !== undefined) fault(context, ['git', 'messageTemplate'], wrong);
  else fault(context, ['git', 'messageTemplateFile'], `${file}: ${wrong}`);
  return text;
}

function checkUrls(
  at: readonly string[],
  rows: readonly { readonly url: string }[],
  context: RuleContext,
): void {
  const seen = new Map<string, number>();
  for (const [index, { url }] of rows.entries()) {
    const key = urlKey(url);
    const other = seen.get(key);
    if (other !== undefined)
      fault(context, [...at, index, 'url'], `is the url of ${treePathText([...at, other])} too`);
    seen.set(key, index);
  }
}

/** Equal for URLs under which the same remotes are, however they are written. What is no URL is a fault of its own. */
function urlKey(url: string): string {
  const remote = readGitRemote(url);
  return 'why' in remote ? url : transportKey(remote);
}

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

function checkLoginKind(remote: GitRemoteRow, at: TreePath, context: RuleContext): void {
  const http = /^https?:/.test(remote.url);
  for (const key of http ? SSH_KEYS : HTTP_KEYS) {
    if (remote[key] === undefined) continue;
    fault(
      context,
      [...at, key],
      `is only for ${http ? 'SSH' : 'https'} URLs, and the url is ${shownValue(remote.url)}`,
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

function webhookSecretsOf(places: ConfigFile['webhooks']['secrets']): readonly WebhookSecretConfig[] {
  return Object.entries(WEBHOOK_SECRET_KEYS).map(([type, name]) => {
    const key = `webhooks.secrets.${name}`;
    const from = places[name];
    return { type, key, from, required: !isDeepStrictEqual(from, parseSecretPlace(defaultTextOf(key))) };
  });
}
