import type { FailureKind } from './failure.ts';
import { PROXY_REFUSAL } from './tunnel-agent.ts';

export interface Explanation {
  readonly kind: FailureKind;
  /** Follows "cannot reach <URL>: ". */
  readonly text: string;
  readonly hint?: string;
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name server does not answer',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed half-way',
  EPIPE: 'the connection was closed half-way',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'no answer in time',
};

const TRUST_HINT = 'add the certificate of its authority with ca_file or ca_data, or say `insecure: true`';

const PROXY_HINT = 'see HTTPS_PROXY and NO_PROXY in the environment';

const UNTRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate vouches for itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an unknown authority',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate was made for another host name',
};

/** Turns an error code of Node.js or the HTTP library into words. Takes nothing over from the error's own message. */
export function explainNetworkError(name: string, code: string): Explanation {
  if (name === 'TimeoutError') return { kind: 'timeout', text: 'no answer in time' };
  if (code.startsWith('ERR_ABORTED') || name === 'AbortError')
    return { kind: 'aborted', text: 'stopped before it was finished' };
  const refusal = PROXY_REFUSAL.exec(code);
  if (refusal !== null)
    return { kind: 'unreachable', text: `the proxy refuses (status ${refusal[1]})`, hint: PROXY_HINT };
  const untrusted = UNTRUSTED[code];
  if (untrusted !== undefined) return { kind: 'untrusted', text: `${untrusted} (${code})`, hint: TRUST_HINT };
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return {
      kind: 'untrusted',
      text: `no TLS connection (${code})`,
      hint: 'a server that speaks plain HTTP needs an api_url with http://',
    };
  }
  if (code.startsWith('Z_')) return { kind: 'invalid', text: `the compressed answer is damaged (${code})` };
  if (code.startsWith('HPE_')) return { kind: 'invalid', text: `the answer is not HTTP (${code})` };
  const unreachable = UNREACHABLE[code];
  return {
    kind: 'unreachable',
    text: unreachable === undefined ? `no connection (${code})` : `${unreachable} (${code})`,
  };
}
