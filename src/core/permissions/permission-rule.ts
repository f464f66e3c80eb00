import type { TrackedImage } from '../policy.ts';
import { createAccessGlob } from './access-glob.ts';
import { createRemoteGlob } from './app-project.ts';
import { onOneLine } from '../quoted.ts';

/**
 * A rule of `permissions.rules`: which Applications, and what they may do beyond what is theirs. `projects`, `namespaces` and
 * `applications` are globs; one that is empty fits all. The others grant what they list, and one that is empty grants
 * nothing; a rule with remotes, branches or paths is for those only.
 */
export interface PermissionRule {
  readonly projects: readonly string[];
  readonly namespaces: readonly string[];
  readonly applications: readonly string[];
  /** Globs in the form of URLs: `https://git.example/acme/*`; `*` is all. */
  readonly remotes: readonly string[];
  /** Globs; `HEAD` is the default branch. */
  readonly branches: readonly string[];
  /** Globs of files from the root of the work tree, where `*` does not cross a `/`. */
  readonly paths: readonly string[];
  /** Globs of keys of values files, as annotations write them. */
  readonly keys: readonly string[];
  /** Globs of image repositories that the logins may be sent for. */
  readonly registries: readonly string[];
  /** Globs of logins as annotations name them: `pullsecret:argocd/*`. */
  readonly logins: readonly string[];
  /** Globs of value templates. */
  readonly templates: readonly string[];
  /** Globs of Applications that images may be promoted from, as `namespace/name`. */
  readonly promoteFrom: readonly string[];
}

/** What an Application asks for in one write. */
export interface AskedPlace {
  readonly remoteKey: string;
  /** `undefined` while it is not known; then every rule fits. */
  readonly branch: string | undefined;
  /** The branch is the default one of its remote. */
  readonly isDefaultBranch: boolean;
  readonly path: string;
}

export interface AskingApplication {
  readonly project: string;
  readonly namespace: string;
  readonly name: string;
}

/** The names by which rules know an Application. */
export function askingOf({
  application,
  requester: { project, namespace },
}: Pick<TrackedImage, 'application' | 'requester'>): AskingApplication {
  return { project, namespace, name: application.name };
}

/** The rule that grants something to one Application alone. */
export function ruleFor(
  { project, namespace, name }: AskingApplication,
  grants: Partial<PermissionRule>,
): Partial<PermissionRule> {
  return { projects: [project], namespaces: [namespace], applications: [name], ...grants };
}

type NamePart =
  'remotes' | 'branches' | 'paths' | 'keys' | 'registries' | 'logins' | 'templates' | 'promoteFrom';

/** Whether the rule is for an Application. */
export function concernsApplication(
  rule: PermissionRule,
  { project, namespace, name }: AskingApplication,
): boolean {
  const { projects, namespaces, applications } = matchersOf(rule);
  return fitsAny(projects, project) && fitsAny(namespaces, namespace) && fitsAny(applications, name);
}

/** Which parts of a place are not the Application's own, so that a rule must name them. */
export interface Lacking {
  readonly remote: boolean;
  readonly branch: boolean;
  readonly path: boolean;
}

/** Whether the rule grants what is lacking, in this place. */
export function grantsPlace(rule: PermissionRule, place: AskedPlace, lacking: Lacking): boolean {
  const { remotes, branches, paths } = matchersOf(rule);
  const { remoteKey, branch, isDefaultBranch, path } = place;
  const fitsBranch = (): boolean =>
    branch === undefined ||
    branches.some((matches) => matches(branch)) ||
    (isDefaultBranch && rule.branches.includes('HEAD'));
  return (
    covers(remotes, lacking.remote, () => remotes.some((matches) => matches(remoteKey))) &&
    covers(branches, lacking.branch, fitsBranch) &&
    covers(paths, lacking.path, () => paths.some((matches) => matches(path)))
  );
}

/** A list that is empty grants nothing and limits nothing. */
function covers(list: readonly unknown[], isLacking: boolean, fits: () => boolean): boolean {
  return list.length === 0 ? !isLacking : fits();
}

/** Whether the rule grants a key, a login, a registry, a template or an Application by its text. */
export function grantsText(
  rule: PermissionRule,
  part: 'keys' | 'registries' | 'logins' | 'templates' | 'promoteFrom',
  text: string,
): boolean {
  return matchersOf(rule)[part].some((matches) => matches(text));
}

type Matcher = (text: string) => boolean;
type RuleMatchers = Readonly<
  Record<NamePart | 'projects' | 'namespaces' | 'applications', readonly Matcher[]>
>;

const compiledRules = new WeakMap<PermissionRule, RuleMatchers>();

function matchersOf(rule: PermissionRule): RuleMatchers {
  const known = compiledRules.get(rule);
  if (known !== undefined) return known;
  const names = (globs: readonly string[]) => globs.map((glob) => createAccessGlob(glob, { parts: false }));
  const parts = (globs: readonly string[]) => globs.map((glob) => createAccessGlob(glob, { parts: true }));
  const made: RuleMatchers = {
    projects: names(rule.projects),
    namespaces: names(rule.namespaces),
    applications: names(rule.applications),
    remotes: rule.remotes.map(remoteMatcher),
    branches: names(rule.branches),
    paths: parts(rule.paths),
    keys: names(rule.keys),
    registries: parts(rule.registries),
    logins: names(rule.logins),
    templates: names(rule.templates),
    promoteFrom: parts(rule.promoteFrom),
  };
  compiledRules.set(rule, made);
  return made;
}

function remoteMatcher(glob: string): Matcher {
  if (glob === '*' || glob === '**') return () => true;
  return createRemoteGlob(glob) ?? (() => false);
}

function fitsAny(matchers: readonly Matcher[], text: string): boolean {
  return matchers.length === 0 || matchers.some((matches) => matches(text));
}

/** The rule as one line of YAML, without what is empty: `{projects: [shop], paths: [envs/prod.yaml]}`. */
export function formatRule(rule: Partial<PermissionRule>): string {
  return `{${formatRuleLines(rule).join(', ')}}`;
}

/** The same, one line a key. */
export function formatRuleLines(rule: Partial<PermissionRule>): readonly string[] {
  return ORDER.flatMap((name) => {
    const list = rule[name] ?? [];
    return list.length === 0 ? [] : [`${name}: [${list.map(yamlText).join(', ')}]`];
  });
}

const ORDER = [
  'projects',
  'namespaces',
  'applications',
  'remotes',
  'branches',
  'paths',
  'keys',
  'registries',
  'logins',
  'templates',
  'promoteFrom',
] as const satisfies readonly (keyof PermissionRule)[];

/** Plain where YAML's flow style takes it so, else between single quotes. */
export function yamlText(text: string): string {
  const isPlain = /^[A-Za-z_./][A-Za-z0-9_./@+=-]*(?::[A-Za-z0-9_./@+=*-]+)*$/.test(text);
  const isWord = /^(?:true|false|yes|no|on|off|null|[.]|[.]nan|[.]inf|~)$/i.test(text);
  return isPlain && !isWord ? text : `'${onOneLine(text).replaceAll("'", "''")}'`;
}

/** A glob that matches this text alone. */
export function literalGlob(text: string): string {
  return text.replaceAll(/[\\*?[\]{}]/g, '\\$&');
}
