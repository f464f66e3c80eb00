/** One field of a Secret or a ConfigMap. */
export interface ClusterField {
  readonly namespace: string;
  readonly name: string;
  readonly field: string;
}

/** Where public keys are, as PEM. */
export type KeyPlace =
  | { readonly kind: 'secret'; readonly secret: ClusterField }
  | { readonly kind: 'config-map'; readonly configMap: ClusterField }
  | { readonly kind: 'file'; readonly path: string };

/** Where the certificates and keys are that keyless signatures are verified by: Sigstore's `trusted_root.json`. */
export type TrustRootPlace =
  /** Of the TUF repository that is configured, Sigstore's public one unless another is. */
  { readonly kind: 'public' } | Exclude<KeyPlace, { readonly kind: 'secret' }>;

/** What a text must be: this one, or all of it an RE2 expression. */
export type TextRule =
  | { readonly kind: 'exact'; readonly text: string }
  | { readonly kind: 'expression'; readonly expression: string };

/** Who may have signed without a key: what Fulcio certified. */
export interface KeylessSigner {
  /** Who vouched for the identity: the URL of an OpenID Connect provider. */
  readonly issuer: TextRule;
  /** The one name in the certificate: a URL of a workflow, an e-mail address. */
  readonly identity: TextRule;
}

/** A statement about the image that must be there, signed as its signature must be. */
export interface AttestationRule {
  /** Predicate types, any of which will do. */
  readonly types: readonly string[];
  /** As the configuration names them. */
  readonly type: string;
  /** Who built the image, by SLSA provenance; absent means anybody. */
  readonly builder?: TextRule;
  /** The Git remote that it was built from; an exact one in any spelling. Absent means any. */
  readonly sourceRepository?: TextRule;
}

/** What must be signed, and by whom. Data only. */
export interface SignaturePolicy {
  /** By which annotations name it; absent for that of an `ImageUpdater`. */
  readonly name?: string;
  /** One of these keys, or one of the signers, must have signed. */
  readonly keys: readonly KeyPlace[];
  readonly signers: readonly KeylessSigner[];
  /** Whether the image itself must be signed, not only its attestations. */
  readonly requireSignature: boolean;
  readonly attestations: readonly AttestationRule[];
  /** What keyless signatures must have beside their certificate. */
  readonly require: KeylessProofs;
  readonly trustRoot: TrustRootPlace;
}

/** As cosign means `--insecure-ignore-tlog`, `--use-signed-timestamps` and `--insecure-ignore-sct`. */
export interface KeylessProofs {
  /** An entry in a transparency log. Without it entries are not looked at, and a timestamp is needed. */
  readonly log: boolean;
  /** A timestamp of an authority. */
  readonly timestamp: boolean;
  /** The certificate is in a certificate transparency log. */
  readonly sct: boolean;
}
