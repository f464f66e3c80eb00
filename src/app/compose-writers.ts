import type { Config, GitSigningConfig } from '../config/config.ts';
import { longestMatch } from '../core/git/longest-match.ts';
import { parseGitRemote } from '../core/git/remote.ts';
import { createGitLogins, type ClusterSecrets } from '../credentials/git-logins.ts';
import { readSigningPassphrase } from '../credentials/own-git-login.ts';
import type { EditOptions } from '../edits/index.ts';
import { hostAndPort, type AddressGuard } from '../http/address-guard.ts';
import type { GitLogin, GitLogins } from '../ports/git-logins.ts';
import type { Observer } from '../ports/observer.ts';
import type { Writer } from '../ports/writer.ts';
import { VERSION } from '../version.ts';
import { createDryRunWriter } from '../writers/dry-run-writer.ts';
import { apiUrlOf } from '../writers/git/api/api-url.ts';
import { createCommitApis, type CommitApis } from '../writers/git/api/commit-apis.ts';
import { createGitWriter, type GitWriter } from '../writers/git/git-writer.ts';
import type { RemoteGuard } from '../writers/git/remote-guard.ts';
import type { SigningOptions } from '../writers/git/signing/signer.ts';
import type { ComposedTokens } from './compose-tokens.ts';
import type { ClusterReach } from './reach-cluster.ts';
import type { Environment } from './environment.ts';

export interface ComposedWriters {
  readonly logins: GitLogins;
  readonly git: GitWriter;
  /** Reads like the other one and writes nothing. */
  readonly dryRun: Writer;
}

export interface WriterParts {
  readonly observer: Observer;
  readonly cluster: ClusterReach | undefined;
  readonly tokens: ComposedTokens;
  readonly guard: AddressGuard;
}

/** Writers to Git. */
export function composeWriters(
  config: Config,
  environment: Environment,
  { observer, cluster, tokens, guard }: WriterParts,
): ComposedWriters {
  const { clock, log, env } = environment;
  const editOptions = editOptionsOf(config);
  const logins = registeringSecrets(
    createGitLogins({
      remotes: config.git.remotes,
      env,
      secrets: cluster && secretsOf(cluster),
      isNamedProxy: (url) => guard.ruleFor(hostAndPort(url)) === undefined,
      appTokens: tokens.githubApps,
      loginFor: config.git.loginFor,
      argocdNamespace: config.applications.argocdNamespace,
    }),
    environment,
  );
  const signing = config.git.signing && signingOf(config.git.signing, environment);
  const { loginFor: _loginFor, ...gitOptions } = config.git;
  const git = createGitWriter({
    ...gitOptions,
    signing,
    commitApis: commitApisOf(config.git, environment, guard),
    guard: remoteGuardOf(config, guard),
    logins,
    editOptions,
    largestFile: editOptions.limits?.bytes,
    gitBytes: config.limits.gitMiB * 1024 * 1024,
    clock,
    observer,
    log,
  });
  return { logins, git, dryRun: createDryRunWriter(git, { editOptions }) };
}

/** Applications in files come from whoever runs the program, so that their sources may be folders beside them. */
function remoteGuardOf({ applications, git }: Config, addresses: AddressGuard): RemoteGuard {
  const named = git.remotes.map(({ url }) => parseGitRemote(url));
  const fromFiles = applications.paths.length > 0;
  return {
    addresses,
    allowsFolder: ({ remote, isOwnSource = false }) =>
      (fromFiles && isOwnSource) || longestMatch(remote, named, (prefix) => prefix) !== undefined,
  };
}

/** How files are read and edited. */
export function editOptionsOf({ writeBack, limits }: Config): EditOptions {
  const { fileKiB, fileNodes, fileDepth, fileAliases } = limits;
  return {
    createMissing: writeBack.createMissing,
    limits: { bytes: fileKiB * 1024, nodes: fileNodes, depth: fileDepth, aliases: fileAliases },
  };
}

function commitApisOf(
  { commitMethod, remotes }: Config['git'],
  { clock, log, env }: Environment,
  guard: AddressGuard,
): CommitApis | undefined {
  if (commitMethod === 'git') return undefined;
  const known = remotes.flatMap(({ url, apiUrl, githubApp }) => {
    const named = apiUrl ?? githubApp?.baseUrl;
    return named === undefined ? [] : [{ url, apiUrl: named }];
  });
  return createCommitApis({
    apiUrlOf: (remote) => apiUrlOf(remote, known),
    userAgent: `lynceus/${VERSION}`,
    clock,
    log,
    env,
    guard,
  });
}

function signingOf(
  { passphraseFrom, ...signing }: GitSigningConfig,
  { env, registerSecret = () => undefined }: Environment,
): SigningOptions {
  return {
    ...signing,
    async passphrase() {
      if (passphraseFrom === undefined) return undefined;
      const passphrase = await readSigningPassphrase(passphraseFrom, env);
      registerSecret(passphrase);
      return passphrase;
    },
  };
}

function registeringSecrets(logins: GitLogins, { registerSecret = () => undefined }: Environment): GitLogins {
  const registered = <L extends GitLogin | undefined>(login: L): L => {
    if (login?.kind === 'basic') registerSecret(login.password);
    if (login?.kind === 'bearer') registerSecret(login.token);
    if (login !== undefined && 'proxy' in login && login.proxy.url !== '') registerSecret(login.proxy.url);
    if (login !== undefined && 'client' in login && login.client.kind === 'text')
      registerSecret(login.client.key);
    if (login?.kind === 'ssh-key') registerSecret(login.privateKey);
    return login;
  };
  return {
    find: async (place, signal) => registered(await logins.find(place, signal)),
    renew: async (place, refused, signal) => registered(await logins.renew?.(place, refused, signal)),
  };
}

/** The Secrets of a cluster that is reached when the first one is asked for. */
function secretsOf(cluster: ClusterReach): ClusterSecrets {
  return {
    read: async (secret, signal) => await (await cluster()).secrets.read(secret, signal),
    repositories: {
      find: async (remote, project, signal) =>
        await (await cluster()).repositories.find(remote, project, signal),
      describeUnfit: async (remote, project, signal) =>
        await (await cluster()).repositories.describeUnfit(remote, project, signal),
    },
  };
}
