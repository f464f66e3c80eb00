import type { ConfiguredPolicy } from '../core/gates/configured-policy.ts';
import type { GitRemote } from '../core/git/remote.ts';
import type { RegistryPrefix } from '../core/image/registry-prefix.ts';
import type { TemplateLimits } from '../core/plan/template/meter.ts';
import type { ApplicationId, RollbackRule } from '../core/policy.ts';
import type { RequestGrouping } from '../core/pull-requests/group.ts';
import type { VerificationRule } from '../core/verification/verification-rule.ts';
import type { Application } from './application.ts';
import type { AnnotationRule } from '../core/annotation-rule.ts';
import type { ProblemList } from './problems.ts';
import type { OpenService } from './read-notify.ts';
import type { ConfiguredAge } from './read-minimum-age.ts';
import type { ConfiguredWindows } from './read-windows.ts';
import type { SettingReader } from './setting-reader.ts';

/** What the translation must know of its surroundings. */
export interface PolicyContext {
  /** Meaning of a missing `write-back-method`. */
  readonly defaultMethod: 'argocd' | 'git';
  /** Where image names without a host belong, as `repositoryOf` takes it. */
  readonly defaultRegistry: string;
  /** Namespace of Argo CD itself, which is also that of an Application without one. */
  readonly argocdNamespace: string;
  /** Whether the method `argocd` can be carried out: not with Applications from files. */
  readonly canWriteApplications: boolean;
  /** When annotations count beside `ImageUpdater`s; absent means `auto`. */
  readonly annotationRule?: AnnotationRule;
  /** Meaning of a missing `rollback`; absent means `resume-on-newer`. */
  readonly defaultRollback?: RollbackRule;
  /** Meaning of a missing `allow-downgrade`; absent means no. */
  readonly defaultAllowDowngrade?: boolean;
  /** How old versions must be by the configuration; absent means that no entry says so. */
  readonly minimumAges?: readonly ConfiguredAge[];
  /** The configuration of pull requests to a remote, for Applications without an annotation; absent means none are made. */
  readonly pullRequests?: (remote: GitRemote) => {
    readonly enabled: boolean;
    readonly grouping: RequestGrouping;
  };
  /** What a template of an annotation may cost; absent means the defaults. */
  readonly templateLimits?: TemplateLimits;
  /** Namespaces beside an Application's own from which it may name a Secret, `*` for all; absent means none. */
  readonly allowedSecretNamespaces?: readonly string[];
  /** Variables of the environment that annotations may name as logins, each with its registries; absent means none. */
  readonly environmentLogins?: readonly {
    readonly name: string;
    readonly registries: readonly RegistryPrefix[];
  }[];
  /** Policies of signatures that the configuration has; absent means none. */
  readonly signaturePolicies?: readonly ConfiguredPolicy[];
  /** Which images are verified after a write, and the names of the checks there are; absent: only by the default check, where an annotation asks. */
  readonly verification?: {
    readonly rules: readonly VerificationRule[];
    readonly checks: readonly string[];
  };
  /** Services for notices that annotations may choose; absent means none. */
  readonly openServices?: readonly OpenService[];
  /** The update windows of the configuration; absent means none. */
  readonly windows?: ConfiguredWindows;
  /** How many images and Git remotes one Application may have; absent means any number. */
  readonly limits?: { readonly images: number; readonly remotes: number };
}

/** One Application that is being translated. */
export interface PolicyInput {
  readonly application: Application;
  readonly context: PolicyContext;
  readonly settings: SettingReader;
  /** Problems of the Application as a whole. */
  readonly problems: ProblemList;
}

/** For the target of one image; with the alias `''`, for that of all images without their own annotations. */
export interface WriteBackInput extends PolicyInput {
  readonly alias: string;
}

/** Whether an Application may name a Secret in a namespace. */
export function mayNameSecretsIn(
  namespace: string,
  application: ApplicationId,
  context: PolicyContext,
): boolean {
  const allowed = context.allowedSecretNamespaces ?? [];
  return namespace === homeOf(application, context) || allowed.includes(namespace) || allowed.includes('*');
}

/** An Application without a namespace is taken to be in Argo CD's. */
export function homeOf(
  { namespace }: ApplicationId,
  { argocdNamespace }: Pick<PolicyContext, 'argocdNamespace'>,
): string {
  return namespace === '' ? argocdNamespace : namespace;
}
