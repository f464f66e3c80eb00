import * as z from 'zod';
import type { AppProject } from '../core/permissions/app-project.ts';

const texts = z
  .array(z.string())
  .catch([])
  .nullish()
  .transform((items) => items ?? []);

const manifest = z.object({
  metadata: z.object({ name: z.string().min(1) }),
  spec: z
    .object({ sourceRepos: texts, sourceNamespaces: texts })
    .catch({ sourceRepos: [], sourceNamespaces: [] }),
});

/**
 * Reads an AppProject (argoproj.io/v1alpha1). What cannot be read of it allows nothing; `undefined` for one without a name.
 */
export function readProject(document: unknown): AppProject | undefined {
  const parsed = manifest.safeParse(document);
  if (!parsed.success) return undefined;
  const { metadata, spec } = parsed.data;
  return { name: metadata.name, sourceRepos: spec.sourceRepos, sourceNamespaces: spec.sourceNamespaces };
}
