import type { Application } from '../application.ts';
import type { PolicyReading } from '../policy-reading.ts';

/**
 * The Application with the kind of its sources, where its manifest does not tell it because only Argo CD knows: of those under which
 * everything can be read the first. Its settings mean the same in both forms whichever it is.
 */
export function withAssumedSource(
  application: Application,
  read: (application: Application) => PolicyReading,
): Application {
  if (application.sourceTypes.length > 0 || read(application).problems.length === 0) return application;
  const assumed = SOURCE_TYPES.map((type) => ({
    ...application,
    sourceTypes: application.sources.map(() => type),
  }));
  return assumed.find((one) => read(one).problems.length === 0) ?? application;
}

const SOURCE_TYPES = ['Helm', 'Kustomize', 'Plugin'];
