import { X509Certificate as NodeCertificate } from 'node:crypto';
import type { X509Certificate } from '@sigstore/core';

/** RFC 5280, 4.2.1.12. */
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
/** What Fulcio certifies of a name that is no URL and no address (Fulcio, "oid-info"). */
const OTHER_NAME = '1.3.6.1.4.1.57264.1.7';

/** Whether a certificate is one for signing code, as those of Fulcio are. */
export function mayCertifyCode(certificate: X509Certificate): boolean {
  return nodeCertificate(certificate).keyUsage?.includes(CODE_SIGNING) === true;
}

/**
 * The name in a certificate: a URL, an e-mail address, or another name of Fulcio. `undefined` when there is none, or
 * several. It is read twice, because the reader of `@sigstore/core` takes any byte for a character of ASCII.
 */
export function certifiedNameOf(certificate: X509Certificate): string | undefined {
  const names = certificate.extSubjectAltName;
  const written = nodeCertificate(certificate).subjectAltName;
  if (names === undefined || written === undefined) return undefined;
  const { uri, rfc822Name } = names;
  if (uri !== undefined) return isAlone(written, 'URI', uri) ? uri : undefined;
  if (rfc822Name !== undefined) return isAlone(written, 'email', rfc822Name) ? rfc822Name : undefined;
  return /^othername:[^,]*$/.test(written) ? names.otherName(OTHER_NAME) : undefined;
}

/** Node.js quotes as JSON what could be taken for more than one name. */
function isAlone(written: string, kind: string, name: string): boolean {
  return written === `${kind}:${name}` || written === `${kind}:${JSON.stringify(name)}`;
}

function nodeCertificate({ root }: X509Certificate): NodeCertificate {
  return new NodeCertificate(root.toDER());
}
