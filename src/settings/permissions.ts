import { readGitRemote } from '../core/git/remote.ts';
import { key } from './keys.ts';
import { listOfValues, parsed, RefusedValue, textLine } from './value-type.ts';

const GLOB = textLine('a glob');
const REMOTE_GLOB = parsed(textLine('the URL of Git remotes, with globs in it, or *'), (text) => {
  if (text === '*') return text;
  const read = readGitRemote(text);
  return 'key' in read ? text : new RefusedValue();
});

/** An entry of `permissions.rules`. */
// prettier-ignore
export const PERMISSION_RULE = {
  projects: key('Globs of AppProjects whose Applications the rule is for; without it all', listOfValues(GLOB), { default: [] }),
  namespaces: key('Globs of namespaces whose Applications the rule is for; without it all', listOfValues(GLOB), { default: [] }),
  applications: key('Globs of names of Applications the rule is for; without it all', listOfValues(GLOB), { default: [] }),
  remotes: key('Git remotes that may be written, as URLs with globs such as `https://git.example.com/acme/*`', listOfValues(REMOTE_GLOB), { default: [] }),
  branches: key('Globs of branches that may be written; `HEAD` is the default branch', listOfValues(GLOB), { default: [] }),
  paths: key('Globs of files that may be written, from the root of the remote; `*` does not cross a slash, `**` does', listOfValues(GLOB), { default: [] }),
  keys: key('Globs of keys of values files that may be written although they hold no version', listOfValues(GLOB), { default: [] }),
  registries: key('Globs of image repositories that the `logins` may be used for; without it all that the login is for', listOfValues(GLOB), { default: [] }),
  logins: key('Globs of logins that annotations may name, such as `pullsecret:argocd/ghcr`', listOfValues(GLOB), { default: [] }),
  templates: key('Globs of value templates with more than decoration around a version', listOfValues(GLOB), { default: [] }),
  promoteFrom: key('Globs of Applications that images may be promoted from, such as `argocd/shop-*`', listOfValues(GLOB), { default: [] }),
};
