/** How a host keeps in the title of a request whether it is a draft. */
export interface DraftTitle {
  /** The title of a draft, cut to the longest. */
  mark(title: string): string;
  strip(title: string): string;
  /** Marked when the title before is: people decide when a draft is ready. */
  keepMark(title: string, before: string): string;
}

export function createDraftTitle(prefix: string, pattern: RegExp, longest: number): DraftTitle {
  const mark = (title: string) => `${prefix}${title}`.slice(0, longest);
  return {
    mark,
    strip: (title) => title.replace(pattern, ''),
    keepMark: (title, before) => (pattern.test(before) ? mark(title) : title),
  };
}
