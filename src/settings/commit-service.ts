import { GIT_URL } from './git-remote.ts';
import { Group, key } from './keys.ts';
import { ANY_SECRET_PLACE } from './secret-place.ts';
import { SERVER_ACCESS } from './server-access.ts';
import { textLine, YES_OR_NO } from './value-type.ts';

const API_URL = textLine(
  'an https or http URL without a slash at its end',
  /^https?:\/\/[^\s?#@]*[^\s?#@/]$/,
);
const CONTEXT = textLine('a name such as lynceus, or lynceus/north', /^[A-Za-z0-9][A-Za-z0-9_./-]{0,99}$/);
const PREFIX = textLine('the beginning of a name such as north/', /^[A-Za-z0-9][A-Za-z0-9_./-]{0,99}$/);

const { caFile, clientCertFile, clientKeyFile, timeout } = SERVER_ACCESS;

/** How it is said of commits at their host how they do. */
// prettier-ignore
export const COMMIT_SERVICE = new Group({
  url: key('Start of the URLs of the remotes that it is for; the token is sent nowhere else', GIT_URL, { required: true }),
  apiUrl: key('Base URL of the API, where it is not at the usual place', API_URL),
  tokenFrom: key('Where the token is: `env:NAME`, `file:/path` or `secret:NAMESPACE/NAME#FIELD`; without it what pull requests are opened with', ANY_SECRET_PLACE),
  statuses: key('Set the status of each commit that was written', YES_OR_NO, { default: true }),
  deployments: key('Make a deployment of each commit that was written', YES_OR_NO, { default: true }),
  context: key('What the names of statuses begin with, before the Application', CONTEXT, { default: 'lynceus' }),
  environmentPrefix: key('What the names of environments begin with, before that of the Application', PREFIX),
  caFile,
  clientCertFile,
  clientKeyFile,
  timeout,
}, true);
