import type { ApplicationId } from '../core/policy.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import type { SourceType } from './source-type.ts';
import { treePath } from './tree-path.ts';
import { parseValueFile } from './value-file.ts';

/** The value of `write-back-target`, before the source is known that its path starts from. */
export type TargetSpec =
  /** `path` from the root of the work tree; `undefined` is the file that Argo CD reads. */
  | { readonly kind: 'override'; readonly path: string | undefined }
  | { readonly kind: 'kustomization'; readonly path: string }
  /** `ref`: the path is from the root of the source of that name. */
  | { readonly kind: 'helm-values'; readonly path: string; readonly ref?: string | undefined }
  /** A file with marked values; `ref` as above. */
  | { readonly kind: 'markers'; readonly path: string; readonly ref?: string | undefined }
  /** The values file of the chart, wherever that is. */
  | { readonly kind: 'values-default' }
  /** A file of another name: the type of the source decides what it is. */
  | { readonly kind: 'file'; readonly path: string };

const KEYWORDS = ['kustomization', 'helmvalues', 'markers'];
const KUSTOMIZATION_FILES: ReadonlySet<string> = new Set([
  'kustomization.yaml',
  'kustomization.yml',
  'Kustomization',
]);

/**
 * Reads `kustomization[:PATH]`, `helmvalues[:PATH]`, `markers:PATH` or a file from the root of the work tree. A path behind a
 * keyword starts at the source, or at the root when it begins with `/`; `helmvalues:$REF/PATH` is in another source.
 *
 * Throws `annotation-invalid`, also for a misspelt keyword such as `kustomizationX`, which Argo CD Image Updater reads as
 * `kustomization`.
 */
export function parseWriteTarget(text: string): TargetSpec {
  const colon = text.indexOf(':');
  const keyword = colon < 0 ? text : text.slice(0, colon);
  const path = colon < 0 ? '' : text.slice(colon + 1).trim();
  if (keyword === 'kustomization') return { kind: 'kustomization', path: kustomizationFolder(path, text) };
  if (keyword === 'helmvalues')
    return path === ''
      ? { kind: 'values-default' }
      : { kind: 'helm-values', ...filePath(path, text, 'a values file') };
  if (keyword === 'markers') return { kind: 'markers', ...filePath(path, text, 'a file with markers') };
  if (colon >= 0 || isNearKeyword(text)) throw misspelt(text, keyword);
  return fileFromRoot(text);
}

/** The type that the target asks for, whatever the source is; `undefined` when it fits any. */
export function typeForced(spec: TargetSpec): SourceType | undefined {
  if (spec.kind === 'kustomization') return 'Kustomize';
  return spec.kind === 'helm-values' || spec.kind === 'values-default' ? 'Helm' : undefined;
}

/**
 * Name of the override file that Argo CD reads beside the manifests. An Application outside of Argo CD's namespace
 * has its own in the name; not when that namespace is `default`, as Argo CD Image Updater has it.
 */
export function overrideFileName({ namespace, name }: ApplicationId, argocdNamespace: string): string {
  const home = namespace === '' || namespace === argocdNamespace || argocdNamespace === 'default';
  return `.argocd-source-${home ? name : `${namespace}_${name}`}.yaml`;
}

function kustomizationFolder(path: string, text: string): string {
  if (!KUSTOMIZATION_FILES.has(baseOf(path))) return path;
  throw new LynceusError(
    'annotation-invalid',
    `expected the folder of the kustomization, found its file in ${quoted(text)}`,
  );
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A path behind a keyword, `$REF/PATH` taken apart. */
function filePath(
  path: string,
  text: string,
  what: string,
): { readonly path: string; readonly ref?: string } {
  if (path === '')
    throw new LynceusError('annotation-invalid', `expected ${what} behind the colon, found ${quoted(text)}`);
  if (path.endsWith('/') || /(^|\/)\.{1,2}$/.test(path))
    throw new LynceusError('annotation-invalid', `expected ${what}, found the folder in ${quoted(text)}`);
  if (!path.startsWith('$')) return { path };
  const file = parseValueFile(path);
  if (file !== undefined) return file;
  throw new LynceusError('annotation-invalid', `expected $REF/PATH, found ${quoted(path)}`);
}

function fileFromRoot(text: string): TargetSpec {
  const path = treePath(`/${text}`);
  const base = baseOf(path);
  if (KUSTOMIZATION_FILES.has(base))
    throw new LynceusError(
      'annotation-invalid',
      `expected the folder of the kustomization, found its file ${quoted(text)}`,
      {
        hint: `write kustomization:/${path.slice(0, Math.max(path.lastIndexOf('/'), 0))}`,
      },
    );
  if (base === '' || text.endsWith('/'))
    throw new LynceusError('annotation-invalid', `expected a file, found the folder ${quoted(text)}`);
  if (base === '.argocd-source.yaml' || base.startsWith('.argocd-source-')) return { kind: 'override', path };
  return /\.ya?ml$/.test(base) ? { kind: 'helm-values', path: `/${path}` } : { kind: 'file', path };
}

function isNearKeyword(text: string): boolean {
  return !/[/.]/.test(text) && didYouMean(text, KEYWORDS) !== undefined;
}

function misspelt(text: string, keyword: string): LynceusError {
  const near = didYouMean(keyword, KEYWORDS);
  return new LynceusError(
    'annotation-invalid',
    `expected kustomization[:PATH], helmvalues[:PATH], markers:PATH or a file, found ${quoted(text)}`,
    near === undefined ? {} : { hint: `did you mean ${near}${text.slice(keyword.length)}?` },
  );
}
