import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseImageReference } from '../../src/core/image/reference.ts';
import type { ImageChange } from '../../src/core/change.ts';
import type { FileTarget, ImageSlot, InheritedEntries, PresentImage } from '../../src/core/policy.ts';
import type { EditOptions } from '../../src/edits/index.ts';

/*
 * The cases of test/fixtures/edits: a folder each, with before.yaml (none: there is no file), after.yaml (none: the
 * file stays or is refused) and case.json.
 */

const FOLDER = fileURLToPath(new URL('../fixtures/edits/', import.meta.url));

export type CorpusKind =
  'helm-values' | 'kustomization' | 'override-helm' | 'override-kustomize' | 'override-plugin';

export interface CorpusCase {
  readonly kind: CorpusKind;
  readonly name: string;
  /** What it shows, as a sentence. */
  readonly rule: string;
  readonly target: FileTarget;
  readonly options: EditOptions;
  readonly changes: readonly ImageChange[];
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** What `readImage` says of the first change's image before the edit; `undefined` when it is not looked at. */
  readonly present: PresentImage | 'absent' | undefined;
  /** The edit changes nothing. */
  readonly same: boolean;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** What the edited file renders to; `image` is a Helm expression or an image of the Kustomize base. */
  readonly render: readonly Rendering[];
  /** Every value that Helm reads differently after the edit, by path: before and after; `undefined`: not looked at. */
  readonly values: Readonly<Record<string, readonly [unknown, unknown]>> | undefined;
  /** What else is beside a kustomization. */
  readonly files: Readonly<Record<string, string>>;
  /** What an override file sets: Helm values by path, Kustomize images, variables of a plugin. */
  readonly effect: Readonly<Record<string, unknown>> | readonly string[] | undefined;
  readonly inherited: InheritedEntries;
}

export interface Rendering {
  readonly image: string;
  /** What the file renders to before the edit; absent: not looked at. */
  readonly was?: string;
  readonly expect: string;
}

interface CaseFile {
  readonly rule: string;
  readonly changes: readonly {
    readonly slot: ImageSlot;
    readonly image: string;
    readonly tag: string;
    readonly digest?: string;
  }[];
  readonly createMissing?: boolean;
  readonly present?: Partial<PresentImage> | 'absent';
  readonly same?: boolean;
  readonly error?: { readonly code: string; readonly message: string };
  readonly render?: CorpusCase['render'];
  readonly values?: CorpusCase['values'];
  readonly files?: CorpusCase['files'];
  readonly effect?: CorpusCase['effect'];
  readonly inherited?: InheritedEntries;
}

const KINDS: readonly CorpusKind[] = [
  'helm-values',
  'kustomization',
  'override-helm',
  'override-kustomize',
  'override-plugin',
];

const NOTHING: InheritedEntries = { parameters: [], images: [], env: [] };

/** All cases, in the order of their names. */
export const CORPUS: readonly CorpusCase[] = KINDS.flatMap((kind) =>
  readdirSync(join(FOLDER, kind))
    .toSorted()
    .map((name) => readCase(kind, name)),
);

function readCase(kind: CorpusKind, name: string): CorpusCase {
  const file = JSON.parse(readText(kind, name, 'case.json') ?? '') as CaseFile;
  const inherited = file.inherited ?? NOTHING;
  return {
    kind,
    name,
    rule: file.rule,
    target: targetOf(kind, inherited),
    options: { createMissing: file.createMissing ?? false },
    changes: file.changes.map(({ slot, image, tag, digest }) => ({
      slot: slot.kind === 'plugin' ? { ...slot, name: slot.name, tag: slot.tag, spec: slot.spec } : slot,
      image: parseImageReference(image),
      from: undefined,
      to: { tag, digest },
    })),
    before: readText(kind, name, 'before.yaml'),
    after: readText(kind, name, 'after.yaml'),
    present: completePresent(file.present),
    same: file.same ?? false,
    error: file.error,
    render: file.render ?? [],
    values: file.values,
    files: file.files ?? {},
    effect: file.effect,
    inherited,
  };
}

function targetOf(kind: CorpusKind, inherited: InheritedEntries): FileTarget {
  if (kind === 'helm-values') return { kind, path: 'apps/web/values.yaml' };
  if (kind === 'kustomization') return { kind, directory: 'apps/web' };
  const path = 'apps/web/.argocd-source-shop.yaml';
  if (kind === 'override-helm') return { kind: 'override', path, format: 'helm', inherited };
  if (kind === 'override-kustomize') return { kind: 'override', path, format: 'kustomize', inherited };
  return { kind: 'override', path, format: 'plugin', inherited };
}

function completePresent(present: CaseFile['present']): CorpusCase['present'] {
  if (present === undefined || present === 'absent') return present;
  return { name: present.name, tag: present.tag, digest: present.digest };
}

function readText(kind: CorpusKind, name: string, file: string): string | undefined {
  const path = join(FOLDER, kind, name, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
