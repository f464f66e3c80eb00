import { portHint, type GitRemote } from '../../core/git/remote.ts';
import { LynceusError, type ErrorCode } from '../../errors.ts';
import { gitTooLarge, isAtLimit } from './limited-git.ts';
import type { GitLogin } from '../../ports/git-logins.ts';

/** What was tried, for the message. */
export type GitAttempt = 'list the branches of' | 'fetch from' | 'push to';

export interface FailureContext {
  readonly attempt: GitAttempt;
  readonly remote: GitRemote;
  readonly login: GitLogin;
}

interface Row {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly hint: string | ((remote: GitRemote) => string);
  readonly retryable?: boolean;
}

const HOST_KEY = /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|host key is known/i;

/** Whether ssh went no further because it does not know the key of the host, or knows another one. */
export function isHostKeyFailure(stderr: string): boolean {
  return HOST_KEY.test(stderr);
}

/**
 * What hosts say to a key or login that may read and not write: GitHub ("marked as read only"), GitLab ("This deploy key does not have write
 * access"), Bitbucket ("access via a deployment key is read-only"), Azure DevOps ("GenericContribute"), Gitea and Forgejo ("not authorized to
 * write").
 */
const READ_ONLY =
  /marked as read[- ]only|key (?:is|has|with)\b.*\bread[- ]only|read[- ]only\b.*\bkey\b|not have write (?:access|permission)|write (?:access|permission)s? (?:to repository )?(?:not granted|required|denied)|not authorized to write|denied for writing|GenericContribute|not (?:allowed|permitted) to push code to this project/i;

/** What git, curl and ssh print (with LC_ALL=C), and what that means. The first row that matches decides. */
const ROWS: readonly Row[] = [
  {
    pattern: /couldn't find remote ref|Remote branch \S+ not found/i,
    code: 'git-branch-missing',
    hint: 'the branch was deleted meanwhile; name one that exists in the annotation git-branch',
  },
  {
    pattern: /returned error: 30[12378]\b/,
    code: 'git-unreachable',
    retryable: false,
    hint: 'the server redirects, and redirects are not followed here: write the URL that it redirects to',
  },
  {
    pattern: HOST_KEY,
    code: 'git-unreachable',
    retryable: false,
    hint: 'compare the key with what the host publishes and put it into the known_hosts file (in Argo CD the ConfigMap argocd-ssh-known-hosts-cm)',
  },
  {
    pattern: /TLS fatal alert|certificate required|bad certificate/i,
    code: 'git-unreachable',
    retryable: false,
    hint: 'the remote broke off the handshake: if it asks who connects, name clientCertFile and clientKeyFile of this remote',
  },
  {
    pattern:
      /does not match target host ?name|no alternative certificate subject name|name in the certificate does not match|certificate's owner does not match|CN_MISMATCH|NotValidForName|hostname mismatch/i,
    code: 'git-unreachable',
    retryable: false,
    hint: ({ host }) =>
      `the certificate is not for ${host}: write a name that it is for in the URL, or have it made for ${host} too; an authority (caFile) does not help`,
  },
  {
    pattern: /certificate (?:has |is )?(?:expired|not yet valid|not activated)|expired certificate/i,
    code: 'git-unreachable',
    retryable: false,
    hint: 'the certificate is not valid now: have it renewed, and check the clock of this machine',
  },
  {
    pattern: /certificate|SSL peer|unable to get local issuer|SSL_connect|TLS connect/i,
    code: 'git-unreachable',
    retryable: false,
    hint: 'name the authority that signed the certificate as caFile of this remote',
  },
  {
    pattern: READ_ONLY,
    code: 'git-denied',
    hint: 'this key or login may only read: let it write where the host keeps it (of a deploy key: "Allow write access", "Grant write permissions"), or use another one',
  },
  {
    pattern:
      /Could not resolve (host|proxy)|Failed to connect|Couldn't connect|Connection (refused|timed out|reset|closed)|Network is unreachable|No route to host|Name or service not known|Temporary failure in name resolution|connect to host|Operation timed out|Operation too slow|Empty reply|early EOF|unexpected disconnect|Recv failure|Send failure|GnuTLS (?:recv|send) error|Error in the (?:pull|push) function|SSL_(?:read|write)|gnutls_handshake|non-properly terminated|Failed sending data|Failure when receiving data|Server returned nothing|endpoint is not connected|returned error: (429|5\d\d)|Timeout, server/i,
    code: 'git-unreachable',
    hint: 'check the URL, the network and the proxy; it is tried again in the next cycle',
  },
  {
    pattern:
      /Authentication failed|could not read (Username|Password)|Permission denied|Permission to .* denied|returned error: 40[13]|access denied|not authorized|not permitted|may not have access|insufficient|read-only|not allowed to (?:push|upload|download)|(?:public key )?authentication failed|TF4010(?:19|27)|^(?:remote: )?(?:ERROR: )?(?:Unauthorized|Forbidden)\b|Invalid username or/im,
    code: 'git-denied',
    hint: 'check that the login is right and may write: see docs/git.md',
  },
  {
    pattern: /Repository not found|repository '.*' not found|returned error: 404|could not be found/i,
    code: 'git-denied',
    hint: 'there is no such remote, or this login may not see it',
  },
  {
    pattern: /dubious ownership/i,
    code: 'git-denied',
    hint: 'the remote is a folder that belongs to somebody else: run Lynceus as that user',
  },
  {
    pattern: /does not appear to be a git repository|does not exist|No such file or directory/i,
    code: 'git-unreachable',
    retryable: false,
    hint: 'check the URL or path of the remote',
  },
  {
    pattern: /hung up unexpectedly|RPC failed|Could not read from remote repository/i,
    code: 'git-unreachable',
    hint: 'the connection broke off; it is tried again in the next cycle',
  },
];

/** Only so much is searched for what it means: a remote may send a line of any length. */
const MOST_SEARCHED = 16_384;

/** Why git could not do what it was asked to do with a remote. */
export function explainFailure(stderr: string, { attempt, remote, login }: FailureContext): LynceusError {
  const searched =
    stderr.length <= MOST_SEARCHED
      ? stderr
      : `${stderr.slice(0, MOST_SEARCHED / 2)}\n${stderr.slice(-MOST_SEARCHED / 2)}`;
  const row = ROWS.find(({ pattern }) => pattern.test(searched));
  const reason = hostWords(scrub(stderr, login));
  const message = `cannot ${attempt} ${remote.label} ${describeLogin(login)}: ${reason === '' ? 'git printed no reason' : reason}`;
  if (isAtLimit(searched)) return gitTooLarge(message);
  const port = portHint(remote);
  if (row === undefined)
    return new LynceusError('git-failed', message, port === undefined ? {} : { hint: port });
  const hint = typeof row.hint === 'string' ? row.hint : row.hint(remote);
  const options = row.retryable === undefined ? {} : { retryable: row.retryable };
  const whole = row.code === 'git-denied' ? `${message}${unfound(login)}` : message;
  return new LynceusError(row.code, whole, { hint: port ?? hint, ...options });
}

/** Where a login was looked for that there is none of. */
export function unfound(login: GitLogin): string {
  return login.kind === 'none' && login.lookedAt !== undefined ? `; ${login.lookedAt}` : '';
}

/** Which kind of login was used, never which one. */
export function describeLogin(login: GitLogin): string {
  switch (login.kind) {
    case 'none':
      return 'without a login';
    case 'basic':
      return 'with user name and password';
    case 'bearer':
      return 'with a bearer token';
    case 'ssh':
    case 'ssh-key':
      return 'with an SSH key';
  }
}

/** Names that stand in for "some user" and are no secret. */
const PUBLIC_USERS = new Set(['git', 'x-access-token', 'oauth2', 'token']);

/** Takes the login out of a text, also in its form for a URL or a header, and whatever is before `@` in URLs. */
export function scrub(text: string, login: GitLogin): string {
  const clean = text.replace(/:\/\/[^/@\s']+@/g, '://***@');
  if (login.kind === 'bearer') return clean.replaceAll(login.token, '***');
  if (login.kind !== 'basic') return clean;
  const { username, password } = login;
  const secrets = [password, Buffer.from(`${username}:${password}`).toString('base64')];
  // Some forges take the token as the user name.
  if (username.length >= 16 && !PUBLIC_USERS.has(username)) secrets.push(username);
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
  return forms.filter((form) => form !== '').reduce((result, form) => result.replaceAll(form, '***'), clean);
}

const MAXIMUM_LINES = 10;
const MAXIMUM_LENGTH = 800;

/** The lines that are not empty, as one line, without control characters. */
export function shorten(text: string): string {
  const joined = ownLines(text).slice(0, MAXIMUM_LINES).join('; ');
  return joined.length <= MAXIMUM_LENGTH ? joined : `${joined.slice(0, MAXIMUM_LENGTH)}…`;
}

/** git's own line that says where it pushed to: one word behind `To`. */
function ownLines(text: string): readonly string[] {
  return plainLines(text).filter((line) => !/^To \S+$/.test(line));
}

function plainLines(text: string): readonly string[] {
  return (
    text
      .split(/[\r\n]+/)
      // oxlint-disable-next-line no-control-regex -- a remote's message must not steer a terminal
      .map((line) => line.replaceAll(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u001f\u007f-\u009f]/g, '').trim())
      .filter((line) => line !== '' && line !== 'remote:')
  );
}

/** Hosts list all that was wrong, and say at the end where to go. */
const MOST_WORDS = { first: 60, last: 20, length: 6_000 } as const;

/** What a host says, whole unless it is very long; without the lines that only frame it. */
export function hostWords(text: string, isByGit = true): string {
  const lines = (isByGit ? ownLines(text) : plainLines(text)).filter(
    (line) => !/^(?:remote:)?\s*[=*#~_-]{3,}$/.test(line),
  );
  const { first, last, length } = MOST_WORDS;
  const kept = lines.length <= first + last ? lines : [...lines.slice(0, first), '…', ...lines.slice(-last)];
  const joined = kept.join('; ');
  if (joined.length <= length) return joined;
  return `${joined.slice(0, length - 1_500)} … ${joined.slice(-1_500)}`;
}
