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
  let wasCut = false;

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
    source.addEventListener('open', () => {
      say('Live', false);
      // What happened meanwhile was not heard of.
      if (wasCut) void renew();
      wasCut = false;
    });
    source.addEventListener('status', (event: MessageEvent<unknown>) => {
      if (concerns(event.data)) void renew();
    });
    source.addEventListener('error', () => {
      wasCut = true;
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

/** Whether the page shows any of the images that changed. Each other page shows sums of all. */
function concerns(data: unknown): boolean {
  const shown = document.querySelector('[data-image]')?.getAttribute('data-image');
  if (shown === null || shown === undefined) return true;
  const ids = idsOf(data);
  return ids.length === 0 || ids.includes(shown);
}

function idsOf(data: unknown): readonly unknown[] {
  try {
    const event: unknown = JSON.parse(String(data));
    if (typeof event !== 'object' || event === null || !('imageIds' in event)) return [];
    return Array.isArray(event.imageIds) ? event.imageIds : [];
  } catch {
    return [];
  }
}
