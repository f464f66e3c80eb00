import type { Application, ApplicationSource } from './application.ts';

/** Source types that carry images of their own; a plain directory (or one not known) is `undefined`. */
export type SourceType = 'Helm' | 'Kustomize' | 'Plugin';

export interface ChosenSource {
  readonly source: ApplicationSource;
  readonly type: SourceType | undefined;
  /** Its path in the manifest: `spec.source`, `spec.sources[1]`, `spec.sourceHydrator.drySource`. */
  readonly at: string;
}

const TYPES: readonly string[] = ['Helm', 'Kustomize', 'Plugin'] satisfies readonly SourceType[];

/**
 * Which source of an Application is written, and what it is.
 *
 * The type is what the write target forces, else what a single source declares, else the first usable one in the status,
 * else the first that a source declares. The source is the first with the block of that type, else the one that has the
 * type in the status, else the first chart (for Helm), else one that may be anything, else the first with any block,
 * else the first. A block makes the type, and a chart is Helm: Argo CD's own rule. Without blocks and status only the
 * files in Git would show the type, and they are not read here.
 */
export function chooseSource(
  application: Application,
  forced: SourceType | undefined,
): ChosenSource | undefined {
  const { sources, sourceTypes } = application;
  const declared = sources.map(declaredType);
  const alone = sources.length === 1 ? declared[0] : undefined;
  const type = forced ?? alone ?? sourceTypes.find(isSourceType) ?? declared.find((own) => own !== undefined);
  const steps = [
    sources.findIndex((source) => type !== undefined && blockType(source) === type),
    sourceTypes.length === sources.length && type !== undefined ? sourceTypes.indexOf(type) : -1,
    sources.findIndex((source) => type !== undefined && declaredType(source) === type),
    sources.findIndex((source) => declaredType(source) === undefined && source.path !== ''),
    sources.findIndex((source) => blockType(source) !== undefined),
    0,
  ];
  const index = steps.find((step) => step >= 0) ?? 0;
  const source = sources[index];
  if (source === undefined) return undefined;
  return { source, type, at: sourceAt(application, index) };
}

/** The path of a source in the manifest. */
export function sourceAt({ multiSource, hydrated }: Application, index: number): string {
  if (hydrated) return 'spec.sourceHydrator.drySource';
  return multiSource ? `spec.sources[${index}]` : 'spec.source';
}

/** Whether the source is a packaged chart, which no Git branch holds. */
export function isPackaged(source: ApplicationSource): boolean {
  return source.chart !== '' || source.repoURL.startsWith('oci://');
}

function blockType(source: ApplicationSource): SourceType | undefined {
  if (source.kustomize !== undefined) return 'Kustomize';
  if (source.plugin !== undefined) return 'Plugin';
  return source.helm === undefined ? undefined : 'Helm';
}

function declaredType(source: ApplicationSource): SourceType | undefined {
  return blockType(source) ?? (source.chart === '' ? undefined : 'Helm');
}

function isSourceType(text: string): text is SourceType {
  return TYPES.includes(text);
}
