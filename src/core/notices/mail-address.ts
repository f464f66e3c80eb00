/** An e-mail address, perhaps with the name that is shown beside it. */
export interface MailAddress {
  readonly name?: string;
  readonly address: string;
  /** What is after the `@`, in lower case. */
  readonly domain: string;
}

const ATOM = "[\\p{L}\\p{N}!#$%&'*+/=?^_`{|}~-]+";
const LABEL = '[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N}-]*[\\p{L}\\p{M}\\p{N}])?';
const ADDRESS = new RegExp(`^(${ATOM}(?:\\.${ATOM})*)@(${LABEL}(?:\\.${LABEL})*)$`, 'u');
const NAMED = /^([^<>",;:\\[\]@\p{C}]*[^<>",;:\\[\]@\p{C}\s]) *<([^<>]*)>$/u;
/** RFC 5321, 4.5.3.1. */
const LONGEST_LOCAL_PART = 64;
const LONGEST_ADDRESS = 254;

/**
 * Reads `jane@acme.example` or `Jane <jane@acme.example>`; `undefined` for anything else. Not read are several addresses,
 * quoted names and names before the `@`, comments, and addresses in brackets after it: nobody needs them for a mailbox of
 * today, and a text that is read in two ways reaches somebody else than it seems to.
 */
export function parseMailAddress(text: string): MailAddress | undefined {
  const [, name, inner = text] = NAMED.exec(text) ?? [];
  const [address, local = '', domain = ''] = ADDRESS.exec(inner) ?? [];
  if (address === undefined || local.length > LONGEST_LOCAL_PART || address.length > LONGEST_ADDRESS)
    return undefined;
  return { ...(name === undefined ? {} : { name: name.trim() }), address, domain: domain.toLowerCase() };
}
