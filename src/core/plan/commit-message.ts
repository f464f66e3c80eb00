import type { ChosenImage, PlannedChange } from '../change.ts';
import { LynceusError } from '../../errors.ts';
import { applicationKey } from '../identity/application.ts';
import { joinKey } from '../identity/key.ts';
import type { ApplicationId, PresentImage } from '../policy.ts';
import { codeText, inertText } from './inert-text.ts';
import { mentionsField } from './template/mentions.ts';
import { DEFAULT_TEMPLATE_LIMITS, limitsForChanges, type TemplateLimits } from './template/meter.ts';
import { parseTemplate } from './template/parse.ts';
import { renderPieces, renderTemplate, type TemplatePiece } from './template/render.ts';
import type { TemplateRecord } from './template/values.ts';

/** The default message of Argo CD Image Updater. */
export const DEFAULT_COMMIT_TEMPLATE = `build: automatic update of {{ .AppName }}

{{ range .AppChanges -}}
updates image {{ .Image }} tag '{{ .OldTag }}' to '{{ .NewTag }}'
{{ end -}}
`;

export interface MessageOptions {
  readonly limits?: TemplateLimits;
  readonly onFault?: (error: LynceusError) => void;
}

/** How many names are listed before "and N more". */
const MOST_NAMES = 3;

/**
 * The text of a commit, from the text of its template. Throws `template-invalid` when the template cannot be read,
 * which start-up has ruled out. When it can be read but fails on these changes (an unknown field, a position out
 * of range), costs more than the limits allow or leaves nothing, the text is `build: update of application <name>`: a change
 * is never held up by its description. What failed is told to `onFault`.
 */
export function renderCommitMessage(
  templateText: string,
  changes: readonly PlannedChange[],
  { limits = DEFAULT_TEMPLATE_LIMITS, onFault = () => undefined }: MessageOptions = {},
): string {
  const template = parseTemplate(templateText);
  const data = commitMessageData(changes);
  const fallback = `build: update of application ${applicationNames(changes)}\n`;
  try {
    const message = cleanMessage(renderTemplate(template, data, limitsForChanges(limits, changes.length)));
    return message === '' ? fallback : message;
  } catch (error) {
    if (!(error instanceof LynceusError) || error.code !== 'template-invalid') throw error;
    onFault(error);
    return fallback;
  }
}

/**
 * The same for the text of a pull request, in Markdown: what the template printed of the changes is code, and its own text stays as
 * it is. Without its first line, which is the title.
 */
export function renderRequestText(
  templateText: string,
  changes: readonly PlannedChange[],
  { limits = DEFAULT_TEMPLATE_LIMITS }: Pick<MessageOptions, 'limits'> = {},
): string {
  try {
    const template = parseTemplate(templateText);
    const pieces = renderPieces(
      template,
      commitMessageData(changes),
      limitsForChanges(limits, changes.length),
    );
    const text = merged(pieces).map((piece) => (piece.isValue ? codeText(piece.text) : piece.text));
    return cleanMessage(text.join('')).split('\n').slice(1).join('\n');
  } catch (error) {
    if (error instanceof LynceusError && error.code === 'template-invalid') return '';
    throw error;
  }
}

/** Values side by side are one piece: two codes with nothing between them are none. */
function merged(pieces: readonly TemplatePiece[]): readonly TemplatePiece[] {
  const found: TemplatePiece[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    if (piece.text === '') continue;
    if (last?.isValue === piece.isValue) found[found.length - 1] = { ...piece, text: last.text + piece.text };
    else found.push(piece);
  }
  return found;
}

/** Whether a message of this template needs the labels of images. Throws `template-invalid`. */
export function mentionsLabels(templateText: string): boolean {
  return mentionsField(parseTemplate(templateText), 'Labels');
}

/**
 * The data of a commit message template: `.AppName`, `.AppChanges[]` and `.Applications[]`. For a commit that
 * several Applications share, `.AppName` names the first three ("cart, pay, shop and 4 more"), and `.AppChanges`
 * holds a change that is the same for many of them once; `.Applications[].Changes` holds every one. Nothing that hosts act on is
 * in a value: see `inertText`.
 */
export function commitMessageData(changes: readonly PlannedChange[]): TemplateRecord {
  const byApplication = new Map<string, { application: ApplicationId; changes: TemplateRecord[] }>();
  const distinct = new Map<string, TemplateRecord>();
  for (const change of changes) {
    const { application } = change;
    const data = changeData(change);
    const owner = applicationKey(application);
    const group = byApplication.get(owner) ?? { application, changes: [] };
    group.changes.push(data);
    byApplication.set(owner, group);
    const shared = joinKey(change.image.registry, change.image.name, ...Object.values(shownVersions(change)));
    if (!distinct.has(shared)) distinct.set(shared, data);
  }
  const groups = [...byApplication.values()];
  const single = groups.length === 1;
  return {
    AppName: applicationNames(changes),
    // One Application may write an image at two places; Argo CD Image Updater lists both.
    AppChanges: single ? changes.map(changeData) : [...distinct.values()],
    Applications: groups.map(({ application, changes: own }) => ({
      Name: inertText(application.name),
      Namespace: inertText(application.namespace),
      Changes: own,
    })),
  };
}

/**
 * The texts of the version before and after: the digest if there is one, else the tag, `''` when there is neither. Where the
 * digest only pins the tag, it is the other way round.
 */
export function shownVersions({
  before,
  to,
}: {
  readonly before: PresentImage | undefined;
  readonly to: ChosenImage | undefined;
}): { readonly OldTag: string; readonly NewTag: string } {
  const textOf = (version: Pick<PresentImage, 'tag' | 'digest'> | undefined): string => {
    const parts = [version?.digest, version?.tag];
    const [first, second] = to?.pinned === true ? parts.toReversed() : parts;
    return first ?? second ?? '';
  };
  return { OldTag: textOf(before), NewTag: textOf(to) };
}

/** What `lynceus template` renders a template with. */
export const EXAMPLE_COMMIT_DATA: TemplateRecord = exampleData();

function changeData({ image, labels, alias, ...change }: PlannedChange): TemplateRecord {
  const { OldTag, NewTag } = shownVersions(change);
  return {
    Image: inertText(image.name),
    OldTag: inertText(OldTag),
    NewTag: inertText(NewTag),
    Labels: new Map(Object.entries(labels).map(([name, value]) => [inertText(name), inertText(value)])),
    Alias: inertText(alias),
  };
}

function applicationNames(changes: readonly PlannedChange[]): string {
  const distinct = [...new Set(changes.map(({ application }) => inertText(application.name)))];
  const more = distinct.length - MOST_NAMES;
  return distinct.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/**
 * As `git commit` cleans a message that nobody edits (`--cleanup=whitespace`), and without control characters:
 * labels are written by whoever built the image.
 */
function cleanMessage(text: string): string {
  const lines = text
    .replaceAll('\r\n', '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .split('\n')
    .map((line) => line.trimEnd());
  const kept = lines.filter((line, index) => line !== '' || (lines[index - 1] ?? '') !== '');
  while (kept.at(-1) === '') kept.pop();
  return kept.length === 0 ? '' : `${kept.join('\n')}\n`;
}

function exampleData(): TemplateRecord {
  const slot = { kind: 'kustomize', name: 'example', renamed: false } as const;
  const application = { namespace: 'argocd', name: 'example-app' };
  const image = (name: string) => ({ registry: 'gcr.io', name, tag: undefined, digest: undefined });
  const change = (
    name: string,
    before: Omit<PresentImage, 'name'>,
    to: PlannedChange['to'],
  ): PlannedChange => {
    const from = { ...before, name: `gcr.io/${name}` };
    return { application, alias: '', slot, image: image(name), from, before: from, to, labels: {} };
  };
  return commitMessageData([
    change('example/example', { tag: '1.0.0', digest: undefined }, { tag: '1.0.1', digest: undefined }),
    change(
      'example/updater',
      { tag: undefined, digest: 'sha256:01d09d19c2139a46aebfb577780d123d7396e97201bc7ead210a2ebff8239dee' },
      { tag: 'latest', digest: 'sha256:7aa7a5359173d05b63cfd682e3c38487f3cb4f7f1d60659fe59fab1505977d4c' },
    ),
  ]);
}
