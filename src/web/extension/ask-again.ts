import type { ArgoCdPage } from './argo-cd.ts';

type Page = Pick<ArgoCdPage, 'document' | 'setTimeout' | 'clearTimeout'>;

export interface AskAgainOptions {
  /** Whether it went well; must not reject unless `signal` aborts. */
  readonly ask: (signal: AbortSignal) => Promise<boolean>;
  /** Milliseconds from one answer to the next question. */
  readonly every: number;
}

/** After failures it is asked less often, up to this. */
const LONGEST_WAIT = 60_000;

/**
 * Asks at once, and then again and again while somebody can see the page. Returns how to end it: then a question that is on its way
 * is given up.
 */
export function askAgain(page: Page, { ask, every }: AskAgainOptions): () => void {
  const over = new AbortController();
  let timer: number | undefined;
  let failures = 0;
  let isAsking = false;

  async function askNow(): Promise<void> {
    isAsking = true;
    const went = await ask(over.signal).catch(() => false);
    isAsking = false;
    if (over.signal.aborted) return;
    failures = went ? 0 : failures + 1;
    if (!page.document.hidden) timer = page.setTimeout(begin, waitAfter(every, failures));
  }

  function begin(): void {
    timer = undefined;
    if (!isAsking) void askNow();
  }

  function onVisibility(): void {
    if (timer !== undefined) page.clearTimeout(timer);
    timer = undefined;
    if (!page.document.hidden) begin();
  }

  page.document.addEventListener('visibilitychange', onVisibility);
  begin();
  return () => {
    over.abort();
    page.document.removeEventListener('visibilitychange', onVisibility);
    if (timer !== undefined) page.clearTimeout(timer);
  };
}

/** Twice as long after each failure. */
export function waitAfter(every: number, failures: number): number {
  return Math.max(every, Math.min(LONGEST_WAIT, every * 2 ** Math.min(failures, 10)));
}
