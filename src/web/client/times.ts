import { relativeTime } from '../relative-time.ts';

/** Says all times anew, relative to now. */
export function renewTimes(root: ParentNode = document): void {
  for (const element of root.querySelectorAll<HTMLTimeElement>('time[datetime]')) {
    const text = relativeTime(Date.parse(element.dateTime), Date.now());
    if (element.textContent !== text) element.textContent = text;
  }
}

/** Keeps them right while somebody looks. */
export function keepTimes(): void {
  setInterval(() => {
    if (!document.hidden) renewTimes();
  }, 1_000);
}
