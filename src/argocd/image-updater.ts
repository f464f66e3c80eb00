import type { ImageUpdaterId } from '../core/policy.ts';
import type { UpdaterStatus } from '../core/updater-status/status.ts';

/** How versions are chosen, on one level of an `ImageUpdater`; what is absent is taken from the level above. */
export interface UpdateFields {
  readonly updateStrategy?: string | undefined;
  readonly forceUpdate?: boolean | undefined;
  readonly allowTags?: string | undefined;
  readonly ignoreTags?: readonly string[] | undefined;
  readonly pullSecret?: string | undefined;
  readonly platforms?: readonly string[] | undefined;
}

/** Where versions are written, on one level of an `ImageUpdater`. */
export interface WriteBackFields {
  readonly method?: string | undefined;
  readonly gitConfig?:
    | {
        readonly repository?: string | undefined;
        readonly branch?: string | undefined;
        readonly writeBackTarget?: string | undefined;
        readonly pullRequest?:
          { readonly kind: string; readonly labels?: readonly string[] | undefined } | undefined;
      }
    | undefined;
}

/** Whether a signature is asked for. Without `key` there is none to check it by. */
export interface VerificationFields {
  readonly enabled: boolean;
  readonly key?: { readonly secret: string; readonly field: string } | undefined;
}

/** The settings of one level: of the whole resource, of one of its `applicationRefs`, or of an image. */
export interface UpdaterLevel {
  /** Where it is: `spec`, `spec.applicationRefs[0]`, `spec.applicationRefs[0].images[1]`. */
  readonly at: string;
  readonly update: UpdateFields;
  readonly writeBack: WriteBackFields;
  readonly verification: VerificationFields | undefined;
}

interface KeyFields {
  readonly name?: string | undefined;
  readonly tag?: string | undefined;
  readonly spec?: string | undefined;
}

/** The keys that an image is written to, of `manifestTargets`. */
export interface TargetFields {
  readonly helm?: KeyFields | undefined;
  readonly kustomize?: Pick<KeyFields, 'name'> | undefined;
  readonly plugin?: KeyFields | undefined;
}

/** One of `images`. */
export interface UpdaterImage extends UpdaterLevel {
  readonly alias: string;
  /** Registry, name and constraint, as behind an alias of `image-list`. */
  readonly imageName: string;
  readonly targets: TargetFields;
}

/** One of `applicationRefs`: which Applications, and what is wanted for them. */
export interface ApplicationRef extends UpdaterLevel {
  readonly namePattern: string;
  /** Whether an Application of the resource's namespace is meant. */
  readonly matches: (application: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
  }) => boolean;
  /** The higher one of several that match counts; of equals the first. */
  readonly specificity: number;
  /** The annotations of the Application count, and nothing else of this entry. */
  readonly useAnnotations: boolean;
  readonly images: readonly UpdaterImage[];
}

/** What we keep of an `ImageUpdater` (argocd-image-updater.argoproj.io/v1alpha1). */
export interface ImageUpdater extends ImageUpdaterId {
  readonly uid?: string;
  readonly generation?: number;
  /** What was written of it the last time; absent where nothing was. */
  readonly status?: UpdaterStatus;
  /** Those under our prefix: settings that the resource has no field for. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly level: UpdaterLevel;
  readonly refs: readonly ApplicationRef[];
  /** Where the manifest was found, for messages. */
  readonly origin: string;
}
