import type { UpstreamVersion } from '../promotion/upstream-version.ts';
import type { UnreadFile } from '../layers.ts';
import type { ArgoCdRollbackFacts } from './argo-cd-rollback.ts';
import type { TurnedAway } from './reason.ts';

/**
 * What a person should know about an image although nothing fails for it: a code for machines, and the facts that
 * `describeWarning` makes a sentence of. A warning never stops a write.
 */
export type Warning = {
  [One in WarningCode]: { readonly code: One; readonly facts: WarningFacts[One] };
}[WarningCode];

export type WarningCode = keyof WarningFacts;

interface WarningFacts {
  /** Something stronger sets the same version. */
  overridden: OverriddenFacts;
  /** Argo CD does not read the file that is written. */
  'file-unread': UnreadFacts;
  /** A comment asks for a hold and holds nothing. */
  'hold-without-effect': HoldCommentFacts;
  /** A comment holds although it is spelled in another way. */
  'hold-misspelt': HoldCommentFacts;
  /** The live Application was written, and somebody keeps its manifest. */
  'may-be-undone': OwnerFacts;
  /** A newer version than the one that is written was not let through: somebody pushed it without what is asked for. */
  'newer-turned-away': { readonly why: TurnedAway };
  /** The version in force was rolled back where it was promoted from. */
  'rolled-back-upstream': UpstreamRollbackFacts;
  /** Somebody rolled the Application back in Argo CD: it does not run what Git says, and nothing is written. */
  'rolled-back-in-argo-cd': ArgoCdRollbackFacts;
  /** Manifests were checked, and the Application that an image is promoted from is not among them; `name` as written. */
  'upstream-unknown': { readonly name: string };
}

export interface UpstreamRollbackFacts {
  readonly version: string;
  /** For people: `argocd/shop-dev/api`. */
  readonly upstream: string;
  readonly by: NonNullable<UpstreamVersion['rolledBack']>;
}

/** Who may put the manifest of an Application back as it was. */
export interface OwnerFacts {
  /** `ApplicationSet`, `Flux Kustomization`. */
  readonly kind: string;
  /** Its name, as a stranger may have written it. */
  readonly name: string;
  /** By what it is known: it made the Application, it deploys it, or a label that charts set, too, says that it may. */
  readonly mark: 'made' | 'deployed' | 'label';
}

/** A comment that is meant to hold something. */
export interface HoldCommentFacts {
  /** Path of its file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The comment as written, from its `#` on. */
  readonly comment: string;
  /** Key of the version that is nearest to it. */
  readonly nearest: string;
}

export interface OverriddenFacts {
  /** The file that is written. */
  readonly file: string;
  /** Key of the version in it. */
  readonly key: string;
  /** What wins over it, the strongest first; at least one. */
  readonly by: readonly string[];
}

export interface UnreadFacts {
  readonly file: string;
  readonly why: UnreadFile;
}
