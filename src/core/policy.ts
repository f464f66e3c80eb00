import type { NoticeRequest } from './notices/notice-request.ts';
import type { CredentialSpec } from './credential-spec.ts';
import type { Deployment } from './deployment/deployment.ts';
import type { SignaturePolicy } from './gates/signature-policy.ts';
import type { GitRemote } from './git/remote.ts';
import type { ImageReference, ImageRepository } from './image/reference.ts';
import type { Platform } from './image/platform.ts';
import type { Layers } from './layers.ts';
import type { ImagePause } from './overrides/pause.ts';
import type { Requester } from './permissions/requester.ts';
import type { PromotionPolicy } from './promotion/promotion-policy.ts';
import type { VerifyPolicy } from './verification/verify-policy.ts';
import type { SyncDestination } from './windows/sync-windows.ts';
import type { UpdateWindow } from './windows/update-window.ts';

/** Which Application, in the cluster or in a file. */
export interface ApplicationId {
  /** `''` when the manifest names none. */
  readonly namespace: string;
  readonly name: string;
}

/** Which `ImageUpdater` resource, in the cluster or in a file. */
export interface ImageUpdaterId {
  /** `''` when the manifest names none. */
  readonly namespace: string;
  readonly name: string;
}

/** How a new version is chosen (docs/compatibility.md). */
export type Strategy =
  | {
      readonly kind: 'semver';
      /** `''` means any release. */
      readonly constraint: string;
      /** Absent: the whole tag is the version. */
      readonly order?: TagOrder;
    }
  | { readonly kind: 'newest-build' }
  | { readonly kind: 'newest-pushed' }
  | { readonly kind: 'alphabetical' }
  | { readonly kind: 'digest'; /** `''` means the one that the target names. */ readonly tag: string };

export type StrategyName = Strategy['kind'];

/** Which part of a tag is its version, and how that is read. */
export interface TagOrder {
  readonly by: TagOrderName;
  /** RE2 with a group, that of `allow-tags`: the group `version`, else the first, is the part. */
  readonly expression: string;
}

/**
 * `numeric`: one number of any length. `semver`: as the strategy reads versions. `calver`: any count of numbers with `.`,
 * `-` or `_` between them.
 */
export type TagOrderName = 'numeric' | 'semver' | 'calver';

export const TAG_ORDER_NAMES = ['numeric', 'semver', 'calver'] as const satisfies readonly TagOrderName[];

/**
 * What is done when somebody rolled back a version. `resume-on-newer`: neither that version nor an older one is written
 * again, a newer one is. `until-released`: nothing is written until somebody releases it. `never-hold`: it is written
 * again at once.
 */
export type RollbackRule = 'resume-on-newer' | 'until-released' | 'never-hold';

export const ROLLBACK_RULES = [
  'resume-on-newer',
  'until-released',
  'never-hold',
] as const satisfies readonly RollbackRule[];

/** Which tags may be considered at all (docs/annotations.md). */
export interface TagFilter {
  /** RE2 text, searched unanchored; `undefined` lets every tag through. */
  readonly allow: string | undefined;
  /** Glob over the whole tag, from `image-list`; absent lets every tag through. */
  readonly pattern?: string;
  /** Globs over the whole tag, and RE2 behind `regexp:`. */
  readonly ignore: readonly string[];
}

/** What a file or a spec has of one image now. A part that is missing is `undefined`. */
export interface PresentImage {
  /** Host and path as written there: `ghcr.io/acme/api`, `acme/api`. */
  readonly name: string | undefined;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** What a key beside the name has of its registry: `ghcr.io`, `ghcr.io/acme`; absent where there is none. */
  readonly registry?: string;
  /** The name in a key that is not the image's and stands beside its tag; absent where the name is known. */
  readonly beside?: string;
  /**
   * The digest has a place of its own and is written with every version: `beside` the tag, or `alone`, and then the
   * target has no tag. Absent where a digest stands behind its tag, or there is none.
   */
  readonly digestKey?: 'beside' | 'alone';
  /** No value that is marked in its target holds a digest. Absent where one can be written. */
  readonly noDigest?: true;
  /** What further keys of the image have, where that is something else; absent where all have the same. */
  readonly differing?: readonly PresentImage[];
  /** Why the same version would be written again; absent where it would not. */
  readonly fault?: PresentFault;
}

/**
 * `incomplete`: a key, parameter or variable of the image is missing or empty while another has its version.
 * `unequal`: two values of the image disagree. `misread`: what reads the version takes it for another one, as Helm does with an unquoted `1.20`.
 */
export type PresentFault = 'incomplete' | 'unequal' | 'misread';

/** A key of a values file or a parameter name, and whether an annotation names it or it is a default. */
export interface SlotKey {
  readonly path: string;
  readonly explicit: boolean;
  /** A default that several images share, so that it is neither read nor written for any of them. */
  readonly shared?: true;
}

/** A value that is composed of parts of an image: `v-{tag}`, `{registry}/{repository}:{tag}@{digest}`. Data only. */
export interface ValueTemplate {
  /** As written. */
  readonly text: string;
  /** Literals and placeholders in turn, a literal (it may be empty) first and last. */
  readonly literals: readonly string[];
  readonly placeholders: readonly Placeholder[];
}

/** Parts of an image: `repository` is its path, `name` registry and path. */
export type Placeholder = 'registry' | 'repository' | 'name' | 'tag' | 'digest';

/** Where in its target one image is written. */
export type ImageSlot =
  | {
      readonly kind: 'helm-parts';
      readonly name: SlotKey;
      readonly tag: SlotKey;
      /** The key of the registry, which the name is then without; absent means that the name may have it. */
      readonly registry?: SlotKey;
      /** The key of the digest, which the tag is then without; absent means that one beside the tag counts if it is set. */
      readonly digest?: SlotKey;
      /** How the tag is written; absent means `TAG[@DIGEST]`. */
      readonly template?: ValueTemplate;
      /** Further keys of the same image, each with its own; see `placesOf`. */
      readonly others?: readonly Extract<ImageSlot, { kind: 'helm-parts' | 'helm-spec' }>[];
    }
  | {
      readonly kind: 'helm-spec';
      readonly spec: SlotKey;
      /** How the image is written; absent means `NAME:TAG[@DIGEST]`. */
      readonly template?: ValueTemplate;
      /** As above. */
      readonly others?: readonly Extract<ImageSlot, { kind: 'helm-parts' | 'helm-spec' }>[];
    }
  | {
      readonly kind: 'kustomize';
      /** The `name` of the element in `images`, as the base writes it. */
      readonly name: string;
      /** True when `kustomize.image-name` was given, so that the new image goes into `newName`. */
      readonly renamed: boolean;
    }
  | {
      readonly kind: 'plugin';
      /** Names of environment variables of the plugin; at least one of `spec`, `tag` and `name` is set. */
      readonly name: string | undefined;
      readonly tag: string | undefined;
      readonly spec: string | undefined;
    }
  | {
      readonly kind: 'markers';
      /** The names that a marker may have: `shop/api`, `argocd/shop/api`; at least one, the shortest first. */
      readonly names: readonly string[];
    };

/** Where Git credentials come from. */
export type GitCredentialSpec =
  | {
      readonly kind: 'repocreds';
      /** AppProject whose Git credentials may be used beside everybody's; absent means `default`. */
      readonly project?: string;
    }
  | {
      readonly kind: 'secret';
      readonly namespace: string;
      readonly name: string;
      /** AppProject of the Application; absent means `default`. */
      readonly project?: string;
      /** Only to remotes that the Secret names, not to the sources of the Application alone. */
      readonly onlyWhereNamed?: true;
    };

/** One branch of one Git remote. */
export interface GitPlace {
  readonly remote: GitRemote;
  /**
   * Branch that is read. As read from annotations, `''` or `HEAD` means the remote's default branch; in a place that was
   * resolved (`resolveBranches`) it is the name of a branch.
   */
  readonly base: string;
  /** Branch name or template that is pushed; `undefined` means the base branch. */
  readonly push: string | undefined;
  readonly credentials: GitCredentialSpec;
  /**
   * The remote is one of the Application's own sources, so that Argo CD itself connects to it; absent means that only an
   * annotation names it.
   */
  readonly isOwnSource?: boolean;
  /** The push branch is proposed with a pull request; absent means it is only pushed. */
  readonly pullRequest?: {
    /** Changes of one group share a request: see `requestGroup`. */
    readonly group: string;
    /** Kind of the Git host as the Application names it; `undefined`: decided by its URL or the configuration. */
    readonly kind: string | undefined;
    /** Labels and template of the title as the Application names them; absent: those of the configuration. */
    readonly labels?: readonly string[];
    readonly title?: string;
  };
}

/**
 * Entries of the Application's own list that a new list in the override file would hide, because Argo CD
 * replaces the whole list by the file's.
 */
export interface InheritedEntries {
  readonly parameters: readonly {
    readonly name: string;
    readonly value: string;
    readonly forceString: boolean;
  }[];
  readonly images: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

/** The file that is edited; paths are relative to the root of the work tree, with `/`, without a leading one. */
export type FileTarget =
  | { readonly kind: 'kustomization'; /** `''` is the root. */ readonly directory: string }
  | { readonly kind: 'helm-values'; readonly path: string }
  /** Any YAML file in which comments mark the values that belong to an image. */
  | { readonly kind: 'markers'; readonly path: string }
  | {
      readonly kind: 'override';
      readonly path: string;
      readonly format: 'helm' | 'kustomize' | 'plugin';
      readonly inherited: InheritedEntries;
    };

/** A file of one branch. */
export interface GitTarget {
  readonly method: 'git';
  readonly place: GitPlace;
  readonly file: FileTarget;
  /** The file that the same path means from the other root (of the work tree, or the folder of the source), and how it is written. */
  readonly otherRoot?: { readonly file: FileTarget; readonly annotation: string };
}

/** Where a chosen version is written. */
export type WriteTarget =
  | GitTarget
  | {
      readonly method: 'application';
      /** Where in the Application the source is: `spec.source`, `spec.sources[1]`, `spec.sourceHydrator.drySource`. */
      readonly at: string;
      /** Which list of the source is written: `helm.parameters`, `kustomize.images` or `plugin.env`. */
      readonly format: 'helm' | 'kustomize' | 'plugin';
    };

/** The rules for one image: how a version is chosen, and when it is written. Data only. */
export interface ImagePolicy {
  readonly strategy: Strategy;
  readonly filter: TagFilter;
  /** `undefined`: the default applies. */
  readonly platforms: readonly Platform[] | undefined;
  readonly pullSecret: CredentialSpec | undefined;
  readonly forceUpdate: boolean;
  /** Milliseconds from one evaluation of the image to the next; absent means every cycle. */
  readonly interval?: number;
  readonly rollback: RollbackRule;
  /** Whether a lower version than the one in force may be written. */
  readonly allowDowngrade: boolean;
  /** The annotation `hold`: the reason, `''` when none is given; `undefined` when the image is not held by it. */
  readonly hold: string | undefined;
  /** Nothing automatic is done for the image: no update, no promotion, no rollback. Absent when it is not paused. */
  readonly paused?: ImagePause;
  /** Where its annotations ask for notices; absent where they do not. */
  readonly notify?: readonly NoticeRequest[];
  /** How old a version must be to be written, in milliseconds; absent for no age. */
  readonly minimumAge?: number;
  /** The public key of an `ImageUpdater` that a signature of the version must fit; absent means that none is asked for. */
  readonly verification?: {
    /** Holds the key as PEM. */
    readonly secret: SecretField;
  };
  /** Those of the configuration, each of which a version must fit; absent means none. */
  readonly signaturePolicies?: readonly SignaturePolicy[];
  /** Where its versions come from, if not from the registry alone; absent where every version of the registry may be written. */
  readonly promotion?: PromotionPolicy;
  /** How what was written of it is verified; absent means that it is not. */
  readonly verify?: VerifyPolicy;
  /** When it is written; absent means at any time. */
  readonly windows?: ImageWindows;
}

/** The update windows of an image. Those of each origin must be open. */
export interface ImageWindows {
  readonly configured: readonly UpdateWindow[];
  readonly annotated: readonly UpdateWindow[];
  /** The sync windows of the AppProject count too, by where the Application is deployed; absent means they do not. */
  readonly syncedTo?: SyncDestination;
}

/** One field of a Secret. */
export interface SecretField {
  readonly namespace: string;
  readonly name: string;
  readonly field: string;
}

/** What the Application shows of an image now. */
export interface Observation {
  /** Whether the cluster reports the image as running; `unknown` when the manifest carries no status. */
  readonly live: 'live' | 'not-live' | 'unknown';
  /** The image repositories that the cluster reports as running, as `imageRepositoryKey` spells them; absent when unknown. */
  readonly running?: readonly string[];
  /** The image in the Application's own spec; `undefined` when the spec does not name it. */
  readonly declared: PresentImage | undefined;
  /** What Argo CD says of the Application; absent in files, and where it has said nothing yet. */
  readonly deployment?: Deployment;
  /** Which of the revisions of the deployment is of the branch that is written; absent when none is. */
  readonly deployedSource?: number;
  /** `spec.destination.namespace`; absent when the manifest names none. */
  readonly destinationNamespace?: string;
  /** It deploys to the cluster that Argo CD runs in; absent when it does not, or its manifest does not say. */
  readonly isInOwnCluster?: true;
}

/** Where a version of an image is written. */
export interface Destination {
  readonly slot: ImageSlot;
  readonly target: WriteTarget;
}

/** Whose the written place is: the Application's `own`, or `granted` by a rule or because no rule is needed. */
export type PlaceClaim = 'own' | 'granted';

/** An image that one Application keeps up to date: its name, its policy, what was observed, and where it is written. */
export interface TrackedImage {
  readonly application: ApplicationId;
  /** The `ImageUpdater` that says so, or that lets the annotations count; absent where annotations count by themselves. */
  readonly updater?: ImageUpdaterId;
  /** Alias as written, `''` when the image has none. */
  readonly alias: string;
  /** Registry and name as written, without tag and digest. */
  readonly image: ImageReference;
  readonly repository: ImageRepository;
  readonly policy: ImagePolicy;
  readonly observed: Observation;
  readonly destination: Destination;
  /** What is asked on whose behalf: decided by `judgeProject` and `judgeWrite` in `core/permissions`. */
  readonly requester: Requester;
  readonly claim: PlaceClaim;
  /** What else may decide the version that is deployed; absent when there is nothing to look at. */
  readonly layers?: Layers;
}

/** The target in Git; `undefined` for an image that is written to the live Application. */
export function gitTargetOf({ destination }: Pick<TrackedImage, 'destination'>): GitTarget | undefined {
  return destination.target.method === 'git' ? destination.target : undefined;
}

/** An image that is written to Git. */
export interface ImageInGit {
  readonly tracked: TrackedImage;
  readonly target: GitTarget;
}

/** The images that are written to Git, each with its target. */
export function imagesInGit(images: readonly TrackedImage[]): readonly ImageInGit[] {
  return images.flatMap((tracked) => {
    const target = gitTargetOf(tracked);
    return target === undefined ? [] : [{ tracked, target }];
  });
}
