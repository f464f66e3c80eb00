import { relativeTime, spanText } from '../relative-time.ts';

/** How much the clock of the server is ahead of the one here, in milliseconds. */
let ahead = 0;

/** Takes the time from a page that has just been made. */
export function takeTimeOf(page: Document): void {
  const now = Number(page.body.dataset['now']);
  if (now > 0) ahead = now - Date.now();
}

/** Says all times anew, relative to now. */
export function renewTimes(root: ParentNode = document): void {
  const now = Date.now() + ahead;
  for (const element of root.querySelectorAll<HTMLTimeElement>('time[datetime]')) {
    const at = Date.parse(element.dateTime);
    const text = element.hasAttribute('data-span') ? spanText(now - at) : relativeTime(at, now);
    if (element.textContent !== text) element.textContent = text;
  }
}

/** Keeps them right while somebody looks. */
export function keepTimes(): void {
  takeTimeOf(document);
  setInterval(() => {
    if (!document.hidden) renewTimes();
  }, 1_000);
}
