import type { Child, CreateElement, ReactElement } from './react.ts';
import { foreignText } from '../foreign-text.ts';
import { linkAddress } from './text.ts';

/** What text of others is shown by. */
export interface View {
  readonly h: CreateElement;
  /** In a direction of its own, so that it cannot reorder what stands around it. */
  readonly foreign: (text: string, longest?: number) => ReactElement;
  readonly code: (text: string, longest?: number) => ReactElement;
  /** A link where it is a page of the web, else just the text. */
  readonly link: (address: string | undefined, text: string) => ReactElement;
  readonly time: (at: number) => ReactElement;
  readonly list: (items: readonly Child[]) => ReactElement;
}

export function createView(h: CreateElement): View {
  const foreign = (text: string, longest?: number): ReactElement =>
    h('bdi', null, foreignText(text, longest));
  return {
    h,
    foreign,
    code: (text, longest) => h('code', null, foreign(text, longest)),
    link(address, text) {
      const href = linkAddress(address);
      if (href === undefined) return foreign(text, LINK_TEXT);
      return h(
        'a',
        { href, target: '_blank', rel: 'noopener noreferrer' },
        foreign(text, LINK_TEXT),
        h('span', { className: 'lynceus-images__unseen' }, ' (opens a new tab)'),
      );
    },
    time(at) {
      const date = new Date(at);
      // An instant that no calendar has is shown as what it is.
      if (Number.isNaN(date.getTime())) return h('span', null, String(at));
      const instant = date.toISOString();
      return h('time', { dateTime: instant, title: instant }, date.toLocaleString());
    },
    list: (items) => h('ul', null, ...items.map((item) => h('li', null, item))),
  };
}

const LINK_TEXT = 120;
