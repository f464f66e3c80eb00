import type { HostKindName } from '../../../src/core/pull-requests/host-kinds.ts';
import type { PullRequestDraft } from '../../../src/ports/pull-request-host.ts';
import { AZURE_DEVOPS_ROUTES } from './azure-devops-routes.ts';
import { BITBUCKET_CLOUD_ROUTES } from './bitbucket-cloud-routes.ts';
import { BITBUCKET_DATA_CENTER_ROUTES } from './bitbucket-data-center-routes.ts';
import { GITEA_ROUTES } from './gitea-routes.ts';
import { GITHUB_ROUTES } from './github-routes.ts';
import { GITLAB_ROUTES } from './gitlab-routes.ts';
import type { HostRoutes } from './server.ts';

interface StoodInHost {
  readonly routes: HostRoutes;
  /** Of the project, in the URL of its Git remote. */
  readonly path: string;
  /** Path of the API. */
  readonly api: string;
}

/** Every kind of host, and what stands in for it. */
export const HOSTS = {
  github: { routes: GITHUB_ROUTES, path: 'acme/deploy', api: '/api/v3' },
  gitlab: { routes: GITLAB_ROUTES, path: 'acme/deploy', api: '/api/v4' },
  gitea: { routes: GITEA_ROUTES, path: 'acme/deploy', api: '/api/v1' },
  'bitbucket-cloud': { routes: BITBUCKET_CLOUD_ROUTES, path: 'acme/deploy', api: '/2.0' },
  'bitbucket-data-center': {
    routes: BITBUCKET_DATA_CENTER_ROUTES,
    path: 'git/scm/acme/deploy',
    api: '/git/rest/api/1.0',
  },
  'azure-devops': { routes: AZURE_DEVOPS_ROUTES, path: 'acme/Our%20Shop/_git/deploy', api: '/acme' },
} as const satisfies Partial<Record<HostKindName, StoodInHost>>;

export type StoodInKind = keyof typeof HOSTS;

export const STOOD_IN_KINDS = Object.keys(HOSTS) as readonly StoodInKind[];

export const TOKEN = 'a-Secret+of/host=3';

export const DRAFT: PullRequestDraft = {
  head: 'lynceus/main/shop',
  base: 'main',
  title: 'update shop',
  body: 'from 1.0 to 1.1\n\n<!-- a mark -->',
  labels: [],
  reviewers: [],
  draft: false,
};
