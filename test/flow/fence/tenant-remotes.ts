import type { Attempt } from './attempt.ts';

/** Where there is no key for SSH, nothing is connected to either. */
const REFUSED = 'address-refused|annotation-invalid|application-invalid|credentials-missing';

/** A project and a rule allow every remote, so that only the address is in question. */
function remote(url: string): Attempt {
  return {
    what: `a remote at ${url}`,
    by: { annotations: { 'git-repository': url }, project: 'anywhere' },
    ends: REFUSED,
  };
}

function source(repoURL: string): Attempt {
  return { what: `a source at ${repoURL}`, by: { source: { repoURL }, project: 'anywhere' }, ends: REFUSED };
}

/** Remotes that the daemon is to connect to, although the attacker could not. `<port>` is that of a server on loopback. */
export const REMOTES: readonly Attempt[] = [
  remote('http://127.0.0.1:<port>/probe/<own>.git'),
  remote('http://localhost:<port>/probe/<own>.git'),
  remote('http://[::ffff:127.0.0.1]:<port>/probe/<own>.git'),
  remote('http://169.254.169.254/latest/meta-data.git'),
  remote('ssh://git@127.0.0.1:<port>/probe/<own>.git'),
  remote('git@127.0.0.1:probe/<own>.git'),
  remote('git://127.0.0.1:<port>/probe/<own>.git'),
  remote('<root>/good/private.git'),
  remote('file://<root>/good/private.git'),
  remote('file://localhost<root>/good/private.git'),
  remote('../good/private.git'),
  remote('ext::sh -c touch% /tmp/pwned'),
  remote('fd::17/foo'),
  remote('-u./payload'),
  source('http://169.254.169.254/latest/<own>.git'),
  source('http://[fe80::1]/latest/<own>.git'),
  source('http://[::ffff:169.254.169.254]/latest/<own>.git'),
  source('http://0xa9fea9fe/latest/<own>.git'),
  source('ssh://git@169.254.169.254/latest/<own>.git'),
  source('http://10.96.0.1/<own>.git'),
  source('https://10.96.0.1:443/<own>.git'),
  source('<root>/good/private.git'),
  source('file://<root>/good/private.git'),
];
