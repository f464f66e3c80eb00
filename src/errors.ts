/**
 * The vocabulary of failure.
 *
 * Each code is part of the interface: it appears in logs, metrics and JSON output and never changes its
 * meaning. `retryable` answers "would the same attempt, later, perhaps succeed without anybody changing
 * anything?". `docs/errors.md` explains every code; a test keeps the two in step.
 */
export const ERROR_CODES = {
  'usage-invalid': { retryable: false },
  'config-invalid': { retryable: false },
  'application-invalid': { retryable: false },
  'annotation-invalid': { retryable: false },
  'updater-invalid': { retryable: false },
  'several-owners': { retryable: false },
  'not-convertible': { retryable: false },
  'reference-invalid': { retryable: false },
  'constraint-invalid': { retryable: false },
  'pattern-invalid': { retryable: false },
  'template-invalid': { retryable: false },
  'applications-unreadable': { retryable: true },
  'updaters-unreadable': { retryable: true },
  'credentials-missing': { retryable: false },
  'credentials-failed': { retryable: true },
  'credentials-denied': { retryable: false },
  'address-refused': { retryable: false },
  'registry-unreachable': { retryable: true },
  'registry-denied': { retryable: false },
  'registry-not-found': { retryable: false },
  'registry-rate-limited': { retryable: true },
  'registry-failed': { retryable: true },
  'registry-response-invalid': { retryable: true },
  'registry-response-too-large': { retryable: false },
  'metadata-incomplete': { retryable: true },
  'target-missing': { retryable: false },
  'target-outside': { retryable: false },
  'target-unsupported': { retryable: false },
  'target-ambiguous': { retryable: false },
  'key-missing': { retryable: false },
  'key-unsupported': { retryable: false },
  'edit-unsafe': { retryable: false },
  'conflicting-changes': { retryable: false },
  'changed-meanwhile': { retryable: true },
  'write-method-unsupported': { retryable: false },
  'permission-denied': { retryable: false },
  'project-denied': { retryable: false },
  'sync-window-invalid': { retryable: false },
  'git-unreachable': { retryable: true },
  'git-denied': { retryable: false },
  'git-branch-missing': { retryable: false },
  'git-push-rejected': { retryable: true },
  'git-timeout': { retryable: true },
  'git-too-large': { retryable: false },
  'git-failed': { retryable: true },
  'revision-unknown': { retryable: false },
  'signing-failed': { retryable: false },
  'signature-key-invalid': { retryable: false },
  'trust-root-invalid': { retryable: false },
  'trust-root-unavailable': { retryable: true },
  'branch-foreign': { retryable: false },
  'host-unreachable': { retryable: true },
  'host-denied': { retryable: false },
  'host-rate-limited': { retryable: true },
  'host-failed': { retryable: true },
  'kube-unreachable': { retryable: true },
  'kube-denied': { retryable: false },
  'kube-not-found': { retryable: false },
  'kube-conflict': { retryable: true },
  'kube-expired': { retryable: true },
  'kube-failed': { retryable: true },
  'check-unasked': { retryable: true },
  'notifier-unreachable': { retryable: true },
  'notifier-denied': { retryable: false },
  'notifier-rate-limited': { retryable: true },
  'notifier-failed': { retryable: true },
  'status-unreachable': { retryable: true },
  'status-denied': { retryable: false },
  'webhook-unreadable': { retryable: false },
  'leader-unreachable': { retryable: true },
  'not-found': { retryable: false },
  'limit-exceeded': { retryable: false },
  deadline: { retryable: true },
  aborted: { retryable: true },
  internal: { retryable: false },
} as const satisfies Record<string, { readonly retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface LynceusErrorOptions {
  readonly cause?: unknown;
  /** What the reader can do about it, as one sentence. */
  readonly hint?: string | undefined;
  /** Overrides the answer of the code's row. */
  readonly retryable?: boolean | undefined;
  /** Which way led here, where that is not plain: which login was tried, and why that one. */
  readonly trail?: string | undefined;
  readonly forTenants?: TenantMessage | undefined;
  /** Milliseconds within which trying again is in vain, where the other side said so. */
  readonly retryAfter?: number | undefined;
}

/**
 * What the people of an Application are told in place of an error, where it would tell more of the network than they may
 * find out: which ports of a host are open, and what answers there. The log has the error itself.
 */
export interface TenantMessage {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * The one error class that crosses module borders. The message says what was expected, what was found and
 * where; it never holds a secret (a URL in it has lost its user information).
 */
export class LynceusError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  readonly trail: string | undefined;
  readonly forTenants: TenantMessage | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options: LynceusErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LynceusError';
    this.code = code;
    this.retryable = options.retryable ?? ERROR_CODES[code].retryable;
    this.hint = options.hint;
    this.trail = options.trail;
    this.forTenants = options.forTenants;
    this.retryAfter = options.retryAfter;
  }

  /** Message and hint as one line, for people. */
  get line(): string {
    return this.hint === undefined ? this.message : `${this.message} (${this.hint})`;
  }
}

/** The same error, of which the people of an Application are told something else. */
export function withTenantMessage(error: LynceusError, forTenants: TenantMessage): LynceusError {
  const { code, message, cause, hint, retryable, trail, retryAfter } = error;
  return new LynceusError(code, message, { cause, hint, retryable, trail, retryAfter, forTenants });
}

/** Anything thrown, as a `LynceusError`: anything else is a defect of ours with the code `internal`. */
export function asLynceusError(thrown: unknown): LynceusError {
  if (thrown instanceof LynceusError) return thrown;
  if (thrown instanceof Error) {
    if (thrown.name === 'AbortError')
      return new LynceusError('aborted', 'stopped before it was finished', { cause: thrown });
    return new LynceusError('internal', `unexpected error: ${thrown.message}`, { cause: thrown });
  }
  return new LynceusError('internal', `unexpected error: ${textOf(thrown)}`);
}

/** An object without a prototype has no text: asking for one throws. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something without a text';
  }
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The code of an error of Node.js, such as `ENOENT`; `undefined` when it has none. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether an error of Node.js says that there is no such file or folder. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '');
}
