import { RE2JS } from 're2js';
import { readGitRemote, type GitRemote } from '../git/remote.ts';
import { createAccessGlob } from './access-glob.ts';

/** What we keep of an Argo CD `AppProject` (argoproj.io/v1alpha1). */
export interface AppProject {
  readonly name: string;
  /** `spec.sourceRepos`: globs of URLs, those that begin with `!` refuse. */
  readonly sourceRepos: readonly string[];
  /** `spec.sourceNamespaces`: globs, or regular expressions between slashes. */
  readonly sourceNamespaces: readonly string[];
  /** `spec.syncWindows`; absent for none. */
  readonly syncWindows?: readonly SyncWindow[];
}

/** A sync window as it is written: whether it can be used is found out where it is needed. */
export interface SyncWindow {
  readonly kind: string;
  readonly schedule: string;
  readonly duration: string;
  readonly timeZone: string;
  /** Globs of names of Applications. */
  readonly applications: readonly string[];
  /** Globs of namespaces that are deployed to. */
  readonly namespaces: readonly string[];
  /** Globs of servers and names of clusters that are deployed to. */
  readonly clusters: readonly string[];
  /** All lists that are not empty must fit, and not just one. */
  readonly andOperator: boolean;
}

/** The project that Argo CD makes by itself, as long as nobody has changed it. */
export const DEFAULT_PROJECT: AppProject = { name: 'default', sourceRepos: ['*'], sourceNamespaces: [] };

/** The AppProjects that are known. */
export type AppProjects =
  | { readonly kind: 'known'; readonly projects: ReadonlyMap<string, AppProject> }
  /** Applications come from files, and no AppProject beside them. */
  | { readonly kind: 'none' }
  /** They cannot be read; `why` is a sentence with what to do. */
  | { readonly kind: 'unreadable'; readonly why: string };

/**
 * Whether an Application of a namespace may be in the project: Argo CD's `IsAppNamespacePermitted`. Those of Argo CD's own
 * namespace always may.
 */
export function allowsNamespace(project: AppProject, namespace: string, argocdNamespace: string): boolean {
  if (namespace === argocdNamespace) return true;
  return compiledOf(project).namespaces.some((matches) => matches(namespace));
}

function compileNamespace(pattern: string): (namespace: string) => boolean {
  const [, expression] = /^\/(.*)\/$/s.exec(pattern) ?? [];
  const finds = expression === undefined ? undefined : compileFinder(expression);
  const matches = createAccessGlob(pattern, { parts: false });
  return (namespace) => finds?.(namespace) === true || matches(namespace);
}

/** Look-around, which Argo CD knows and RE2 does not, finds nothing. */
function compileFinder(expression: string): ((text: string) => boolean) | undefined {
  try {
    const found = RE2JS.compile(expression);
    return (text) => found.matcher(text).find();
  } catch {
    return undefined;
  }
}

/**
 * Whether the project allows a remote as a source: Argo CD's `IsSourcePermitted`, but for every spelling of the remote. One
 * that allows must match, and none that begins with `!` may.
 */
export function allowsRemote(project: AppProject, remote: GitRemote): boolean {
  const spellings = spellingsOf(remote);
  const { allowed, refused } = compiledOf(project);
  const matches = ({ byText, byKey }: RemotePattern): boolean =>
    spellings.some(byText) || (byKey?.(remote.key) ?? false);
  return allowed.some(matches) && !refused.some(matches);
}

interface RemotePattern {
  readonly byText: (text: string) => boolean;
  /** Absent for a pattern that is not the form of a URL, such as `*`. */
  readonly byKey: ((key: string) => boolean) | undefined;
}

interface CompiledProject {
  readonly namespaces: readonly ((namespace: string) => boolean)[];
  readonly allowed: readonly RemotePattern[];
  readonly refused: readonly RemotePattern[];
}

const compiled = new WeakMap<AppProject, CompiledProject>();

function compiledOf(project: AppProject): CompiledProject {
  const known = compiled.get(project);
  if (known !== undefined) return known;
  const isRefusal = (pattern: string): boolean => pattern.startsWith('!');
  const made = {
    namespaces: project.sourceNamespaces.map(compileNamespace),
    allowed: project.sourceRepos.filter((pattern) => !isRefusal(pattern)).map(compile),
    refused: project.sourceRepos.filter(isRefusal).map((pattern) => compile(pattern.slice(1))),
  };
  compiled.set(project, made);
  return made;
}

function compile(pattern: string): RemotePattern {
  if (pattern === '*') return { byText: () => true, byKey: undefined };
  return {
    byText: createAccessGlob(normaliseUrl(pattern), { parts: true }),
    byKey: createRemoteGlob(pattern),
  };
}

/**
 * A glob of remotes in the form of a URL, such as `https://git.example/acme/*`, over the keys of remotes; `undefined` for
 * text of another form.
 */
export function createRemoteGlob(pattern: string): ((key: string) => boolean) | undefined {
  const remote = readGitRemote(pattern);
  return 'key' in remote ? createAccessGlob(remote.key, { parts: true }) : undefined;
}

/** As written, and the forms in which a pattern most likely names it, all as `normaliseUrl` has them. */
function spellingsOf({ written, host, path, transport }: GitRemote): readonly string[] {
  const forms =
    transport === 'local'
      ? [written]
      : [
          written,
          `https://${host}/${path}`,
          `http://${host}/${path}`,
          `git@${host}:${path}`,
          `ssh://git@${host}/${path}`,
        ];
  return [...new Set(forms.map(normaliseUrl))];
}

/** Argo CD's `NormalizeGitURL`: lower case, without `.git`, an address for SSH without its scheme. */
function normaliseUrl(text: string): string {
  const plain = text.trim().toLowerCase();
  const isScp = !plain.includes('://') && /^[^/]*@[^/]*:/.test(plain);
  const url = isScp ? plain.replace(':', '/') : plain;
  return url.replace(/^ssh:\/\//, '').replace(/\.git$/, '');
}
