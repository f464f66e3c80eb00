/** What Argo CD lays over the file that is written: what is written there may have no effect. Data only. */
export interface Layers {
  /** Of the Application itself, the weakest first. */
  readonly ofSpec: readonly UpperLayer[];
  /** Files of the place that is written, the weakest first. */
  readonly files: readonly LayerFile[];
  /** True when the file is the chart's own `values.yaml`: an element that a parameter sets replaces its whole list. */
  readonly overDefaults?: true;
  /** Why Argo CD does not read the file that is written; absent when it does, or when that is not known. */
  readonly unread?: UnreadFile;
}

/** One layer; `at` is its place for people: `spec.source.helm.values`, or a file. */
export type UpperLayer =
  /** Helm values as YAML: of a file, or of `values`. */
  | { readonly kind: 'value-file' | 'values'; readonly at: string; readonly text: string }
  /** `valuesObject`. */
  | {
      readonly kind: 'values-object';
      readonly at: string;
      readonly values: Readonly<Record<string, unknown>>;
    }
  /** What Helm gets as `--set` or `--set-file`. */
  | {
      readonly kind: 'parameters' | 'file-parameters';
      readonly at: string;
      readonly names: readonly string[];
    }
  /** Kustomize images as `kustomize edit set image` takes them. */
  | { readonly kind: 'images'; readonly at: string; readonly entries: readonly string[] }
  /** Variables of a plugin. */
  | { readonly kind: 'env'; readonly at: string };

/** A file from the root of the work tree: Helm values, or an override file of Argo CD. */
export interface LayerFile {
  readonly kind: 'value-file' | 'override';
  readonly path: string;
}

export type UnreadFile =
  | {
      readonly kind: 'no-value-file';
      /** The source, for people: `spec.source`. */
      readonly at: string;
      /** A chart whose dependencies may be the folder of the file: `Chart.yaml` to look into; absent when they cannot. */
      readonly chart?: string;
    }
  /** Another override file is read: its path. */
  | { readonly kind: 'no-override-file'; readonly read: string };
