import { LynceusError, type ErrorCode } from '../errors.ts';

/** Why there was no usable answer. */
export type FailureKind =
  'unreachable' | 'timeout' | 'untrusted' | 'refused' | 'too-large' | 'invalid' | 'aborted';

/** Which error code a client's failures carry: a registry's differ from a Git host's. */
export interface FailureCodes {
  readonly unreachable: ErrorCode;
  readonly tooLarge: ErrorCode;
  readonly invalid: ErrorCode;
}

/** A request that got no usable answer. Holds no headers, no query values and nothing of the HTTP library. */
export class HttpFailure extends LynceusError {
  readonly kind: FailureKind;
  /** What an answer that was too large could have had. */
  readonly mostBytes: number | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    {
      codes,
      hint,
      mostBytes,
    }: {
      readonly codes: FailureCodes;
      readonly hint?: string | undefined;
      readonly mostBytes?: number;
    },
  ) {
    super(codeOf(kind, codes), message, {
      hint,
      // Waiting does not make a certificate trusted or change what a proxy refuses.
      ...(kind === 'untrusted' || kind === 'refused' ? { retryable: false } : {}),
    });
    this.kind = kind;
    this.mostBytes = mostBytes;
  }
}

function codeOf(kind: FailureKind, codes: FailureCodes): ErrorCode {
  switch (kind) {
    case 'unreachable':
    case 'timeout':
    case 'untrusted':
    case 'refused':
      return codes.unreachable;
    case 'too-large':
      return codes.tooLarge;
    case 'invalid':
      return codes.invalid;
    case 'aborted':
      return 'aborted';
  }
}
