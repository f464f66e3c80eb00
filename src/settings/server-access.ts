import { EntryList, key } from './keys.ts';
import { ANY_SECRET_PLACE } from './secret-place.ts';
import { duration, PATH, textLine } from './value-type.ts';

const MINUTE = 60_000;

const HEADER_NAME = textLine('the name of a header', /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/);
const HEADER_VALUE = textLine('the value of a header', /^[\x20-\x7e]+$/);

/** How a server is reached that the configuration names: its login, its headers and certificates. */
// prettier-ignore
export const SERVER_ACCESS = {
  tokenFrom: key('Where a bearer token is: `env:NAME`, `file:/path` or `secret:NAMESPACE/NAME#FIELD`', ANY_SECRET_PLACE),
  usernameFrom: key('Where a user name for basic authentication is, in the same way', ANY_SECRET_PLACE),
  passwordFrom: key('Where its password is', ANY_SECRET_PLACE),
  headers: new EntryList('Headers that are sent', 'a list of headers', {
    name: key('Its name', HEADER_NAME, { required: true }),
    value: key('Its value, where that is no secret', HEADER_VALUE),
    valueFrom: key('Where its value is: `env:NAME`, `file:/path` or `secret:NAMESPACE/NAME#FIELD`', ANY_SECRET_PLACE),
  }),
  caFile: key('PEM file of certificate authorities that are trusted in addition', PATH),
  clientCertFile: key('PEM file of the certificate that is shown to the server', PATH),
  clientKeyFile: key('PEM file of its private key', PATH),
  timeout: key('Longest time for one answer', duration(100, 5 * MINUTE), { default: '30s' }),
};
