import { segmentsOf } from '../../core/git/api-path.ts';
import { liesUnder, parseGitRemote, readGitRemote, type GitRemote } from '../../core/git/remote.ts';
import { webPlaceOf } from '../../core/git/web-place.ts';
import { applicationText } from '../../core/identity/application.ts';
import { cutText } from '../../core/cut-text.ts';
import { LynceusError } from '../../errors.ts';
import type { Notifier, OutgoingNotice } from '../../ports/notifier.ts';
import type { NotifierParts } from '../notifier-parts.ts';
import { plainMarkup } from '../plain-markup.ts';
import { createCommitStatusApi, type CommitHostSettings, type CommitStatusApi } from './commit-status-api.ts';
import { statedCommits, type CommitState } from './commit-state.ts';

/** What is said of a commit at its host. */
export interface CommitStatement {
  readonly sha: string;
  readonly branch: string;
  readonly state: CommitState;
  /** Name of the status, the same for all of one Application: `lynceus/argocd/shop`. */
  readonly context: string;
  /** Name of the environment that was deployed to. */
  readonly environment: string;
  /** `argocd/shop`: tells Applications apart whose environments have one name. */
  readonly application: string;
  /** One line, foreign. */
  readonly description: string;
}

/** How one kind of host takes what is said of a commit. Each call may be made again without doing more. */
export interface CommitHost {
  readonly apiUrlOf: (protocol: 'https' | 'http', host: string) => string;
  readonly headersOf: (token: string) => Readonly<Record<string, string>>;
  /** Longest description, in characters. */
  readonly longest: number;
  /** Path of a repository in the API. */
  readonly repositoryPath: (segments: readonly string[]) => string;
  readonly setStatus: (api: CommitStatusApi, path: string, statement: CommitStatement) => Promise<void>;
  readonly setDeployment: (api: CommitStatusApi, path: string, statement: CommitStatement) => Promise<void>;
  /** A call that needs nothing but a token that is taken. */
  readonly tokenCheck: string;
}

/**
 * Says at the host of a commit how the commit does. Only of remotes below the URL of the service, so that its token goes nowhere
 * else; what is at other hosts, or says nothing of a commit, is no failure.
 */
export function createCommitNotifier(
  host: CommitHost,
  settings: CommitHostSettings,
  parts: NotifierParts,
): Notifier {
  const prefix = webRemoteOf(parseGitRemote(settings.url));
  const { protocol, host: webHost } = webPlaceOf(prefix);
  const baseUrl = settings.apiUrl ?? host.apiUrlOf(protocol, webHost);
  const openApi = createCommitStatusApi({ baseUrl, settings, parts, headersOf: host.headersOf });

  async function say(outgoing: OutgoingNotice, signal: AbortSignal): Promise<void> {
    const { application, project } = outgoing.notice;
    if (application === undefined) return;
    for (const { commit, state } of statedCommits(outgoing.notice)) {
      const remote = remoteBelow(prefix, commit.remote);
      if (remote === undefined) continue;
      const statement: CommitStatement = {
        sha: commit.sha,
        branch: commit.branch,
        state,
        context: `${settings.context}/${applicationText(application)}`,
        environment: `${settings.environmentPrefix ?? ''}${application.name}`,
        application: applicationText(application),
        description: cutText(outgoing.title, host.longest),
      };
      const path = host.repositoryPath(segmentsOf(remote.path));
      const api = await openApi({ remote, project }, signal);
      if (settings.statuses) await host.setStatus(api, path, statement);
      if (settings.deployments) await host.setDeployment(api, path, statement);
    }
  }

  /** There is no commit to try it with: that the token is taken, and sees the repository where the URL names one. */
  async function tryLogin(signal: AbortSignal): Promise<void> {
    const api = await openApi({ remote: prefix, project: undefined }, signal);
    const segments = segmentsOf(prefix.path).filter((segment) => segment !== '');
    const path = segments.length > 1 ? host.repositoryPath(segments) : host.tokenCheck;
    await api.call({ method: 'GET', path, what: 'try the token' });
  }

  return {
    name: parts.name,
    takesEach: true,
    markup: plainMarkup(host.longest),
    send: async (outgoing, signal) =>
      await (outgoing.isTest === true ? tryLogin(signal) : say(outgoing, signal)),
    close: () => openApi.close(),
  };
}

/** The address of its pages, so that a remote by SSH is the same as one by HTTPS. */
function webRemoteOf(remote: GitRemote): GitRemote {
  if (remote.transport === 'local')
    throw new LynceusError('config-invalid', 'expected the URL of a Git host, found a folder');
  const { protocol, host, path } = webPlaceOf(remote);
  return parseGitRemote(`${protocol}://${host}/${path}`);
}

function remoteBelow(prefix: GitRemote, text: string): GitRemote | undefined {
  const remote = readGitRemote(text);
  if ('why' in remote || remote.transport === 'local') return undefined;
  return liesUnder(webRemoteOf(remote), prefix) ? remote : undefined;
}
