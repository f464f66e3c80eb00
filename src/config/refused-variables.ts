import type { ConfigFault } from './faults.ts';
import type { Environment } from './layers.ts';

/** Variables of Argo CD Image Updater that make a promise about commits which Lynceus cannot keep yet. */
const REFUSED = [
  {
    variable: 'GIT_COMMIT_METHOD',
    harmless: 'git',
    missing: 'commits cannot be made through the API of GitHub',
  },
] as const;

/** Their names, for the documentation. */
export const REFUSED_VARIABLES: readonly string[] = REFUSED.map(({ variable }) => variable);

/** A fault for each that is set: who asks for signed commits must not get unsigned ones. */
export function refusedVariables(env: Environment): readonly ConfigFault[] {
  return REFUSED.flatMap(({ variable, harmless, missing }) => {
    const value = env[variable]?.trim().toLowerCase() ?? '';
    if (value === '' || value === harmless) return [];
    return [
      {
        path: '',
        origin: `environment variable ${variable}`,
        message: `is not supported: ${missing}; unset it to go on without`,
      },
    ];
  });
}
