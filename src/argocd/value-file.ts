import type { Application, ApplicationSource } from './application.ts';

/** A value file in another source of the same Application: `$values/envs/prod.yaml`, always from the root. */
export interface ValueFile {
  readonly ref: string;
  readonly path: string;
}

/** Reads `$REF/PATH` of `valueFiles`. Returns undefined for any other text, such as `$values` alone. */
export function parseValueFile(text: string): ValueFile | undefined {
  const [, ref, path] = /^\$([^/]+)\/+(.*[^/])$/.exec(text) ?? [];
  return ref === undefined || path === undefined ? undefined : { ref, path };
}

/** The first `$REF/PATH` of a packaged chart whose ref exists; `undefined` when it lists none. */
export function firstValueFile(application: Application, source: ApplicationSource): string | undefined {
  return valueFilesOf(source).find((text) => {
    const file = parseValueFile(text);
    return file !== undefined && application.sources.some(({ ref }) => ref === file.ref);
  });
}

/** Every `$REF/PATH` that a source lists, once. */
export function valueFilesOf({ helm }: ApplicationSource): readonly string[] {
  return [...new Set(helm?.valueFiles ?? [])].filter((text) => parseValueFile(text) !== undefined);
}
