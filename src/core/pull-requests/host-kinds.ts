/** Kinds of Git hosts that have pull requests, as people name them. */
export const HOST_KIND_NAMES = [
  'github',
  'gitlab',
  'gitea',
  'forgejo',
  'bitbucket-cloud',
  'bitbucket-data-center',
  'azure-devops',
] as const;

export type HostKindName = (typeof HOST_KIND_NAMES)[number];
