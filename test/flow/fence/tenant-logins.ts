import type { KubeObject } from '../../../src/kube/kube-client.ts';
import type { Answer, Seen } from '../../helpers/registry-stand-in.ts';
import type { Attempt } from './attempt.ts';
import { aSecret, PASSWORDS } from './fence-world.ts';

const OF_ARGO_CD = 'argocd.argoproj.io/secret-type';
const REFUSED =
  'annotation-invalid|permission-denied|credentials-missing|credentials-failed|credentials-denied';

/** Of the attacker: may go to the attacker's server. */
const OWN = { username: 'mallory', password: 'her-own-Secret' };

function docker(
  host: string,
  { username, password }: Readonly<Record<'username' | 'password', string>>,
): string {
  return JSON.stringify({
    auths: { [host]: { auth: Buffer.from(`${username}:${password}`).toString('base64') } },
  });
}

const COMPANY = { username: 'puller', password: PASSWORDS.registry };

export const SECRETS_THERE: readonly KubeObject[] = [
  aSecret(
    'cluster-prod',
    {
      name: 'prod',
      server: 'https://10.0.0.1',
      config: JSON.stringify({ bearerToken: PASSWORDS.cluster }),
      login: `token:${PASSWORDS.cluster}`,
    },
    { labels: { [OF_ARGO_CD]: 'cluster' } },
  ),
  aSecret('argocd-secret', {
    'admin.password': `admin:${PASSWORDS.cluster}`,
    'server.secretkey': `x:${PASSWORDS.cluster}`,
  }),
  aSecret('argocd-initial-admin-secret', { password: `admin:${PASSWORDS.cluster}` }),
  aSecret('argocd-redis', { auth: `x:${PASSWORDS.cluster}` }),
  aSecret(
    'repo-others',
    {
      url: '<git>/good/private.git',
      username: 'deploy',
      password: PASSWORDS.others,
      login: `deploy:${PASSWORDS.others}`,
      project: 'good',
    },
    { labels: { [OF_ARGO_CD]: 'repository' } },
  ),
  aSecret(
    'template-others',
    {
      url: '<git>/good',
      username: 'deploy',
      password: PASSWORDS.others,
      login: `deploy:${PASSWORDS.others}`,
    },
    { labels: { [OF_ARGO_CD]: 'repo-creds' } },
  ),
  aSecret(
    'company-registry',
    { '.dockerconfigjson': docker('registry.test', COMPANY) },
    { type: 'kubernetes.io/dockerconfigjson' },
  ),
  aSecret('company-login', { login: `puller:${PASSWORDS.registry}` }),
  aSecret('company-git', { username: 'deploy', password: PASSWORDS.others }),
  aSecret('company-app', {
    githubAppID: '1',
    githubAppInstallationID: '2',
    githubAppPrivateKey: 'not a key',
  }),
  aSecret('others', { login: `puller:${PASSWORDS.others}` }, { namespace: 'team-good' }),
  aSecret('others-git', { username: 'deploy', password: PASSWORDS.others }, { namespace: 'team-good' }),
  aSecret(
    'token-of-a-pod',
    { token: PASSWORDS.cluster, login: `x:${PASSWORDS.cluster}`, username: 'x', password: PASSWORDS.cluster },
    {
      namespace: 'team-hostile',
      type: 'kubernetes.io/service-account-token',
      annotations: { 'kubernetes.io/service-account.name': 'deployer' },
    },
  ),
  aSecret(
    'sh.helm.release.v1.shop.v1',
    { release: `x:${PASSWORDS.others}` },
    { namespace: 'team-hostile', type: 'helm.sh/release.v1' },
  ),
  aSecret('not-bound', { login: `mallory:${PASSWORDS.others}` }, { namespace: 'team-hostile' }),
  aSecret(
    'own',
    { '.dockerconfigjson': docker('evil.test', OWN) },
    { namespace: 'team-hostile', type: 'kubernetes.io/dockerconfigjson' },
  ),
  aSecret('own-git', { ...OWN }, { namespace: 'team-hostile' }),
];

/** A registry that asks for a login, and keeps what it gets. */
export function askingRegistry(seen: Seen): Answer | undefined {
  const asks = seen.url.pathname.startsWith('/v2/login') || seen.url.pathname.startsWith('/git/');
  if (asks && seen.headers.authorization === undefined)
    return { status: 401, headers: { 'www-authenticate': 'Basic realm="evil"' }, body: '{}' };
  return undefined;
}

function pull(login: string, image = 'evil.test/login/<own>'): Attempt['by'] {
  return { annotations: { 'image-list': `a=${image}:^1`, 'a.pull-secret': login } };
}

function refused(what: string, login: string): Attempt {
  return { what: `${what} as the login of its registry (${login})`, by: pull(login), ends: REFUSED };
}

function git(what: string, method: string, repoURL = '<evil>/git/<own>.git'): Attempt {
  return {
    what: `${what} as the login of its Git server (${method})`,
    by: { annotations: { 'write-back-method': method }, source: { repoURL } },
    ends: `${REFUSED}|git-denied|git-unreachable|git-failed`,
  };
}

/** Logins that an annotation can name, and what they are sent for. */
export const LOGINS: readonly Attempt[] = [
  {
    what: 'its own docker configuration for the host in it',
    by: pull('pullsecret:team-hostile/own'),
    ends: 'newer-version',
    writes: ['<own>/values.yaml'],
  },
  refused("a cluster's bearer token", 'secret:argocd/cluster-prod#config'),
  refused('a field beside it', 'secret:argocd/cluster-prod#login'),
  refused('a cluster as a docker configuration', 'pullsecret:argocd/cluster-prod'),
  refused('a cluster as an App', 'github-app:argocd/cluster-prod'),
  refused("Argo CD's admin", 'secret:argocd/argocd-secret#admin.password'),
  refused("Argo CD's first admin", 'secret:argocd/argocd-initial-admin-secret#password'),
  refused("Argo CD's cache", 'secret:argocd/argocd-redis#auth'),
  refused("another project's deploy token", 'secret:argocd/repo-others#login'),
  refused('a credential template', 'secret:argocd/template-others#login'),
  refused("the company's App", 'github-app:argocd/company-app'),
  refused("the company's login for registries", 'secret:argocd/company-login#login'),
  refused("the company's docker configuration", 'pullsecret:argocd/company-registry'),
  refused('the same in capitals', 'SECRET:argocd/company-login#login'),
  refused('the same behind a registry', 'evil.test=secret:argocd/company-login#login'),
  refused("another namespace's Secret", 'secret:team-good/others#login'),
  refused('the token of a pod', 'secret:team-hostile/token-of-a-pod#login'),
  refused('a release of Helm', 'secret:team-hostile/sh.helm.release.v1.shop.v1#release'),
  refused('a Secret that names no host', 'secret:team-hostile/not-bound#login'),
  refused('a variable of the daemon', 'env:GIT_PASSWORD'),
  refused('a variable with a whole login', 'env:REGISTRY_LOGIN'),
  refused('any variable', 'env:PATH'),
  refused('a program', 'ext:/bin/echo'),
  refused('a program by its namespace', 'ext:/proc/self/exe'),
  refused('the App of the daemon', 'github-app:env'),
  refused('an App in a folder', 'github-app:/etc/app'),

  git("the daemon's own login", 'git'),
  git("the company's credential template", 'git:repocreds'),
  git("another project's repository", 'git:secret:argocd/repo-others'),
  git("the company's plain Secret", 'git:secret:argocd/company-git'),
  git("another namespace's Secret", 'git:secret:team-good/others-git'),
  git('the token of a pod', 'git:secret:team-hostile/token-of-a-pod'),
  git('a cluster', 'git:secret:argocd/cluster-prod'),
  {
    what: "the company's Git login to a host in the user part of a URL",
    by: { source: { repoURL: '<git>@127.0.0.1/git/<own>.git' } },
    ends: 'application-invalid',
  },
  {
    what: "the daemon's own login to a remote of an annotation",
    by: { annotations: { 'git-repository': '<evil>/git/<own>.git' } },
    ends: 'permission-denied|address-refused|git-denied|credentials-missing',
  },
  {
    what: 'another login for the remote of another team',
    by: {
      annotations: {
        'git-repository': '<git>/good/private.git',
        'write-back-method': 'git:secret:team-hostile/own-git',
      },
    },
    ends: 'project-denied',
  },
];
