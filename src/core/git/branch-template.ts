import { createHash } from 'node:crypto';
import { LynceusError } from '../../errors.ts';
import type { PlannedChange } from '../change.ts';
import { quoted } from '../quoted.ts';
import { shownVersions } from '../plan/commit-message.ts';
import { exampleChanges } from '../plan/check-message-template.ts';
import {
  DEFAULT_TEMPLATE_LIMITS,
  limitsForChanges,
  TemplateExcess,
  type TemplateLimits,
} from '../plan/template/meter.ts';
import { parseTemplate } from '../plan/template/parse.ts';
import { renderTemplate } from '../plan/template/render.ts';
import type { TemplateRecord } from '../plan/template/values.ts';
import { isBranchName, isBranchTemplate, nearestBranchName } from './branch-name.ts';
import type { GitRemote } from './remote.ts';

/** The file that is written, for `.TargetKey`. */
export interface BranchTarget {
  readonly remote: GitRemote;
  /** Base branch. */
  readonly base: string;
  /** File or folder that is written, from the root of the work tree. */
  readonly path: string;
}

export interface BranchNaming {
  readonly target?: BranchTarget | undefined;
  readonly limits?: TemplateLimits;
}

/** The longest result that is still shortened to a name; longer text is an error. */
const MAX_RENDERED = 65_536;

/**
 * The name of the branch to push, from the second part of `git-branch`. Text without `{{` is used as it is and must be a
 * valid name. The result of a template is turned into one (git-check-ref-format): `acme/api:1.4.2` becomes
 * `acme/api-1.4.2`, and a name that is too long is cut and ends in eight digits of the SHA-256 of the whole. The same
 * changes always give the same name. Throws `template-invalid`, also when nothing is left, or only what Git reserves.
 */
export function renderBranchName(
  templateText: string,
  changes: readonly PlannedChange[],
  { target, limits = DEFAULT_TEMPLATE_LIMITS }: BranchNaming = {},
): string {
  if (!isBranchTemplate(templateText)) return plainName(templateText);
  const rendered = render(
    templateText,
    branchNameData(changes, target),
    limitsForChanges(limits, changes.length),
  );
  const name = rendered.length > MAX_RENDERED ? '' : nearestBranchName(rendered);
  if (name !== '') return name;
  throw invalid(
    `the branch template ${quoted(templateText)} renders to no usable name: ${quoted(rendered.slice(0, 100))}`,
  );
}

function render(templateText: string, data: TemplateRecord, limits: TemplateLimits): string {
  try {
    return renderTemplate(parseTemplate(templateText), data, limits);
  } catch (thrown) {
    if (!(thrown instanceof LynceusError)) throw thrown;
    const { code, message, hint } = thrown;
    const named = `the branch template ${quoted(templateText)}: ${message}`;
    throw new LynceusError(code, named, { cause: thrown.cause, hint });
  }
}

/**
 * What is wrong with a branch template that costs too much whatever changes: it goes beyond the limits for an example.
 * Other faults may come of the example, so they show when the name is rendered.
 */
export function branchTemplateExcess(
  templateText: string,
  limits: TemplateLimits | undefined,
): LynceusError | undefined {
  try {
    renderTemplate(parseTemplate(templateText), branchNameData(exampleChanges(), undefined), limits);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof LynceusError)) throw thrown;
    return thrown.cause instanceof TemplateExcess ? thrown : undefined;
  }
}

/**
 * The data of a branch template. `.SHA256` is the hash of `<name>-<old>-<new>,` of every change in order, as
 * Argo CD Image Updater computes it; `.TargetKey` has eight digits that differ for different files.
 */
export function branchNameData(
  changes: readonly PlannedChange[],
  target: BranchTarget | undefined,
): TemplateRecord {
  const images = changes.map(({ image, alias, ...change }) => ({
    Name: image.name,
    Alias: alias,
    ...shownVersions(change),
  }));
  const names = [...new Set(changes.map(({ application }) => application.name))];
  const namespaces = new Set(changes.map(({ application }) => application.namespace));
  const [first = ''] = names;
  return {
    Images: images,
    SHA256: sha256(images.map(({ Name, OldTag, NewTag }) => `${Name}-${OldTag}-${NewTag},`).join('')),
    AppName: names.length > 1 ? `${first}-and-${names.length - 1}-more` : first,
    AppNamespace: namespaces.size === 1 ? [...namespaces].join('') : '',
    TargetKey: sha256(targetText(changes, target)).slice(0, 8),
  };
}

/** Without a known file, the Applications are used. */
function targetText(changes: readonly PlannedChange[], target: BranchTarget | undefined): string {
  if (target !== undefined) return `${target.remote.key}|${target.base}|${target.path}`;
  const owners = changes.map(({ application }) => `${application.namespace}/${application.name}`);
  return [...new Set(owners)].toSorted().join('|');
}

function plainName(text: string): string {
  const name = text.trim();
  if (isBranchName(name)) return name;
  throw invalid(`${quoted(text)} is no valid branch name; ${quoted(nearestBranchName(text))} would be one`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function invalid(message: string): LynceusError {
  return new LynceusError('template-invalid', message, {
    hint: 'docs/templates.md lists what a branch name may contain',
  });
}
