import { morph } from './morph.ts';
import { renewTimes, takeTimeOf } from './times.ts';

export interface PageLoader {
  /** Shows the page at this address in place of the present one, without leaving it. `false` when that could not be. */
  show(address: string): Promise<boolean>;
  /** Shows what the present address has now. `false` when it could not be had. */
  renew(): Promise<boolean>;
}

/** How long an answer may take, in milliseconds. */
const LONGEST_WAIT = 20_000;

/** Fetches pages as the server makes them, and puts them in the place of the one that is shown. The last one asked for counts. */
export function createPageLoader(): PageLoader {
  let asked = new AbortController();

  async function load(address: string): Promise<Document | undefined> {
    asked.abort();
    asked = new AbortController();
    const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(LONGEST_WAIT)]);
    const response = await fetch(address, { signal, headers: { Accept: 'text/html' } });
    const isPage = response.headers.get('Content-Type')?.startsWith('text/html') === true;
    if (!isPage || response.status >= 500) return undefined;
    const text = await response.text();
    if (signal.aborted) return undefined;
    return new DOMParser().parseFromString(text, 'text/html');
  }

  async function place(address: string): Promise<boolean> {
    const page = await load(address).catch(() => undefined);
    if (page === undefined) return false;
    putInPlace(page);
    return true;
  }

  return {
    show: place,
    renew: () => place(location.href),
  };
}

function putInPlace(page: Document): void {
  takeTimeOf(page);
  renewTimes(page);
  const focused = document.activeElement;
  const changed = [...morph(document.body, page.body)];
  document.title = page.title;
  if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected)
    focused.focus({ preventScroll: true });
  for (const element of changed) {
    element.classList.add('changed');
    element.addEventListener('animationend', () => element.classList.remove('changed'), { once: true });
  }
  announce(changed.length);
}

/** To those who do not see it. */
function announce(count: number): void {
  const place = document.querySelector('#announcement');
  if (place === null || count === 0) return;
  place.textContent = count === 1 ? 'One image has changed.' : `${count} images have changed.`;
}
