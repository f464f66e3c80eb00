import { asLynceusError, LynceusError } from '../../errors.ts';
import { DEFAULT_TEMPLATE_LIMITS, type TemplateLimits } from '../plan/template/meter.ts';
import { parseTemplate } from '../plan/template/parse.ts';
import { renderPieces, type TemplatePiece } from '../plan/template/render.ts';
import { DEFAULT_TEXT, DEFAULT_TITLES } from './default-notice-texts.ts';
import { EXAMPLE_NOTICE } from './example-notice.ts';
import type { Notice } from './notice.ts';
import type { NoticeKind } from './notice-kind.ts';
import type { NoticeTexts } from './notice-route.ts';
import { noticeData, type LinkMark } from './notice-data.ts';

/** How a service marks up text; see `MarkupRules` of its port. */
export interface NoticeMarkup {
  escape(text: string): string;
  link(text: string, url: string): string;
  readonly most: number;
}

/** Templates of the configuration by kind; of several for a kind the first counts. */
export interface NoticeTemplate extends NoticeTexts {
  /** Empty means all. */
  readonly kinds: readonly NoticeKind[];
}

export interface RenderNoticeOptions {
  /** Those of the route. */
  readonly texts: NoticeTexts;
  readonly templates: readonly NoticeTemplate[];
  readonly limits?: TemplateLimits;
  /** A template that failed on this notice; the default was taken. */
  readonly onFault: (error: LynceusError) => void;
}

export interface RenderedNotice {
  readonly title: string;
  readonly text: string;
}

const LONGEST_TITLE = 200;
/** One value may have so little of a text, escaped, that others have room too. */
const SHARE_OF_VALUE = 3;

/**
 * Title and text of a notice for one service. What a template itself says is mark-up of the administrator; what it prints of the notice is
 * escaped by the service. A template that fails is left for the default.
 */
export function renderNotice(
  notice: Notice,
  markup: NoticeMarkup,
  { texts, templates, limits = DEFAULT_TEMPLATE_LIMITS, onFault }: RenderNoticeOptions,
): RenderedNotice {
  const own = templates.find(({ kinds }) => kinds.length === 0 || kinds.includes(notice.kind));
  const render = (most: number, fallback: string, template = fallback): string => {
    const room = { markup, limits, most };
    try {
      const text = renderOne(template, notice, room);
      if (text === CUT)
        throw new LynceusError('template-invalid', `it begins with more than ${most} characters`);
      if (text.trim() !== '') return text;
    } catch (thrown) {
      onFault(asLynceusError(thrown));
    }
    return renderOne(fallback, notice, room);
  };
  const title = render(
    Math.min(LONGEST_TITLE, markup.most),
    DEFAULT_TITLES[notice.kind],
    texts.title ?? own?.title,
  );
  return {
    title: title.replaceAll(/\s+/g, ' ').trim(),
    text: render(markup.most, DEFAULT_TEXT, texts.text ?? own?.text).trim(),
  };
}

/** What is wrong with a template of a notice: it cannot be read, or fails on a notice that has everything. */
export function noticeTemplateFault(text: string, limits?: TemplateLimits): string | undefined {
  try {
    const { data } = noticeData(EXAMPLE_NOTICE);
    renderPieces(parseTemplate(text), data, limits);
    return undefined;
  } catch (thrown) {
    return asLynceusError(thrown).message;
  }
}

function renderOne(
  template: string,
  notice: Notice,
  {
    markup,
    limits,
    most,
  }: { readonly markup: NoticeMarkup; readonly limits: TemplateLimits; readonly most: number },
): string {
  const { data, links } = noticeData(notice, Math.floor(most / SHARE_OF_VALUE));
  const pieces = renderPieces(parseTemplate(template), data, limits);
  return withinLimit(
    pieces.flatMap((piece) => shown(piece, links, markup)),
    { markup, most },
  );
}

/** A part of a text as it is sent. */
interface ShownPart {
  readonly text: string;
  /** What it shows, before it was escaped: that can be cut. */
  readonly value?: string;
}

function shown(
  { text, isValue }: TemplatePiece,
  links: readonly LinkMark[],
  markup: NoticeMarkup,
): readonly ShownPart[] {
  if (!isValue) return [{ text }];
  const found = links.find(({ mark }) => text.includes(mark));
  if (found === undefined) return [{ text: markup.escape(text), value: text }];
  const at = text.indexOf(found.mark);
  const [before, after] = [text.slice(0, at), text.slice(at + found.mark.length)];
  return [
    ...shown({ text: before, isValue }, links, markup),
    ...(/\S\s+$/.test(before) ? [SPACE] : []),
    { text: markup.link(found.text, found.url), value: found.text },
    ...(/^\s+\S/.test(after) ? [SPACE] : []),
    ...shown({ text: after, isValue }, links, markup),
  ];
}

/** Services leave out what is before and after a value: beside a link it keeps words apart. */
const SPACE: ShownPart = { text: ' ' };
const CUT = '…';

/** What is too long ends after a whole part, or within a value before it is escaped, so that no mark-up is cut in two. */
function withinLimit(
  parts: readonly ShownPart[],
  { markup, most }: { readonly markup: NoticeMarkup; readonly most: number },
): string {
  let text = '';
  for (const { text: whole, value = '' } of parts) {
    const room = most - CUT.length - text.length;
    if (whole.length > room) return `${text}${beginningOf(value, room, markup)}${CUT}`;
    text += whole;
  }
  return text;
}

/** As much of a value as has room when it is escaped. */
function beginningOf(value: string, room: number, markup: NoticeMarkup): string {
  let length = Math.min(value.length, room);
  while (length > 0) {
    const escaped = markup.escape(value.slice(0, length));
    if (escaped.length <= room) return escaped;
    length = Math.min(length - 1, Math.floor((length * room) / escaped.length));
  }
  return '';
}
