import type { CheckedRows } from '../settings/keys.ts';
import type { SERVER_ACCESS } from '../settings/server-access.ts';

/** The rules on several keys of how a server is reached; the path of a fault is below them. */
export function checkServerAccess(
  access: CheckedRows<typeof SERVER_ACCESS>,
  add: (path: readonly (string | number)[], message: string) => void,
): void {
  const { tokenFrom, usernameFrom, passwordFrom, clientCertFile, clientKeyFile, headers } = access;
  if (tokenFrom !== undefined && (usernameFrom ?? passwordFrom) !== undefined)
    add(['tokenFrom'], 'stands beside a user name or password; one login is enough');
  if (passwordFrom !== undefined && usernameFrom === undefined)
    add(['usernameFrom'], 'is missing; a password alone is no login');
  if (usernameFrom !== undefined && passwordFrom === undefined)
    add(['passwordFrom'], 'is missing; a user name alone is no login');
  if (clientKeyFile !== undefined && clientCertFile === undefined)
    add(['clientCertFile'], 'is missing; a key without its certificate proves nothing');
  if (clientCertFile !== undefined && clientKeyFile === undefined)
    add(['clientKeyFile'], 'is missing; a certificate without its key proves nothing');
  const hasLogin = (tokenFrom ?? usernameFrom) !== undefined;
  for (const [index, { name, value, valueFrom }] of headers.entries()) {
    const at = ['headers', index] as const;
    if ((value === undefined) === (valueFrom === undefined)) add(at, 'expected one of value and valueFrom');
    if (/^authorization$/i.test(name) && hasLogin) add([...at, 'name'], 'stands beside another login');
    if (/^authorization$/i.test(name) && value !== undefined)
      add([...at, 'value'], 'is a secret; name its place with valueFrom');
    if (/^(?:host|content-length|transfer-encoding|connection)$/i.test(name))
      add([...at, 'name'], 'is a header that Lynceus sets itself');
  }
}
