import { flagNameOf, withoutBackticks } from './settings.ts';

/** Commands of Argo CD Image Updater that take flags. */
export type PeerCommand = 'run' | 'webhook' | 'test';

/**
 * A flag or variable of Argo CD Image Updater, perhaps of an old release, that no setting stands for. It is accepted, so that an
 * existing installation starts, and one line at start says what is done instead.
 */
export interface PeerOption {
  /** Syntax for the command line (`--argocd-server-addr <address>`), with the option's name in it. */
  readonly flag?: string;
  readonly env?: string;
  /** Those that take the flag. */
  readonly commands?: readonly PeerCommand[];
  /** Values, in lower case, that ask for nothing else than what is done anyway: then there is no line. */
  readonly harmless?: readonly string[];
  /** What is done instead, without a full stop; what is code stands between backticks. */
  readonly instead: string;
}

const KUBERNETES = 'Applications are read from the Kubernetes API, and Argo CD is not asked';
const TRIES =
  'what fails with a Git remote is tried again in the next cycle, and a push `git.pushAttempts` times';

// One row a line: this is a table.
// prettier-ignore
export const PEER_OPTIONS: readonly PeerOption[] = [
  { flag: '--applications-api <kind>', env: 'APPLICATIONS_API', commands: ['run', 'webhook'], harmless: ['kubernetes'], instead: KUBERNETES },
  { flag: '--argocd-server-addr <address>', env: 'ARGOCD_SERVER', commands: ['run', 'webhook'], instead: KUBERNETES },
  { flag: '--argocd-grpc-web [boolean]', env: 'ARGOCD_GRPC_WEB', commands: ['run', 'webhook'], harmless: ['false'], instead: KUBERNETES },
  { flag: '--argocd-insecure [boolean]', env: 'ARGOCD_INSECURE', commands: ['run', 'webhook'], harmless: ['false'], instead: KUBERNETES },
  { flag: '--argocd-plaintext [boolean]', env: 'ARGOCD_PLAINTEXT', commands: ['run', 'webhook'], harmless: ['false'], instead: KUBERNETES },
  { flag: '--argocd-auth-token <token>', env: 'ARGOCD_TOKEN', commands: ['run', 'webhook'], instead: KUBERNETES },
  { flag: '--disable-kubernetes [boolean]', commands: ['run', 'webhook', 'test'], harmless: ['false'], instead: 'a cluster is asked only where something in it is named; name files with `--applications` to do without one' },
  { flag: '--disable-kubernetes-events [boolean]', commands: ['test'], harmless: ['true', 'false'], instead: '`test` makes no events' },
  { flag: '--max-concurrent-reconciles <number>', env: 'MAX_CONCURRENT_RECONCILES', commands: ['run'], harmless: ['1'], instead: 'a cycle looks at the Applications of all ImageUpdaters, as many at once as `--max-concurrent-apps` says' },
  { flag: '--max-concurrent-updaters <number>', env: 'MAX_CONCURRENT_UPDATERS', commands: ['webhook'], harmless: ['1'], instead: 'a cycle looks at the Applications of all ImageUpdaters, as many at once as `--max-concurrent-apps` says' },
  { flag: '--enable-http2 [boolean]', commands: ['run', 'webhook'], harmless: ['false'], instead: 'its servers speak HTTP/1.1' },
  { flag: '--warmup-cache [boolean]', commands: ['run', 'webhook'], harmless: ['true', 'false'], instead: 'the first cycle needs no warming up' },
  { env: 'ARGOCD_LOGLEVEL', harmless: ['info'], instead: 'all lines have the level of `log.level`' },
  { env: 'ARGOCD_EXEC_FATAL_TIMEOUT', instead: 'a git process that takes longer than `git.timeout` is ended at once' },
  { env: 'ARGOCD_GIT_ATTEMPTS_COUNT', harmless: ['1'], instead: TRIES },
  { env: 'ARGOCD_GIT_RETRY_DURATION', instead: TRIES },
  { env: 'ARGOCD_GIT_RETRY_MAX_DURATION', instead: TRIES },
  { env: 'ARGOCD_GIT_RETRY_FACTOR', instead: TRIES },
  { env: 'ARGOCD_GIT_REQUEST_TIMEOUT', instead: 'requests to Git remotes are limited by `git.timeout`' },
  { env: 'ARGOCD_GIT_MODULES_ENABLED', harmless: ['false'], instead: 'submodules are never fetched' },
  { env: 'ARGOCD_GPG_ENABLED', harmless: ['false'], instead: 'signatures of commits in a remote are not checked' },
  { env: 'ARGOCD_GNUPGHOME', instead: 'signatures of commits in a remote are not checked; the keyring to sign with is that of `GNUPGHOME`' },
  { env: 'ARGOCD_GITHUB_APP_CREDS_EXPIRATION_DURATION', instead: 'the token of a GitHub App is kept for as long as GitHub says' },
];

/** A setting that was given, and what is done instead. */
export interface PeerNotice {
  /** `--enable-http2` or `APPLICATIONS_API`. */
  readonly setting: string;
  readonly instead: string;
}

/**
 * A notice for each that is given and asks for something. A flag that is also a variable counts as the flag, as it wins there.
 * Values are in no notice: one of them is a token.
 */
export function peerNotices(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): readonly PeerNotice[] {
  return PEER_OPTIONS.flatMap(({ flag, env: variable = '', harmless = [], instead }) => {
    const { setting, text } = givenBy(flag, flags) ?? { setting: variable, text: env[variable] ?? '' };
    const value = text.trim().toLowerCase();
    return value === '' || harmless.includes(value) ? [] : [{ setting, instead: withoutBackticks(instead) }];
  });
}

function givenBy(
  flag: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): { readonly setting: string; readonly text: string } | undefined {
  const [setting = ''] = flag?.split(' ') ?? [];
  const value = flags[flagNameOf(setting)];
  // A switch without a value is true.
  if (value === true) return { setting, text: 'true' };
  return typeof value === 'string' ? { setting, text: value } : undefined;
}
