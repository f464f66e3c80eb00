import { VERSION } from '../version.ts';

/** What this program is. */
export interface BuildInfo {
  readonly version: string;
  readonly commit: string | undefined;
  readonly buildDate: string | undefined;
}

/** Put in by the build (`define`), like the version; absent when the sources run as they are. */
declare const BUILT_COMMIT: string | undefined;
declare const BUILT_DATE: string | undefined;

export function readBuildInfo(): BuildInfo {
  return {
    version: VERSION,
    commit: typeof BUILT_COMMIT === 'string' ? BUILT_COMMIT : undefined,
    buildDate: typeof BUILT_DATE === 'string' ? BUILT_DATE : undefined,
  };
}

/** `v1.2.3+abc1234`. */
export function shortBuild({ version, commit }: BuildInfo): string {
  return commit === undefined ? `v${version}` : `v${version}+${commit.slice(0, 7)}`;
}
