import { z } from 'zod';
import type { Received } from '../../checks/http-server.ts';
import { restOf, serveService } from './http-stand-in.ts';
import type { KindOfService, Reading } from './service-stand-in.ts';

interface CommitHostKind {
  readonly kind: 'github' | 'gitlab';
  /** Of the statuses of a commit below the URL of the API. */
  readonly path: RegExp;
  readonly status: z.ZodType<{ readonly description: string }>;
  readonly loginOf: (headers: Received['headers']) => string | undefined;
  readonly receipt: string;
}

const ONE_LINE = z.string().regex(/^\P{C}*$/u);

/** "Create a commit status", docs.github.com. */
const GITHUB_KIND: CommitHostKind = {
  kind: 'github',
  path: /^\/repos\/acme\/shop\/statuses\/[0-9a-f]{40}$/,
  status: z.strictObject({
    state: z.enum(['error', 'failure', 'pending', 'success']),
    context: ONE_LINE.max(255),
    description: ONE_LINE.max(140),
  }),
  loginOf: ({ authorization }) => /^Bearer (.+)$/.exec(authorization ?? '')?.[1],
  receipt: '{"id":1,"state":"success"}',
};

/** "Set commit pipeline status", docs.gitlab.com. */
const GITLAB_KIND: CommitHostKind = {
  kind: 'gitlab',
  path: /^\/projects\/acme%2Fshop\/statuses\/[0-9a-f]{40}$/,
  status: z.strictObject({
    state: z.enum(['pending', 'running', 'success', 'failed', 'canceled', 'skipped']),
    ref: z.string(),
    name: ONE_LINE.max(255),
    description: ONE_LINE.max(255),
  }),
  loginOf: (headers) =>
    [headers['private-token'] ?? []].flat()[0] ?? /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1],
  receipt: '{"id":1,"status":"success"}',
};

function reader({ path, status, loginOf }: CommitHostKind): (request: Received) => Reading {
  return (request) => {
    if (!path.test(request.path)) throw new Error(`no such path: ${request.path}`);
    const login = loginOf(request.headers);
    const { description } = status.parse(JSON.parse(request.body));
    // Hosts show a description as text.
    return { login, rest: restOf(request, login), shown: description, marks: [] };
  };
}

/** Deployments are several requests: test/notifiers/commit-notifiers.test.ts has them. */
function commitHost(host: CommitHostKind): KindOfService {
  return {
    knowsItsReceipt: false,
    isMessage: false,
    start: (tls) =>
      serveService(
        {
          setUp: (url) => ({
            row: {
              [host.kind]: {
                url: 'https://github.com/acme',
                apiUrl: url,
                tokenFrom: 'env:TOKEN',
                deployments: false,
                ...(tls === undefined ? {} : { caFile: tls.caFile }),
              },
            },
            secrets: { 'env:TOKEN': 'a-token-of-the-host-7' },
          }),
          read: reader(host),
          receipt: { status: 201, body: host.receipt },
        },
        tls,
      ),
  };
}

export const GITHUB = commitHost(GITHUB_KIND);
export const GITLAB = commitHost(GITLAB_KIND);
