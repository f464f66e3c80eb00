import { type CheckedRows, Group, key } from './keys.ts';
import { SECRET_PLACE, SECRET_REFERENCE } from './secret-place.ts';
import { textLine, parsed, PATH } from './value-type.ts';

const HOST = '(?:[\\w.-]+|\\[[0-9a-fA-F:]+\\])(?::\\d{1,5})?';
const HOST_AND_PATH = `${HOST}(?:/[^\\s?#]*)?`;

const REMOTE_URL = new RegExp(
  `^(?:https?://${HOST_AND_PATH}|ssh://(?:[\\w.-]+@)?${HOST_AND_PATH}|[\\w.-]+@[\\w.-]+:\\S*)$`,
);

/** The start of the URLs of remotes that an entry is for. */
export const GIT_URL = textLine('the start of an https, http or ssh URL without a password', REMOTE_URL);

/** The same, or folders of this machine that may be remotes. */
const URL_OR_FOLDER = textLine(
  `${GIT_URL.expected}, or of a folder as file:///path`,
  new RegExp(`${REMOTE_URL.source}|^file:///[^\\s?#%]+$`),
);

/** Without TLS only on this machine. */
const API_URL = textLine(
  'an https URL such as https://github.example.com/api/v3',
  /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1)[:/])[^\s?#@]+$/,
);

/** `except` of `*` is no proxy at all. */
const PROXY = parsed(
  textLine(
    'none, or the URL of a proxy without a user name and password, such as http://proxy.example.com:3128',
    new RegExp(`^(?:none|https?://${HOST}/?)$`),
  ),
  (text) => (text === 'none' ? { url: '', except: '*' } : { url: text, except: '' }),
);

/** An entry of `git.remotes`. */
// prettier-ignore
export const GIT_REMOTE = {
  url: key('Start of the URLs of the remotes that the login is for; `file:///path` lets folders below it be remotes', URL_OR_FOLDER, { required: true }),
  usernameFrom: key('Where the user name is: `env:NAME`, `file:/path` or `text:NAME`', SECRET_REFERENCE),
  passwordFrom: key('Where the password or token is: `env:NAME` or `file:/path`', SECRET_PLACE),
  githubApp: new Group({
    appId: key('Number of a GitHub App, or its client id; the App logs in instead of a password', textLine('the number of the App in quotes, or its client id', /^[A-Za-z0-9._-]{1,100}$/), { required: true }),
    installationId: key('Number of its installation; without it found by the repository', textLine('the number of the installation in quotes', /^\d{1,20}$/)),
    privateKeyFrom: key('Where the private key of the App is: `env:NAME` or `file:/path`', SECRET_PLACE, { required: true }),
    baseUrl: key('Base URL of the API of GitHub Enterprise Server; without it github.com', API_URL),
  }, true),
  apiUrl: key('Base URL of the API of GitHub Enterprise Server, for commits through it; without it that of the App', API_URL),
  sshPrivateKeyFile: key('File with the SSH private key', PATH),
  sshKnownHostsFile: key('File with the SSH host keys; without it those of the system', PATH),
  caFile: key('PEM file of certificate authorities that are trusted for the remote', PATH),
  proxy: key('URL of the proxy to reach the remote through, or `none`; without it `https_proxy` and `no_proxy` decide', PROXY),
  clientCertFile: key('PEM file of the certificate that is shown to the remote', PATH),
  clientKeyFile: key('PEM file of its private key, without a passphrase', PATH),
};

/** The login of all remotes whose URL starts with `url`; the longest wins. */
export type GitRemoteRow = CheckedRows<typeof GIT_REMOTE>;
