import { createHash } from 'node:crypto';
import { LynceusError } from '../../errors.ts';
import type { PlannedChange } from '../change.ts';
import { digestOrTag } from './commit-message.ts';
import type { BranchTarget } from './plan.ts';
import { parseTemplate } from './template/parse.ts';
import { renderTemplate } from './template/render.ts';
import type { TemplateRecord } from './template/values.ts';

/** Git keeps a branch in a file of its name and writes that as `<name>.lock` first: 255 less five. */
const MAX_BYTES = 250;

/** What is longer than this is no name with a few words too many. */
const MAX_RENDERED = 65_536;

/**
 * The name of the branch to push, from the second part of `git-branch`. Text without `{{` is meant as it is and must
 * be a valid name. What a template makes is turned into one (git-check-ref-format): `acme/api:1.4.2` becomes
 * `acme/api-1.4.2`, and a name that is too long is cut and ends in eight digits of the SHA-256 of the whole. The same
 * changes always give the same name. Throws `template-invalid` when nothing is left, or only what Git reserves.
 */
export function renderBranchName(
  templateText: string,
  changes: readonly PlannedChange[],
  target?: BranchTarget,
): string {
  if (!templateText.includes('{{')) return plainName(templateText);
  const rendered = renderTemplate(parseTemplate(templateText), branchNameData(changes, target));
  const name = rendered.length > MAX_RENDERED ? '' : shorten(toRefName(rendered));
  if (!RESERVED.has(name)) return name;
  throw invalid(
    `the branch template ${JSON.stringify(templateText)} renders to no usable name: ${JSON.stringify(rendered.slice(0, 100))}`,
  );
}

/**
 * What a branch template can speak of. `.SHA256` is the hash of `<name>-<old>-<new>,` of every change in order, as
 * Argo CD Image Updater computes it; `.TargetKey` tells apart what is written to different files, in eight digits.
 */
export function branchNameData(
  changes: readonly PlannedChange[],
  target: BranchTarget | undefined,
): TemplateRecord {
  const images = changes.map(({ image, alias, before, to }) => ({
    Name: image.name,
    Alias: alias,
    OldTag: digestOrTag(before),
    NewTag: digestOrTag(to),
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

/** Without a known file the Applications stand for it. */
function targetText(changes: readonly PlannedChange[], target: BranchTarget | undefined): string {
  if (target !== undefined) return `${target.remote}|${target.base}|${target.path}`;
  const owners = changes.map(({ application }) => `${application.namespace}/${application.name}`);
  return [...new Set(owners)].toSorted().join('|');
}

const RESERVED: ReadonlySet<string> = new Set(['', '@', 'HEAD']);

function plainName(text: string): string {
  const name = text.trim();
  if (!RESERVED.has(name) && toRefName(name) === name && shorten(name) === name) return name;
  throw invalid(
    `${JSON.stringify(text)} is no valid branch name; ${JSON.stringify(toRefName(name))} would be one`,
  );
}

/** Turns a text into the nearest name that git-check-ref-format takes; it may be empty. */
function toRefName(text: string): string {
  // Each step may lay open what an earlier one forbids: `a.lock.` ends in `.lock` without its dot.
  for (let name = text; ;) {
    const next = name
      .replace(/[\p{Cc}\p{Cs} ~^:?*[\\]+/gu, '-')
      .replace(/\.{2,}/g, '-')
      .replaceAll('@{', '@-{')
      .split('/')
      .map((component) => component.replace(/^\.+|(?:\.lock|\.)+$/g, ''))
      .filter((component) => component !== '')
      .join('/')
      .replace(/^[-/.]+/, '');
    if (next === name) return name;
    name = next;
  }
}

function shorten(name: string): string {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length <= MAX_BYTES) return name;
  const mark = `-${sha256(name).slice(0, 8)}`;
  // A character that is cut through decodes to the replacement character.
  const head = new TextDecoder().decode(bytes.slice(0, MAX_BYTES - mark.length)).replace(/\ufffd$/, '');
  return toRefName(head) + mark;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function invalid(message: string): LynceusError {
  return new LynceusError('template-invalid', message, {
    hint: 'docs/templates.md tells what a branch name may hold',
  });
}
