import type { PlannedChange } from '../change.ts';
import { joinKey } from '../identity/key.ts';
import { fullCommitData } from '../plan/check-message-template.ts';
import { commitMessageData } from '../plan/commit-message.ts';
import { DEFAULT_TEMPLATE_LIMITS, limitsForChanges, type TemplateLimits } from '../plan/template/meter.ts';
import { parseTemplate } from '../plan/template/parse.ts';
import { renderTemplate } from '../plan/template/render.ts';
import { LynceusError } from '../../errors.ts';
import { inertText } from '../plan/inert-text.ts';
import { plainLine } from '../quoted.ts';
import { versionText } from '../presence.ts';

export interface RequestTitleInput {
  /** Template of the title, of the data of a commit message and `.Version`; `undefined` for the message's first line. */
  readonly template: string | undefined;
  /** Text of a commit for all of the changes. */
  readonly message: string;
  readonly changes: readonly PlannedChange[];
  /** Longest title, in characters. */
  readonly limit: number;
  /** What the template may cost; the defaults unless given. */
  readonly templateLimits?: TemplateLimits | undefined;
}

/**
 * Title of a request: by the template, else the first line of the commit message with what it becomes, unless that is in
 * the line: `update shop to 1.1.0`, `update shop: acme/api 1.1.0, acme/web 2.0.0`. A template that fails on real changes,
 * costs too much or leaves nothing counts as none.
 */
export function requestTitle(input: RequestTitleInput): string {
  const { template, message, changes, limit } = input;
  const byTemplate = template === undefined ? '' : rendered(template, input);
  if (byTemplate !== '') return cut(byTemplate, limit);
  const [line = ''] = message.split('\n');
  const first = line.trim() === '' ? 'update images' : line.trim();
  const versions = versionsOf(changes);
  if (versions.every(({ version }) => first.includes(version))) return cut(first, limit);
  const [only] = versions;
  const isOne = new Set(versions.map(({ version }) => version)).size === 1;
  const end = isOne ? ` to ${only?.version ?? ''}` : `: ${listed(versions)}`;
  return cut(first, Math.max(limit - end.length, 1)) + cut(end, limit - 1);
}

/** Throws `template-invalid` for a template of a title that cannot be read, or fails on an example. */
export function checkTitleTemplate(text: string, limits?: TemplateLimits): void {
  renderTemplate(parseTemplate(text), { ...fullCommitData(), Version: '1.0.1' }, limits);
}

function rendered(
  template: string,
  { changes, templateLimits = DEFAULT_TEMPLATE_LIMITS }: RequestTitleInput,
): string {
  try {
    const versions = versionsOf(changes);
    const isOne = new Set(versions.map(({ version }) => version)).size === 1;
    const Version = isOne ? (versions[0]?.version ?? '') : listed(versions);
    const data = { ...commitMessageData(changes), Version };
    const limits = limitsForChanges(templateLimits, changes.length);
    const text = renderTemplate(parseTemplate(template), data, limits);
    return plainLine(text).trim();
  } catch (thrown) {
    if (thrown instanceof LynceusError && thrown.code === 'template-invalid') return '';
    throw thrown;
  }
}

interface ImageVersion {
  readonly name: string;
  readonly version: string;
}

/** What each image becomes, once. */
function versionsOf(changes: readonly PlannedChange[]): readonly ImageVersion[] {
  const found = new Map<string, ImageVersion>();
  for (const { image, to } of changes) {
    const version = inertText(shortVersion(versionText(to) ?? ''));
    if (version !== '')
      found.set(joinKey(image.registry, image.name, version), { name: inertText(image.name), version });
  }
  return [...found.values()];
}

/** `latest@sha256:7aa7a5359173`: a whole digest would leave no room for anything else. */
function shortVersion(text: string): string {
  return text.replace(/(sha\d+:[0-9a-f]{12})[0-9a-f]+$/, '$1').replace(/^@/, '');
}

const MOST_LISTED = 3;

function listed(versions: readonly ImageVersion[]): string {
  const names = versions.slice(0, MOST_LISTED).map(({ name, version }) => `${name} ${version}`);
  const more = versions.length - MOST_LISTED;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, Math.max(longest - 1, 0))}…`;
}
