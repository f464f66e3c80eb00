import { selectsImage, type ImageSelector } from '../core/image-selector.ts';
import type { ImagePolicy, ImageWindows, TrackedImage } from '../core/policy.ts';
import type { UpdateWindow } from '../core/windows/update-window.ts';
import { parseWindows } from '../core/windows/parse-windows.ts';
import type { Application } from './application.ts';
import type { ProblemList } from './problems.ts';
import type { SettingReader } from './setting-reader.ts';

/** What the configuration says of update windows. */
export interface ConfiguredWindows {
  readonly windows: readonly (UpdateWindow & ImageSelector)[];
  /** Whether the sync windows of AppProjects count. */
  readonly syncWindows: boolean;
}

export const NO_WINDOWS: ConfiguredWindows = { windows: [], syncWindows: false };

interface WindowInput {
  readonly alias: string;
  readonly settings: SettingReader;
  readonly problems: ProblemList;
}

/** The windows of the annotation `update-windows`; a problem is added for each fault. */
export function readWindows({ alias, settings, problems }: WindowInput): readonly UpdateWindow[] {
  const found = settings.ofImage(alias, 'update-windows');
  return (found && problems.attempt(found, parseWindows)) ?? [];
}

/** All windows of an image: what an annotation says is asked beside what the configuration says, never in its place. */
export function windowsOf(
  image: Pick<TrackedImage, 'application' | 'repository' | 'requester'>,
  annotated: readonly UpdateWindow[],
  {
    configured: { windows, syncWindows },
    destination = NOWHERE,
  }: { readonly configured: ConfiguredWindows; readonly destination: Application['destination'] },
): Pick<ImagePolicy, 'windows'> {
  const configured = windows.filter((window) => selectsImage(window, image));
  if (configured.length + annotated.length === 0 && !syncWindows) return {};
  const made: ImageWindows = { configured, annotated, ...(syncWindows ? { syncedTo: destination } : {}) };
  return { windows: made };
}

const NOWHERE = { server: '', name: '', namespace: '' };
