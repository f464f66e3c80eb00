import type { PlannedChange } from '../change.ts';
import { plainLine } from '../quoted.ts';
import { squashMessage } from './squash-message.ts';
import { markedChange, markerOf, markerText, type RequestMarker } from './marker.ts';

export interface RequestText {
  readonly title: string;
  readonly body: string;
  readonly marker: RequestMarker;
  /** For the commit of a squash; `undefined` for what the host makes of it. */
  readonly squash: string | undefined;
}

export interface DescribeRequestInput {
  readonly group: string;
  /** Text of a commit for all of the changes. */
  readonly message: string;
  /** What stands above the table, in Markdown; absent: the message without its first line. */
  readonly text?: string;
  /** Absent: the first line of the message. */
  readonly title?: string;
  readonly changes: readonly PlannedChange[];
  /** Messages of the commits that are proposed. */
  readonly commits?: readonly string[];
  /** Longest title and body, in characters. */
  readonly limits: { readonly title: number; readonly body: number };
}

/**
 * Title and body of a request: the title, then the message without its first line, a table of the changes and
 * the marker. What is too long is cut, the table row by row; the marker stays.
 */
export function describeRequest({
  group,
  message,
  text: markdown,
  title,
  changes,
  commits = [],
  limits,
}: DescribeRequestInput): RequestText {
  const [first = '', ...rest] = message.split('\n');
  const marker = markerOf(group, changes);
  const mark = markerText(marker, Math.floor(limits.body / 2));
  const room = limits.body - mark.length - 2;
  const text = harmless(markdown ?? rest.join('\n')).trim();
  const parts = [text.slice(0, Math.floor(room / 2)), tableOf(changes, Math.floor(room / 2) - 4)];
  return {
    title: cut(title ?? (first.trim() === '' ? 'update images' : first.trim()), limits.title),
    body: [...parts.filter((part) => part !== ''), mark].join('\n\n'),
    marker,
    squash: squashMessage(message, commits),
  };
}

/** The body of a request that we close, marked so that its changes do not count as refused. */
export function withdrawnBody(body: string, marker: RequestMarker, limit: number): string {
  return bodyWithMarker(body, { ...marker, withdrawn: true }, limit);
}

/** A body with another marker in place of its own. */
export function bodyWithMarker(body: string, marker: RequestMarker, limit: number): string {
  const mark = markerText(marker, Math.floor(limit / 2));
  const begin = body.lastIndexOf('<!-- lynceus ');
  const text = begin < 0 ? body : body.slice(0, begin);
  return `${text.slice(0, limit - mark.length - 2).trimEnd()}\n\n${mark}`;
}

/** Messages may hold labels of images, which are foreign text: their HTML comments must not be read as our marker. */
function harmless(text: string): string {
  return text.replaceAll('<!--', '<!- -');
}

function tableOf(changes: readonly PlannedChange[], room: number): string {
  const lines = ['| Application | Image | From | To |', '| --- | --- | --- | --- |'];
  const rows = changes.map(markedChange).map(({ application, image, from, to }) => {
    const cells = [application.replace(/^\//, ''), image, from, to].map(cell);
    return `| ${cells.join(' | ')} |`;
  });
  let length = lines.join('\n').length;
  for (const [index, row] of rows.entries()) {
    length += row.length + 1;
    if (length > room - 30) {
      lines.push('', `… and ${rows.length - index} more`);
      break;
    }
    lines.push(row);
  }
  return lines.join('\n');
}

const LONGEST_CELL = 200;

/** In back quotes, so that hosts make neither links nor mentions of it. */
function cell(text: string): string {
  return text === ''
    ? '–'
    : `\`${plainLine(text)
        .replaceAll(/[`|\\]/g, ' ')
        .slice(0, LONGEST_CELL)}\``;
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
