import * as z from 'zod';
import type { AppProject } from '../core/permissions/app-project.ts';

const texts = z
  .array(z.string())
  .catch([])
  .nullish()
  .transform((items) => items ?? []);

const line = z.string().catch('');

const syncWindow = z.object({
  kind: line,
  schedule: line,
  duration: line,
  timeZone: line,
  applications: texts,
  namespaces: texts,
  clusters: texts,
  andOperator: z.boolean().catch(false),
});

/** Kubernetes lets no other shape in: what is no map is for no Application. */
const syncWindows = z
  .array(syncWindow.catch(syncWindow.parse({})))
  .catch([])
  .nullish()
  .transform((items) => items ?? []);

const manifest = z.object({
  metadata: z.object({ name: z.string().min(1) }),
  spec: z
    .object({ sourceRepos: texts, sourceNamespaces: texts, syncWindows })
    .catch({ sourceRepos: [], sourceNamespaces: [], syncWindows: [] }),
});

/**
 * Reads an AppProject (argoproj.io/v1alpha1). What cannot be read of it allows nothing; `undefined` for one without a name.
 */
export function readProject(document: unknown): AppProject | undefined {
  const parsed = manifest.safeParse(document);
  if (!parsed.success) return undefined;
  const { metadata, spec } = parsed.data;
  const { syncWindows: windows, ...rest } = spec;
  return { name: metadata.name, ...rest, ...(windows.length === 0 ? {} : { syncWindows: windows }) };
}
