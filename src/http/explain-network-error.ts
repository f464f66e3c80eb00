import type { FailureKind } from './failure.ts';
import type { ProxyFailure } from './tunnel-agent.ts';

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

const TRUST_HINT = 'add the certificate of its authority with ca_file or ca_data, or set `insecure: true`';
const RENEW_HINT = 'whoever runs it has to renew it';
const NAME_HINT = 'ask it by a name that is in its certificate';

interface TrustProblem {
  readonly text: string;
  readonly hint: string;
}

const UNKNOWN: TrustProblem = { text: 'its certificate comes from an unknown authority', hint: TRUST_HINT };

const UNTRUSTED: Readonly<Record<string, TrustProblem>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: { text: 'its certificate vouches for itself', hint: TRUST_HINT },
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN,
  CERT_SIGNATURE_FAILURE: {
    text: 'its certificate was not signed by the authority of that name',
    hint: TRUST_HINT,
  },
  CERT_HAS_EXPIRED: { text: 'its certificate has expired', hint: RENEW_HINT },
  CERT_NOT_YET_VALID: {
    text: 'its certificate is not valid yet',
    hint: 'see whether the clock of this machine is right',
  },
  CERT_REVOKED: { text: 'its certificate was revoked', hint: RENEW_HINT },
  ERR_TLS_CERT_ALTNAME_INVALID: { text: 'its certificate was made for another host name', hint: NAME_HINT },
};

/** TLS alerts about our client certificate, or about its absence (RFC 8446, section 6.2). */
const REFUSED_CLIENT: readonly (readonly [RegExp, string])[] = [
  [/ALERT_CERTIFICATE_REQUIRED$/, 'it wants a client certificate'],
  [/ALERT_CERTIFICATE_EXPIRED$/, 'it refuses the client certificate, which has expired'],
  [/ALERT_CERTIFICATE_REVOKED$/, 'it refuses the client certificate, which was revoked'],
  [/ALERT_UNKNOWN_CA$/, 'it refuses the client certificate, whose authority it does not know'],
  [
    /ALERT_(?:BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)$/,
    'it refuses the client certificate, or wants one',
  ],
  [/ALERT_HANDSHAKE_FAILURE$/, 'it breaks off TLS, perhaps because it wants a client certificate'],
];

const CLIENT_HINT = 'see client_cert_file and client_key_file of its entry';

/** Explains an error code of Node.js or the HTTP library. Uses nothing of the error's own message. */
export function explainNetworkError(name: string, code: string): Explanation {
  if (name === 'TimeoutError') return { kind: 'timeout', text: 'no answer in time' };
  if (code.startsWith('ERR_ABORTED') || name === 'AbortError')
    return { kind: 'aborted', text: 'stopped before it was finished' };
  const untrusted = UNTRUSTED[code];
  if (untrusted !== undefined)
    return { kind: 'untrusted', text: `${untrusted.text} (${code})`, hint: untrusted.hint };
  const refused = REFUSED_CLIENT.find(([pattern]) => pattern.test(code));
  if (refused !== undefined) return { kind: 'untrusted', text: `${refused[1]} (${code})`, hint: CLIENT_HINT };
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return {
      kind: 'untrusted',
      text: `no TLS connection (${code})`,
      hint: 'a server that speaks plain HTTP needs an apiUrl (in registries.conf: api_url) with http://',
    };
  }
  if (code.startsWith('Z_')) return { kind: 'invalid', text: `the compressed answer is damaged (${code})` };
  if (code.startsWith('HPE_')) return { kind: 'invalid', text: `the answer is not HTTP (${code})` };
  const unreachable = UNREACHABLE[code];
  return {
    kind: 'unreachable',
    text: unreachable === undefined ? `no connection (${code})` : `${unreachable} (${code})`,
    ...(code === 'ENOTFOUND'
      ? { hint: 'check the spelling of the host; where only a proxy reaches it, name the proxy' }
      : {}),
  };
}

/** The same for a failure of a proxy, which is named: the server behind it is not at fault. */
export function explainProxyFailure({ proxy, reason }: ProxyFailure): Explanation {
  const which = `the proxy ${proxy.url.origin}`;
  if (typeof reason === 'number') {
    const text = reason === 407 ? 'wants a login, or another one' : 'refuses';
    const kind = reason >= 500 ? 'unreachable' : 'refused';
    return { kind, text: `${which} ${text} (status ${reason})`, hint: proxy.hint };
  }
  const { kind, text } = explainNetworkError('', reason);
  return {
    kind: kind === 'invalid' ? 'unreachable' : kind,
    text: `${which} cannot be reached: ${text}`,
    hint: proxy.hint,
  };
}
