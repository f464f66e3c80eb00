import type { ConfigInput } from '../../src/config/load.ts';

export interface FaultRow {
  readonly name: string;
  readonly input: Partial<ConfigInput>;
  /** How each line of the error begins: path and colon, or the origin when the text as a whole is wrong. */
  readonly paths: readonly string[];
  /** Words that the first line holds. */
  readonly says?: string;
}

/** One key of lynceus.yaml. */
function yaml(name: string, fileText: string, path: string, says?: string): FaultRow {
  return { name, input: { fileText }, paths: [path], ...(says === undefined ? {} : { says }) };
}

function flag(flagName: string, text: string | readonly string[], path: string, says: string): FaultRow {
  return {
    name: `flag ${flagName}=${String(text)}`,
    input: { flags: { [flagName]: text } },
    paths: [path],
    says,
  };
}

function variable(name: string, text: string, path: string): FaultRow {
  return {
    name: `${name}=${text}`,
    input: { env: { [name]: text } },
    paths: [path],
    says: `environment variable ${name}`,
  };
}

/** One entry of registries.conf, with what it needs besides. */
function conf(name: string, lines: string, path: string, says?: string): FaultRow {
  const keys = lines.startsWith('{ ') ? lines.slice(2, -2).replaceAll(', ', '\n    ') : lines;
  const registriesText = `registries:\n  - name: A\n    api_url: https://a.example\n    prefix: a.example\n    ${keys}\n`;
  return {
    name: `registries.conf: ${name}`,
    input: { registriesText },
    paths: [path],
    ...(says === undefined ? {} : { says }),
  };
}

/** The same for a registry of Amazon ECR. */
function ecr(name: string, keys: string, path: string, says: string): FaultRow {
  const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
  const entry = `{ name: A, api_url: "https://${host}", prefix: ${host}, ${keys} }`;
  return {
    name: `registries.conf: ${name}`,
    input: { registriesText: `registries: [${entry}]\n` },
    paths: [path],
    says,
  };
}

/** Keys of one policy of signatures, with its name. */
function policy(name: string, keys: string, path: string, says?: string): FaultRow {
  const at = `gates.signatures[0]${path}`;
  return yaml(`gates.signatures: ${name}`, `gates: { signatures: [{ name: a, ${keys} }] }`, at, says);
}

/** One signer, or one attestation, of a policy. */
function signer(name: string, keys: string, path: string, says?: string): FaultRow {
  return policy(`signer ${name}`, `keyless: [{ ${keys} }]`, `.keyless[0]${path}`, says);
}

function attestation(name: string, keys: string, path: string, says?: string): FaultRow {
  return policy(
    `attestation ${name}`,
    `keys: [file:/a], attestations: [{ ${keys} }]`,
    `.attestations[0]${path}`,
    says,
  );
}

/** An entry of `gates.windows` that is good but for these keys. */
function updateWindow(changes: Readonly<Record<string, unknown>>, key: string, says: string): FaultRow {
  const entry = { kind: 'allow', schedule: '0 9 * * 1-5', duration: '8h', ...changes };
  const at = key === '' ? '' : `.${key}`;
  return yaml(
    `gates.windows: ${JSON.stringify(changes)}`,
    JSON.stringify({ gates: { windows: [entry] } }),
    `gates.windows[0]${at}`,
    says,
  );
}

function remote(name: string, entry: string, path: string, says?: string): FaultRow {
  return yaml(`git.remotes: ${name}`, `git: { remotes: [${entry}] }`, path, says);
}

const PEM = '-----BEGIN CERTIFICATE-----';

// One fault a row: a table.
// prettier-ignore
export const FAULT_ROWS: readonly FaultRow[] = [
  updateWindow({ kind: undefined }, 'kind', 'is missing; expected allow or deny'),
  updateWindow({ kind: 'block' }, 'kind', 'expected allow or deny, found "block"'),
  updateWindow({ schedule: undefined }, 'schedule', 'expected a cron expression of 5 fields'),
  updateWindow({ schedule: '0 0 9 * * 1-5' }, 'schedule', 'expected a cron expression of 5 fields'),
  updateWindow({ schedule: '@daily' }, 'schedule', 'expected a cron expression of 5 fields'),
  updateWindow({ schedule: '0 25 * * *' }, 'schedule', 'invalid value for hour: 25'),
  updateWindow({ schedule: '0 0 30 2 *' }, 'schedule', 'that comes true some day, found "0 0 30 2 *"'),
  updateWindow({ schedule: 9 }, 'schedule', 'expected a cron expression of 5 fields'),
  updateWindow({ duration: undefined }, 'duration', 'expected a duration from 1m0s to 8760h0m0s'),
  updateWindow({ duration: '59s' }, 'duration', 'found "59s"'),
  updateWindow({ duration: '8761h' }, 'duration', 'found "8761h"'),
  updateWindow({ duration: '1d' }, 'duration', 'found "1d"'),
  updateWindow({ timeZone: 'Berlin' }, 'timeZone', 'expected a time zone such as Europe/Berlin, found "Berlin"'),
  updateWindow({ timeZone: '+02:00' }, 'timeZone', 'expected a time zone'),
  updateWindow({ timezone: 'UTC' }, 'timezone', 'timeZone'),
  updateWindow({ images: 'ghcr.io/*' }, 'images', 'expected a list'),
  yaml('gates.windows as a map', 'gates: { windows: { kind: allow } }', 'gates.windows', 'a list of update windows'),
  yaml('gates.syncWindows', 'gates: { syncWindows: yes please }', 'gates.syncWindows', 'true or false'),
  // The text as a whole.
  yaml('an age in days', 'gates: { minimumAge: [{ age: 7d }] }', 'gates.minimumAge[0].age', 'a duration from 0s to 8760h0m0s'),
  yaml('no age', 'gates: { minimumAge: [{ images: [a] }] }', 'gates.minimumAge[0].age'),
  yaml('an age for nobody', 'gates: { minimumAge: [{ age: 1h, image: a }] }', 'gates.minimumAge[0].image'),
  yaml('one age', 'gates: { minimumAge: 24h }', 'gates.minimumAge', 'a list of ages'),
  yaml('a pause with its reason', 'paused: Ada', 'paused'),
  yaml('a list at the top', '- a\n', 'lynceus.yaml, line 1', 'expected a map of keys, found a list'),
  yaml('text at the top', 'hello\n', 'lynceus.yaml, line 1', 'found "hello"'),
  yaml('broken YAML', 'log:\n  level: info\n format: text\n', 'lynceus.yaml, line 3', 'is not valid YAML'),
  yaml('a key twice', 'platforms: []\nplatforms: []\n', 'lynceus.yaml, line 2', 'Map keys must be unique'),
  yaml('two documents', 'log: {}\n---\nlog: {}\n', 'lynceus.yaml, line 2', 'multiple documents'),
  yaml('an unknown tag', 'log: !secret x\n', 'lynceus.yaml, line 1', 'Unresolved tag'),
  yaml('an alias without anchor', 'log: *x\n', 'lynceus.yaml', 'Unresolved alias'),
  yaml('too much text', `#${'x'.repeat(1_000_001)}`, 'lynceus.yaml', 'at most 1000000 characters'),
  { name: 'a named file that is not there', input: { flags: { config: 'my.yaml' }, fileName: 'my.yaml' }, paths: ['my.yaml'], says: 'cannot be read' },
  { name: 'a file named by LYNCEUS_CONFIG that is not there', input: { env: { LYNCEUS_CONFIG: 'my.yaml' }, fileName: 'my.yaml' }, paths: ['my.yaml'], says: 'cannot be read' },
  // Unknown keys.
  yaml('an unknown section', 'shedule: {}\n', 'shedule', 'did you mean schedule?'),
  yaml('a key in kebab case', 'write-back: {}\n', 'write-back', 'did you mean writeBack?'),
  yaml('a key in snake case', 'git: { push_attempts: 3 }\n', 'git.push_attempts', 'did you mean pushAttempts?'),
  yaml('a key that is near nothing', 'server: { colour: blue }\n', 'server.colour', 'known here: healthPort, metricsPort, address'),
  yaml('__proto__', '__proto__: { log: 1 }\n', '__proto__', 'is no known key'),
  yaml('constructor', 'log: { constructor: 1 }\n', 'log.constructor', 'is no known key'),
  yaml('a key with dots', '"log.level": info\n', '["log.level"]', 'is no known key'),
  yaml('the name of a flag', 'log: { loglevel: info }\n', 'log.loglevel', 'did you mean level?'),
  yaml('the key of registries.conf in lynceus.yaml', 'registries: [{ name: A, apiUrl: "https://a.example", ca_file: x, prefix: a.example }]', 'registries[0].ca_file', 'did you mean caFile?'),
  // Applications.
  yaml('applications is a list', 'applications: [a]\n', 'applications', 'expected a map of keys, found a list'),
  yaml('applications is nothing', 'applications:\n', 'applications', 'found nothing'),
  yaml('paths is text', 'applications: { paths: apps }\n', 'applications.paths', 'expected a list, each element a path, found "apps"'),
  yaml('a path is a number', 'applications: { paths: [a, 5] }\n', 'applications.paths[1]', 'expected a path, found 5'),
  yaml('a path is empty', 'applications: { paths: [""] }\n', 'applications.paths[0]', 'expected a path'),
  yaml('a path with a line break', 'applications: { paths: ["a\\nb"] }\n', 'applications.paths[0]', 'a\\u{a}b'),
  yaml('a name is a map', 'applications: { matchNames: [{}] }\n', 'applications.matchNames[0]', 'expected a glob, found a map'),
  yaml('a label of two words', 'applications: { matchLabels: [team shop] }\n', 'applications.matchLabels[0]', 'found "team shop"'),
  yaml('a label without a key', 'applications: { matchLabels: ["=shop"] }\n', 'applications.matchLabels[0]', 'key=value'),
  yaml('a namespace in capitals', 'applications: { argocdNamespace: ArgoCD }\n', 'applications.argocdNamespace', 'the name of a namespace'),
  yaml('an empty namespace', 'applications: { argocdNamespace: "" }\n', 'applications.argocdNamespace', 'found ""'),
  yaml('concurrency 0', 'applications: { concurrency: 0 }\n', 'applications.concurrency', 'a whole number from 1 to 100, found 0'),
  yaml('concurrency 101', 'applications: { concurrency: 101 }\n', 'applications.concurrency', 'found 101'),
  yaml('concurrency 1.5', 'applications: { concurrency: 1.5 }\n', 'applications.concurrency', 'found 1.5'),
  yaml('concurrency as text', 'applications: { concurrency: "10" }\n', 'applications.concurrency', 'found "10"'),
  // Cluster and secrets.
  yaml('* beside a namespace', 'applications: { namespaces: ["*", a] }\n', 'applications.namespaces', '* is every namespace'),
  yaml('a namespace with a star in it', 'applications: { namespaces: ["team-*"] }\n', 'applications.namespaces[0]', 'the name of a namespace, or *, found "team-*"'),
  yaml('namespaces as text', 'applications: { namespaces: a }\n', 'applications.namespaces', 'expected a list'),
  yaml('an empty kubeconfig', 'cluster: { kubeconfig: "" }\n', 'cluster.kubeconfig', 'expected a path'),
  yaml('leaderElection as a word', 'cluster: { leaderElection: "true" }\n', 'cluster.leaderElection', 'true or false'),
  yaml('a Lease with a slash', 'cluster: { leaseName: a/b }\n', 'cluster.leaseName', 'the name of a Lease'),
  yaml('a Lease in a path', 'cluster: { leaseNamespace: .. }\n', 'cluster.leaseNamespace', 'the name of a namespace'),
  yaml('a shard beyond the last', 'cluster: { shard: 3/3 }\n', 'cluster.shard', 'counted from 0, found "3/3"'),
  yaml('a shard of none', 'cluster: { shard: 0/0 }\n', 'cluster.shard', 'INDEX/COUNT'),
  yaml('a shard that is a number', 'cluster: { shard: 3 }\n', 'cluster.shard', 'found 3'),
  yaml('a namespace of secrets in capitals', 'secrets: { allowedNamespaces: [Shared] }\n', 'secrets.allowedNamespaces[0]', 'the name of a namespace, or *'),
  yaml('an exception that is a URL', 'network: { exceptions: ["https://a.example"] }\n', 'network.exceptions[0]', 'a host, host:port, an address, or a range'),
  yaml('a range of a name', 'network: { exceptions: ["a.example/8"] }\n', 'network.exceptions[0]', 'a host, host:port, an address, or a range'),
  yaml('a range that is too small', 'network: { exceptions: ["10.0.0.0/33"] }\n', 'network.exceptions[0]', 'a host, host:port, an address, or a range'),
  yaml('a range with a port', 'network: { exceptions: ["10.0.0.0/8:80"] }\n', 'network.exceptions[0]', 'a host, host:port, an address, or a range'),
  yaml('a range of half an address', 'network: { exceptions: ["10.0/8"] }\n', 'network.exceptions[0]', 'a host, host:port, an address, or a range'),
  yaml('a port that is none', 'network: { exceptions: ["a.example:70000"] }\n', 'network.exceptions[0]', 'a host, host:port, an address, or a range'),
  yaml('a pattern of hosts', 'network: { exceptions: ["*.example"] }\n', 'network.exceptions[0]', 'a host, host:port, an address, or a range'),
  yaml('a range of IPv6 that is too small', 'network: { exceptions: ["fd00::/129"] }\n', 'network.exceptions[0]', 'a host, host:port, an address, or a range'),
  flag('watchNamespaces', 'a,,b', 'applications.namespaces[1]', 'found "" (--watch-namespaces)'),
  flag('watchNamespaces', 'a,*', 'applications.namespaces', '* is every namespace, and none can stand beside it (--watch-namespaces)'),
  { name: 'two flags for the namespaces', input: { flags: { watchNamespaces: 'a', applicationNamespace: 'b' } }, paths: ['applications.namespaces'], says: 'given by --watch-namespaces too' },
  flag('leaderElection', 'perhaps', 'cluster.leaderElection', 'expected true or false, found "perhaps" (--leader-election)'),
  flag('shard', '1', 'cluster.shard', '(--shard)'),
  variable('IMAGE_UPDATER_WATCH_NAMESPACES', 'a b', 'applications.namespaces[0]'),
  variable('IMAGE_UPDATER_KUBE_EVENTS', 'no', 'cluster.events'),
  // Schedule.
  yaml('interval without a unit', 'schedule: { interval: "120" }\n', 'schedule.interval', 'found "120"'),
  yaml('interval as a number', 'schedule: { interval: 120 }\n', 'schedule.interval', 'found 120'),
  yaml('interval in days', 'schedule: { interval: 1d }\n', 'schedule.interval', 'found "1d"'),
  yaml('interval 0', 'schedule: { interval: "0" }\n', 'schedule.interval', '0 is for --once only'),
  yaml('a negative interval', 'schedule: { interval: "-2m" }\n', 'schedule.interval', 'a duration'),
  yaml('an interval below a second', 'schedule: { interval: 10ms }\n', 'schedule.interval', 'at least 1s'),
  yaml('an interval beyond timers', 'schedule: { interval: 1000h }\n', 'schedule.interval', 'from 0s to 168h0m0s'),
  yaml('jitter 1', 'schedule: { jitter: 1 }\n', 'schedule.jitter', 'a number from 0 to 0.5, found 1'),
  yaml('cron of four fields', 'schedule: { cron: "* * * *" }\n', 'schedule.cron', '5 or 6 fields'),
  yaml('cron with an impossible minute', 'schedule: { cron: "61 * * * *" }\n', 'schedule.cron', 'minute "61"'),
  yaml('cron on 30 February', 'schedule: { cron: "0 0 30 2 *" }\n', 'schedule.cron', 'day of the month "30"'),
  yaml('cron that never comes', 'schedule: { cron: "0 0 1 1 1#2" }\n', 'schedule.cron', 'comes true some day'),
  yaml('cron in the way of Go', 'schedule: { cron: "@every 2m" }\n', 'schedule.cron', '5 or 6 fields'),
  yaml('cron in a zone that is none', 'schedule: { cron: "* * * * *", timezone: Mars/Olympus }\n', 'schedule.cron', 'Mars/Olympus'),
  yaml('cron and interval', 'schedule: { cron: "* * * * *", interval: 2m }\n', 'schedule.cron', 'cannot be set together with schedule.interval'),
  yaml('a time zone without cron', 'schedule: { timezone: Europe/Berlin }\n', 'schedule.timezone', 'is only for schedule.cron'),
  yaml('jitter with cron', 'schedule: { cron: "* * * * *", jitter: 0.1 }\n', 'schedule.jitter', 'is only for schedule.interval'),
  // Write-back and Git.
  yaml('an unknown method', 'writeBack: { method: Git }\n', 'writeBack.method', 'expected argocd or git, found "Git"'),
  yaml('createMissing as a word', 'writeBack: { createMissing: yes }\n', 'writeBack.createMissing', 'true or false, found "yes"'),
  yaml('an unknown rule for rollbacks', 'writeBack: { rollback: forget }\n', 'writeBack.rollback', 'resume-on-newer or until-released or never-hold'),
  yaml('allowDowngrade as a word', 'writeBack: { allowDowngrade: yes }\n', 'writeBack.allowDowngrade', 'true or false, found "yes"'),
  yaml('an unknown grouping', 'writeBack: { commitPer: image }\n', 'writeBack.commitPer', 'application or remote'),
  yaml('an empty author', 'git: { author: { name: "" } }\n', 'git.author.name', 'a name without < and >'),
  yaml('an author with brackets', 'git: { author: { name: "Me <me@example.com>" } }\n', 'git.author.name', 'a name without < and >'),
  yaml('an author with a line break', 'git: { author: { name: "a\\nb" } }\n', 'git.author.name', 'a name without < and >'),
  yaml('an e-mail address without @', 'git:\n  author:\n    email: nobody\n', 'git.author.email', 'expected an e-mail address, found "nobody" (lynceus.yaml, line 3)'),
  yaml('an empty template', 'git: { messageTemplate: "" }\n', 'git.messageTemplate', 'expected text'),
  yaml('a template and its file', 'git: { messageTemplate: a, messageTemplateFile: /app/config/commit.template }\n', 'git.messageTemplate', 'cannot be set together'),
  yaml('a template file that is not there', 'git: { messageTemplateFile: /t }\n', 'git.messageTemplateFile', '/t cannot be read'),
  yaml('a former author without an address', 'git: { formerAuthors: [bot] }\n', 'git.formerAuthors[0]', 'a name and an e-mail address such as image-bot <bot@example.com>, found "bot"'),
  yaml('trailers as a word', 'git: { trailers: yes }\n', 'git.trailers', 'true or false, found "yes"'),
  yaml('pushAttempts 0', 'git: { pushAttempts: 0 }\n', 'git.pushAttempts', 'from 1 to 20'),
  yaml('history 0', 'git: { history: 0 }\n', 'git.history', 'from 1 to 1000'),
  yaml('timeout 0', 'git: { timeout: 0s }\n', 'git.timeout', 'from 1s to 1h0m0s'),
  yaml('timeout of a day', 'git: { timeout: 24h }\n', 'git.timeout', 'found "24h"'),
  yaml('a cache of nothing', 'git: { cacheMiB: 0 }\n', 'git.cacheMiB', 'from 16 to 1048576'),
  yaml('a relative cache', 'git: { cacheDirectory: cache }\n', 'git.cacheDirectory', 'a folder of its own'),
  yaml('a cache that is the root', 'git: { cacheDirectory: / }\n', 'git.cacheDirectory', 'a folder of its own'),
  yaml('a cache that is /tmp', 'git: { cacheDirectory: /tmp/ }\n', 'git.cacheDirectory', 'a folder of its own'),
  yaml('a cache with ..', 'git: { cacheDirectory: /tmp/x/../.. }\n', 'git.cacheDirectory', 'a folder of its own'),
  yaml('a relative cache file', 'cache: { file: cache }\n', 'cache.file', 'the absolute path of a file, found "cache"'),
  yaml('a folder as cache file', 'cache: { file: /tmp/ }\n', 'cache.file', 'the absolute path of a file'),
  yaml('hardly any cache', 'cache: { bytes: 1000 }\n', 'cache.bytes', 'from 1048576 to 1073741824'),
  policy('nobody', 'images: [a]', '', 'says nobody who may sign: name keys, or signers in keyless'),
  yaml(
        'gates.signatures: a name with capitals',
        'gates: { signatures: [{ name: Releases, keys: [file:/a] }] }',
        'gates.signatures[0].name',
        'expected a name of small letters',
      ),
  yaml(
    'gates.signatures: no name',
    'gates: { signatures: [{ keys: [file:/a] }] }',
    'gates.signatures[0].name',
    'is missing',
  ),
  yaml(
    'gates.signatures: two of a name',
    'gates: { signatures: [{ name: a, keys: [file:/a] }, { name: a, keys: [file:/b] }] }',
    'gates.signatures[1].name',
    'is the name of gates.signatures[0] too',
  ),
  policy('a key as text', 'keys: ["-----BEGIN PUBLIC KEY-----"]', '.keys[0]', 'expected file:/path, secret:NAMESPACE/NAME#FIELD or configmap:'),
  policy('a relative path', 'keys: [file:cosign.pub]', '.keys[0]', 'expected file:/path'),
  policy('a Secret without a field', 'keys: [secret:argocd/cosign]', '.keys[0]', 'secret:NAMESPACE/NAME#FIELD'),
  policy('a Secret without a namespace', 'keys: [secret:cosign#a]', '.keys[0]', 'secret:NAMESPACE/NAME#FIELD'),
  policy('a path out of the API', 'keys: ["secret:argocd/../x#a"]', '.keys[0]', 'secret:NAMESPACE/NAME#FIELD'),
  policy('a variable', 'keys: [env:COSIGN]', '.keys[0]', 'expected file:/path'),
  policy('a trust root in a Secret', 'keys: [file:/a], trustRoot: "secret:argocd/root#a"', '.trustRoot', 'public, file:/path or configmap:'),
  policy('a trust root of another name', 'keys: [file:/a], trustRoot: github', '.trustRoot', 'expected public, file:/path'),
  policy('nothing required', 'keys: [file:/a], requireSignature: false', '.requireSignature', 'no attestation is asked for in its place'),
  policy('a word of cosign', 'keys: [file:/a], ignoreTlog: true', '.ignoreTlog'),
  signer('without an issuer', 'identity: a', '', 'needs issuer or issuerRegExp'),
  signer('without an identity', 'issuer: "https://a.example"', '', 'needs identity or identityRegExp'),
  signer('with both', 'issuer: "https://a.example", identity: a, identityRegExp: a', '.identityRegExp', 'another way to say identity'),
  signer('whose issuer is no URL', 'issuer: github, identity: a', '.issuer', 'expected a URL such as'),
  signer('with a look-ahead', 'issuer: "https://a.example", identityRegExp: "(?=a)"', '.identityRegExp', 'RE2'),
  signer('with half an expression', 'issuer: "https://a.example", identityRegExp: "("', '.identityRegExp', 'is not a regular expression'),
  attestation('without a type', 'builder: a', '.type', 'is missing'),
  attestation('of a name that cosign has', 'type: spdx', '.type', 'expected slsaprovenance, or the URI'),
  attestation('whose builder nobody tells', 'type: "https://cyclonedx.org/bom", builder: a', '', 'are for the type slsaprovenance'),
  attestation('whose source is no remote', 'type: slsaprovenance, sourceRepository: "a b"', '.sourceRepository', 'expected the URL of a Git remote'),
  yaml('gates.tuf: a login in the URL', 'gates: { tuf: { mirror: "https://me:hunter2@a.example" } }', 'gates.tuf.mirror', 'without user name'),
  yaml('gates.tuf: a folder of the system', 'gates: { tuf: { cacheDirectory: /etc } }', 'gates.tuf.cacheDirectory', 'a folder of its own'),
  remote('no url', '{ passwordFrom: env:A }', 'git.remotes[0].url', 'is missing'),
  remote('a local path', '{ url: /srv/git }', 'git.remotes[0].url', 'https, http or ssh URL'),
  remote('a password in the url', '{ url: "https://me:hunter2@example.com/" }', 'git.remotes[0].url', 'without a password'),
  remote('a password in an ssh url', '{ url: "ssh://me:hunter2@example.com/" }', 'git.remotes[0].url', 'without a password'),
  remote('a literal password', '{ url: "https://e.example/", password: hunter2 }', 'git.remotes[0].password', 'passwordFrom: env:NAME or file:/path'),
  remote('a literal token', '{ url: "https://e.example/", token: hunter2 }', 'git.remotes[0].token', 'secrets are not written here'),
  remote('a literal password in passwordFrom', '{ url: "https://e.example/", passwordFrom: hunter2 }', 'git.remotes[0].passwordFrom', 'expected env:NAME or file:/path; what is there is not shown'),
  remote('a password as text:', '{ url: "https://e.example/", passwordFrom: "text:hunter2" }', 'git.remotes[0].passwordFrom', 'env:NAME'),
  remote('a user name without its kind', '{ url: "https://e.example/", usernameFrom: octocat, passwordFrom: env:A }', 'git.remotes[0].usernameFrom', 'text:NAME'),
  remote('a user name alone', '{ url: "https://e.example/", usernameFrom: "text:octocat" }', 'git.remotes[0].passwordFrom', 'a user name alone is no login'),
  remote('a key for https', '{ url: "https://e.example/", sshPrivateKeyFile: /k }', 'git.remotes[0].sshPrivateKeyFile', 'only for SSH'),
  remote('a password for SSH', '{ url: "git@e.example:a/", passwordFrom: env:A }', 'git.remotes[0].passwordFrom', 'only for https'),
  remote('known hosts alone', '{ url: "ssh://git@e.example/", sshKnownHostsFile: /k }', 'git.remotes[0].sshPrivateKeyFile', 'is missing'),
  remote('one url twice', '{ url: "https://e.example/" }, { url: "https://e.example/" }', 'git.remotes[1].url', 'git.remotes[0] too'),
  // The rest.
  yaml('a platform without architecture', 'platforms: [linux]\n', 'platforms[0]', 'expected os/architecture'),
  yaml('a platform with four parts', 'platforms: [linux/amd64, linux/arm/v7/hard]\n', 'platforms[1]', 'expected os/architecture'),
  yaml('an empty dockerConfigFile', 'dockerConfigFile: ""\n', 'dockerConfigFile', 'expected a path'),
  yaml('an unknown level', 'log: { level: verbose }\n', 'log.level', 'trace or debug or info or warn or error, found "verbose"'),
  yaml('an unknown format', 'log: { format: xml }\n', 'log.format', 'text or json'),
  yaml('a port below 0', 'server: { healthPort: -1 }\n', 'server.healthPort', 'from 0 to 65535'),
  yaml('a port too high', 'server: { metricsPort: 65536 }\n', 'server.metricsPort', 'found 65536'),
  yaml('an address with a port', 'server: { address: "0.0.0.0:8080" }\n', 'server.address', 'without a port'),
  { name: 'an inline registry that is empty', input: { fileText: 'registries: [{}]' }, paths: ['registries[0].prefix', 'registries[0].name', 'registries[0].apiUrl'], says: 'is missing' },
  yaml('an inline limit as text', 'registries: [{ name: A, apiUrl: "https://a.example", prefix: a.example, limit: "5" }]\n', 'registries[0].limit', 'found "5"'),
  yaml('a registries file that is not there', 'registriesFile: /r\n', 'registriesFile', '/r cannot be read'),
  // Flags and environment variables.
  flag('interval', 'soon', 'schedule.interval', 'found "soon" (--interval)'),
  flag('interval', '', 'schedule.interval', 'found "" (--interval)'),
  flag('maxConcurrentApps', 'many', 'applications.concurrency', 'found "many" (--max-concurrent-apps)'),
  flag('maxConcurrentApps', '1000', 'applications.concurrency', 'found 1000'),
  flag('matchApplicationLabel', ['a=b', 'c d'], 'applications.matchLabels[1]', 'found "c d" (--match-application-label)'),
  flag('loglevel', 'loud', 'log.level', '(--loglevel)'),
  flag('schedule', 'soon', 'schedule.cron', '(--schedule)'),
  flag('healthPort', '8080x', 'server.healthPort', '(--health-port)'),
  flag('gitCommitEmail', 'nobody', 'git.author.email', '(--git-commit-email)'),
  flag('registriesConfPath', '/nowhere', 'registriesFile', '/nowhere cannot be read; is it there? (--registries-conf-path)'),
  { name: 'two flags for one thing', input: { flags: { maxConcurrentApps: '3', maxConcurrency: '4' } }, paths: ['applications.concurrency'], says: 'given by --max-concurrent-apps too' },
  { name: 'interval and schedule as flags', input: { flags: { interval: '2m', schedule: '* * * * *' } }, paths: ['schedule.cron'], says: 'cannot be set together' },
  variable('IMAGE_UPDATER_INTERVAL', '120', 'schedule.interval'),
  variable('IMAGE_UPDATER_LOGLEVEL', 'chatty', 'log.level'),
  variable('IMAGE_UPDATER_LOGFORMAT', 'xml', 'log.format'),
  variable('GIT_COMMIT_USER', '<me>', 'git.author.name'),
  variable('GIT_COMMIT_EMAIL', 'nobody', 'git.author.email'),
  variable('MAX_CONCURRENT_APPS', '0', 'applications.concurrency'),
  variable('MAX_CONCURRENT_APPS', '1e1', 'applications.concurrency'),
  variable('ARGOCD_NAMESPACE', 'a b', 'applications.argocdNamespace'),
  variable('GIT_COMMIT_SIGNING_KEY', '--output=/x', 'git.signing.key'),
  variable('GIT_COMMIT_SIGNING_METHOD', 'x509', 'git.signing.method'),
  variable('GIT_COMMIT_SIGN_OFF', 'perhaps', 'git.signOff'),
  { name: 'one remote in two spellings', input: { fileText: 'git: { remotes: [{ url: "https://a.example/x" }, { url: "https://A.example:443/x.git/" }] }\n' }, paths: ['git.remotes[1].url'], says: 'is the url of git.remotes[0] too' },
  { name: 'the secret of a webhook itself', input: { fileText: 'webhooks: { secrets: { quay: hunter2 } }\n' }, paths: ['webhooks.secrets.quay'], says: 'expected env:NAME or file:/path; what is there is not shown' },
  { name: 'a type of webhooks that is not known', input: { fileText: 'webhooks: { secrets: { dockerhub: "env:A" } }\n' }, paths: ['webhooks.secrets.dockerhub'], says: 'is no known key' },
  { name: 'a version of TLS that is none', input: { fileText: 'server: { tls: { minVersion: 1.4 } }\n' }, paths: ['server.tls.minVersion'], says: 'expected 1.1, 1.2 or 1.3, found 1.4' },
  { name: 'the least version of TLS above the highest', input: { fileText: 'server: { tls: { maxVersion: 1.2 } }\n' }, paths: ['server.tls.minVersion'], says: 'is 1.3, which is above server.tls.maxVersion 1.2' },
  { name: 'cipher suites by their names in OpenSSL', input: { fileText: 'server: { tls: { ciphers: ECDHE-RSA-AES128-GCM-SHA256 } }\n' }, paths: ['server.tls.ciphers'], says: 'expected names of cipher suites' },
  { name: 'a client certificate for Git without its key', input: { fileText: 'git: { remotes: [{ url: "https://a.example", clientCertFile: /c }] }\n' }, paths: ['git.remotes[0].clientKeyFile'], says: 'is missing' },
  { name: 'a client key for Git without its certificate', input: { fileText: 'git: { remotes: [{ url: "https://a.example", clientKeyFile: /k }] }\n' }, paths: ['git.remotes[0].clientCertFile'], says: 'is missing' },
  { name: 'a proxy for Git with a password', input: { fileText: 'git: { remotes: [{ url: "https://a.example", proxy: "http://u:p@proxy" }] }\n' }, paths: ['git.remotes[0].proxy'], says: 'without a user name and password' },
  { name: 'a proxy for Git over SSH', input: { fileText: 'git: { remotes: [{ url: "git@a.example:x", proxy: none }] }\n' }, paths: ['git.remotes[0].proxy'], says: 'is only for https URLs' },
  { name: 'an id as key of ssh', input: { fileText: 'git: { signing: { method: ssh, key: 3AA5C343 } }\n' }, paths: ['git.signing.key'], says: 'expected the path of a private key for ssh, found "3AA5C343"' },
  { name: 'a key file for ssh', input: { fileText: 'git: { signing: { method: ssh, keyFile: /k } }\n' }, paths: ['git.signing.keyFile'], says: 'is only for openpgp' },
  { name: 'a passphrase without a key', input: { fileText: 'git: { signing: { passphraseFrom: "env:X" } }\n' }, paths: ['git.signing.passphraseFrom'], says: 'is for a key, and there is none' },
  variable('GIT_COMMIT_METHOD', 'graphql', 'git.commitMethod'),
  { name: 'commits by the API without trailers', input: { fileText: 'git: { commitMethod: api, trailers: false }\n' }, paths: ['git.trailers'], says: 'is needed with git.commitMethod api' },
  { name: 'an API URL without TLS', input: { fileText: 'git: { remotes: [{ url: "https://a.example", apiUrl: "http://a.example/api/v3" }] }\n' }, paths: ['git.remotes[0].apiUrl'], says: 'an https URL' },
  { name: 'an API URL for SSH', input: { fileText: 'git: { remotes: [{ url: "git@a.example:x", apiUrl: "https://a.example/api/v3" }] }\n' }, paths: ['git.remotes[0].apiUrl'], says: 'is only for https URLs' },
  // registries.conf.
  { name: 'registries.conf: a list at the top', input: { registriesText: '- name: A\n' }, paths: ['registries.conf, line 1'], says: 'expected one key' },
  { name: 'registries.conf: broken YAML', input: { registriesText: 'registries: [\n' }, paths: ['registries.conf, line 2'], says: 'is not valid YAML' },
  { name: 'registries.conf: another top key', input: { registriesText: 'registry: []\n' }, paths: ['registry'], says: 'the only one here is registries' },
  { name: 'registries.conf: registries is a map', input: { registriesText: 'registries: { a: b }\n' }, paths: ['registries'], says: 'expected a list' },
  { name: 'registries.conf: an entry is text', input: { registriesText: 'registries: [ghcr.io]\n' }, paths: ['registries[0]'], says: 'expected a map, found "ghcr.io"' },
  { name: 'registries.conf: no name', input: { registriesText: 'registries: [{ api_url: "https://a.example", prefix: a.example }]\n' }, paths: ['registries[0].name'], says: 'is missing' },
  { name: 'registries.conf: no api_url', input: { registriesText: 'registries: [{ name: A, prefix: a.example }]\n' }, paths: ['registries[0].api_url'], says: 'is missing' },
  { name: 'registries.conf: no prefix', input: { registriesText: 'registries: [{ name: A, api_url: "https://a.example" }]\n' }, paths: ['registries[0].prefix'], says: 'is missing; only the registry with "default: true"' },
  conf('an unknown key', 'credential: env:A', 'registries[0].credential', 'did you mean credentials? (registries.conf, line 5)'),
  conf('a key of lynceus.yaml', 'credentialsExpire: 5h', 'registries[0].credentialsExpire', 'did you mean credsexpire?'),
  conf('a literal login', 'credentials: me:hunter2', 'registries[0].credentials', 'env:VARIABLE'),
  conf('credentials as a map', 'credentials: { env: hunter2 }', 'registries[0].credentials', 'expected text'),
  conf('a switch as a list', 'insecure: [true]', 'registries[0].insecure', 'expected true or false, found a list'),
  { name: 'registries.conf: a name that is a map is reported once, and as such', input: { registriesText: 'registries: [{ name: { a: b }, api_url: "https://a.example", prefix: a.example }]\n' }, paths: ['registries[0].name'], says: 'expected text, found a map' },
  { name: 'registries.conf: two defaults without a prefix', input: { registriesText: 'registries: [{ name: A, api_url: "https://a.example", default: true }, { name: B, api_url: "https://b.example", default: true }]\n' }, paths: ['registries[1].default'], says: 'only one registry' },
  conf('credsexpire without a unit', 'credsexpire: 5', 'registries[0].credsexpire', 'with its unit'),
  conf('credsexpire below 0', 'credsexpire: -5h', 'registries[0].credsexpire', 'found "-5h"'),
  conf('an unknown tagsortmode', 'tagsortmode: newest', 'registries[0].tagsortmode', 'latest-first, latest-last or none'),
  conf('an unknown api', 'api: nexus', 'registries[0].api', 'auto, distribution, azure'),
  conf('tagsortmode constructor', 'tagsortmode: constructor', 'registries[0].tagsortmode', 'latest-first'),
  conf('insecure as a number', 'insecure: 1', 'registries[0].insecure', 'expected true or false, found "1"'),
  conf('ping as text', 'ping: perhaps', 'registries[0].ping', 'expected true or false'),
  conf('a limit below 0', 'limit: -1', 'registries[0].limit', 'a whole number'),
  conf('a limit with a fraction', 'limit: 1.5', 'registries[0].limit', 'found "1.5"'),
  conf('a limit that is huge', 'limit: 99999', 'registries[0].limit', 'from 0 to 10000'),
  conf('concurrency of 0', 'concurrency: 0', 'registries[0].concurrency', 'from 1 to 100'),
  conf('a client certificate without its key', 'client_cert_file: /a.pem', 'registries[0].client_key_file', 'is missing'),
  conf('a client key without its certificate', 'client_key_file: /a.key', 'registries[0].client_cert_file', 'is missing'),
  { name: 'registries.conf: an API URL with the version', input: { registriesText: 'registries: [{ name: A, prefix: a.example, api_url: "https://a.example/v2/" }]\n' }, paths: ['registries[0].api_url'], says: 'without the /v2 of the API, which is added to it; found "https://a.example/v2/"' },
  { name: 'registries.conf: an API URL with the version, as Docker writes it', input: { registriesText: 'registries: [{ name: A, prefix: docker.io, api_url: "https://index.docker.io/v1/" }]\n' }, paths: ['registries[0].api_url'], says: 'without the /v1 of the API' },
  { name: 'registries.conf: an API URL below a path with the version', input: { registriesText: 'registries: [{ name: A, prefix: a.example, api_url: "https://a.example/api/docker/local/V2" }]\n' }, paths: ['registries[0].api_url'], says: 'without the /V2 of the API' },
  yaml(
    'a rule with a check that is near another',
    'verification:\n  checks:\n    - name: slo-errors\n      http: {url: "http://a.example/"}\n  rules:\n    - checks: [slo-error]\n',
    'verification.rules[0].checks[0]',
    'did you mean slo-errors?',
  ),
  yaml(
    'a rule with a check that is none',
    'verification: {rules: [{checks: [health, uptime]}]}',
    'verification.rules[0].checks[1]',
    'expected the name of a check (health), found "uptime"',
  ),
  yaml(
    'an action that is none',
    'verification: {rules: [{onFailure: explode}]}',
    'verification.rules[0].onFailure',
    'notify or hold or rollback',
  ),
  yaml('a deadline that is none', 'verification: {syncDeadline: 0s}', 'verification.syncDeadline', 'a duration from'),
  yaml('an API URL with the version', 'registries: [{ name: A, apiUrl: "http://a.example:5000/v2", prefix: a.example }]', 'registries[0].apiUrl', 'without the /v2 of the API'),
  conf('a page size of nothing', 'page_size: 0', 'registries[0].page_size', 'a whole number from 1 to 10000, or none'),
  conf('a page size beyond all sense', 'page_size: 10001', 'registries[0].page_size', 'a whole number from 1 to 10000, or none'),
  conf('a page size in words', 'page_size: all', 'registries[0].page_size', 'or none, found "all"'),
  conf('a token server without scheme', 'token_servers: [auth.example]', 'registries[0].token_servers[0]', 'such as http://auth.example.com:5001'),
  conf('a token server that is a pattern', 'token_servers: ["http://*.example"]', 'registries[0].token_servers[0]', 'found "*.example"'),
  conf('a token server that is all', 'token_servers: ["*"]', 'registries[0].token_servers[0]', 'expected the origin of one token server'),
  conf('a token server with a path', 'token_servers: ["http://auth.example/token"]', 'registries[0].token_servers[0]', 'without a path; write http://auth.example'),
  conf('a token server with a login', 'token_servers: ["http://me:hunter2@auth.example"]', 'registries[0].token_servers[0]', 'must not hold a user name or password'),
  conf('a token server beside a good one', 'token_servers: ["http://auth.example", "ftp://auth.example"]', 'registries[0].token_servers[1]', 'expected the origin of one token server'),
  conf('a blank token server', 'token_servers: [""]', 'registries[0].token_servers[0]', 'expected the origin of one token server'),
  conf('one token server that is no list', 'token_servers: http://auth.example', 'registries[0].token_servers', 'expected a list'),
  conf('a proxy without scheme', 'proxy: me:hunter2@proxy:3128', 'registries[0].proxy', 'expected none, or the URL of a proxy'),
  conf('a proxy by SOCKS', 'proxy: socks5://me:hunter2@proxy', 'registries[0].proxy', 'such as http://proxy'),
  conf('a proxy as a map', 'proxy: { url: hunter2 }', 'registries[0].proxy', 'expected text'),
  conf('a password in proxy', 'proxy: http://me:hunter2@proxy:3128', 'registries[0].proxy', '(proxy_credentials in registries.conf)'),
  conf('a path in proxy', 'proxy: http://proxy:3128/hunter2', 'registries[0].proxy', 'without a path'),
  conf('proxy_credentials as they are', '{ proxy: "http://proxy", proxy_credentials: "me:hunter2" }', 'registries[0].proxy_credentials', 'env:NAME or file:/path'),
  conf('proxy_credentials without a proxy', 'proxy_credentials: env:PROXY', 'registries[0].proxy_credentials', 'is only for an entry with the URL of a proxy'),
  conf('proxy_credentials to go direct', '{ proxy: none, proxy_credentials: "env:PROXY" }', 'registries[0].proxy_credentials', 'is only for'),
  { name: 'registries.conf: a proxy to a registry without TLS', input: { registriesText: 'registries: [{ name: A, prefix: a.example, api_url: "http://a.example", proxy: "http://proxy" }]\n' }, paths: ['registries[0].proxy'], says: 'is only for registries at an https:// URL' },
  conf('a mirror without scheme', 'mirror: mirror.example/hub', 'registries[0].mirror', 'expected a URL'),
  conf('a password in mirror', 'mirror: https://me:hunter2@mirror.example', 'registries[0].mirror', 'give its host an entry'),
  conf('a query in mirror', 'mirror: https://mirror.example/?t=hunter2', 'registries[0].mirror', 'without ? and #'),
  conf('a mirror by its API', 'mirror: https://mirror.example/v2/hub', 'registries[0].mirror', 'without the /v2 of the API'),
  conf('a mirror with capitals', 'mirror: https://mirror.example/Hub', 'registries[0].mirror', 'the start of an image path'),
  conf('login_to_mirror without a mirror', 'login_to_mirror: true', 'registries[0].login_to_mirror', 'is only for an entry with a mirror'),
  conf('a timeout without a unit', 'timeout: 30', 'registries[0].timeout', 'from 1s to 10m'),
  conf('a timeout of nothing', 'timeout: 0', 'registries[0].timeout', 'found "0"'),
  conf('a connect_timeout of an hour', 'connect_timeout: 1h', 'registries[0].connect_timeout', 'from 1s to 10m'),
  conf('a role of another registry', 'aws_role_arn: "arn:aws:iam::123456789012:role/pull"', 'registries[0].aws_role_arn', 'is only for Amazon ECR'),
  conf('an external ID without a role', 'aws_external_id: lynceus', 'registries[0].aws_external_id', 'is only for an entry with the role'),
  ecr('a role by its name', 'aws_role_arn: pull', 'registries[0].aws_role_arn', 'such as arn:aws:iam::'),
  ecr('a user as a role', 'aws_role_arn: "arn:aws:iam::123456789012:user/me"', 'registries[0].aws_role_arn', 'expected a role'),
  ecr('a role beside credentials', 'aws_role_arn: "arn:aws:iam::123456789012:role/pull", credentials: "env:ECR"', 'registries[0].aws_role_arn', 'remove one of them'),
  ecr('an external ID with a space', 'aws_role_arn: "arn:aws:iam::123456789012:role/pull", aws_external_id: "a b"', 'registries[0].aws_external_id', '2 to 1224'),
  conf('ca_data that is no certificate', 'ca_data: MIIC', 'registries[0].ca_data', PEM),
  conf('a defaultns with capitals', 'defaultns: Library', 'registries[0].defaultns', 'such as library'),
  conf('a key twice', 'name: B', 'registries.conf, line 5', 'Map keys must be unique'),
  { name: 'registries.conf: api_url without scheme', input: { registriesText: 'registries: [{ name: A, prefix: a.example, api_url: a.example }]\n' }, paths: ['registries[0].api_url'], says: 'found "a.example"' },
  { name: 'registries.conf: api_url by ftp', input: { registriesText: 'registries: [{ name: A, prefix: a.example, api_url: "ftp://a.example" }]\n' }, paths: ['registries[0].api_url'], says: 'expected a URL' },
  { name: 'registries.conf: a password in api_url', input: { registriesText: 'registries: [{ name: A, prefix: a.example, api_url: "https://me:hunter2@a.example" }]\n' }, paths: ['registries[0].api_url'], says: 'must not hold' },
  { name: 'registries.conf: a query in api_url', input: { registriesText: 'registries: [{ name: A, prefix: a.example, api_url: "https://a.example/?t=hunter2" }]\n' }, paths: ['registries[0].api_url'], says: 'without ? and #' },
  { name: 'registries.conf: a prefix with scheme', input: { registriesText: 'registries: [{ name: A, prefix: "https://a.example", api_url: "https://a.example" }]\n' }, paths: ['registries[0].prefix'], says: 'a host as in image names' },
  {
    name: 'registries.conf: one prefix twice, the second with a slash',
    input: { registriesText: 'registries:\n- { name: A, api_url: "https://a.example", prefix: a.example }\n- { name: B, api_url: "https://b.example", prefix: a.example/ }\n' },
    paths: ['registries[1].prefix'],
    says: 'is the prefix of registry "A" too (registries.conf, line 3)',
  },
  {
    name: 'registries.conf: one prefix in two spellings',
    input: { registriesText: 'registries:\n- { name: A, api_url: "https://a.example", prefix: docker.io }\n- { name: B, api_url: "https://b.example", prefix: Index.docker.io }\n' },
    paths: ['registries[1].prefix'],
    says: '"Index.docker.io" is the prefix of registry "A" too',
  },
  {
    name: 'registries.conf: two defaults',
    input: { registriesText: 'registries:\n- { name: A, api_url: "https://a.example", default: true }\n- { name: B, api_url: "https://b.example", prefix: b, default: yes }\n' },
    paths: ['registries[1].default'],
    says: 'only one registry can be the default, and registry "A" is already',
  },
  {
    name: 'one prefix in both files',
    input: {
      registriesText: 'registries: [{ name: A, api_url: "https://a.example", prefix: a.example }]\n',
      fileText: 'registries: [{ name: B, apiUrl: "https://b.example", prefix: a.example }]\n',
    },
    paths: ['registries[0].prefix'],
    says: '(lynceus.yaml, line 1)',
  },
  // Everything at once.
  {
    name: 'faults in every place',
    input: {
      fileText: 'log:\n  level: loud\ngit:\n  author: { name: "<", email: x }\nshedule: {}\n',
      env: { IMAGE_UPDATER_INTERVAL: 'x', GIT_COMMIT_METHOD: 'x' },
      flags: { healthPort: 'x' },
      registriesText: 'registries: [{ name: A, prefix: "?" }, { api_url: x, prefix: b }]\n',
    },
    paths: [
      'log.level',
      'git.author.name',
      'git.author.email',
      'shedule',
      'schedule.interval',
      'git.commitMethod',
      'server.healthPort',
      'registries[0].prefix',
      'registries[1].api_url',
      'registries[0].api_url',
      'registries[1].name',
    ],
  },
  {
    name: 'faults of both kinds in the entries of a list',
    input: {
      fileText: [
        'registries:',
        '  - { name: A, apiUrl: "https://a.example", prefix: a.example, limit: -1 }',
        '  - { name: B, apiUrl: "ftp://b.example", prefix: a.example }',
        '  - { name: C, api_url: "https://c.example", prefix: c.example }',
        'cache: { bytes: 1 }',
      ].join('\n'),
    },
    paths: [
      'registries[0].limit',
      'registries[1].apiUrl',
      'registries[1].prefix',
      'registries[2].api_url',
      'registries[2].apiUrl',
      'cache.bytes',
    ],
  },
  {
    name: 'a faulty file value that the environment overrides',
    input: { fileText: 'schedule: { interval: x }', env: { IMAGE_UPDATER_INTERVAL: '5m' } },
    paths: ['schedule.interval'],
    says: 'lynceus.yaml, line 1',
  },
];
