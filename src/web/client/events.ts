import type { PageLoader } from './load-page.ts';

const EVENTS = '/api/v1/events';
/** The least time from one renewal to the next, in milliseconds: a batch of images is one. */
const PAUSE = 250;
/** When to try again after the stream was refused; a cut one is opened again by the browser itself. */
const RETRY = 5_000;

/** Renews the page when something that it shows has changed, and says whether it would hear of it. */
export function followEvents(loader: PageLoader): void {
  const connection = document.querySelector('#connection');
  let isDue = false;
  let isRunning = false;

  function say(text: string, isCut: boolean): void {
    if (connection === null || connection.textContent === text) return;
    connection.textContent = text;
    connection.classList.toggle('is-cut', isCut);
  }

  async function renew(): Promise<void> {
    isDue = true;
    if (isRunning || document.hidden) return;
    isRunning = true;
    while (isDue && !document.hidden) {
      isDue = false;
      await loader.renew();
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    isRunning = false;
  }

  function open(): void {
    const source = new EventSource(EVENTS);
    source.addEventListener('open', () => say('Live', false));
    source.addEventListener('status', (event: MessageEvent<unknown>) => {
      if (concerns(event.data)) void renew();
    });
    source.addEventListener('error', () => {
      say('Disconnected; trying again', true);
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(open, RETRY);
    });
    addEventListener('pagehide', () => source.close(), { once: true });
  }

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && isDue) void renew();
  });
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    open();
    void renew();
  });
  open();
}

/** What an event says; docs/status.md describes it. */
interface StatusEvent {
  readonly revision?: unknown;
  readonly imageIds?: unknown;
  readonly more?: unknown;
}

/** Whether the page shows something else than what is so now. A page of one image shows that image; the others show sums of all. */
function concerns(data: unknown): boolean {
  const { revision, imageIds, more } = parseEvent(data);
  if (revision === document.body.dataset['revision']) return false;
  const shown = document.querySelector('[data-image]')?.getAttribute('data-image');
  const isOfOthers = Array.isArray(imageIds) && imageIds.length > 0 && !imageIds.includes(shown);
  return shown === null || shown === undefined || more === true || !isOfOthers;
}

function parseEvent(data: unknown): StatusEvent {
  try {
    const event: unknown = JSON.parse(String(data));
    return typeof event === 'object' && event !== null ? event : {};
  } catch {
    return {};
  }
}
