import type { PageLoader } from './load-page.ts';

/** How long nobody has typed before the list follows, in milliseconds. */
const PAUSE = 180;

/** Search, filters, order and parts of a list without leaving the page; addresses are those that they have without a script. */
export function followFilters(loader: PageLoader): void {
  let typed: ReturnType<typeof setTimeout> | undefined;

  async function go(address: string, history: 'push' | 'replace' | 'none'): Promise<void> {
    if (history === 'push') window.history.pushState(null, '', address);
    if (history === 'replace') window.history.replaceState(null, '', address);
    document.querySelector('#rows')?.setAttribute('aria-busy', 'true');
    if (!(await loader.show(address)) && address === location.pathname + location.search)
      document.querySelector('#rows')?.removeAttribute('aria-busy');
  }

  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.id !== 'filter') return;
    event.preventDefault();
    clearTimeout(typed);
    void go(addressOf(form), 'push');
  });
  document.addEventListener('input', (event) => {
    const field = event.target;
    const form = field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.form : null;
    if (form?.id !== 'filter') return;
    clearTimeout(typed);
    // One word is one entry of the history, however many letters it has.
    typed = setTimeout(() => void go(addressOf(form), 'replace'), PAUSE);
  });
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[data-list]') : null;
    if (!(link instanceof HTMLAnchorElement) || !isPlain(event)) return;
    if (link.pathname !== location.pathname) return;
    event.preventDefault();
    const isPart = link.closest('.pager') !== null;
    void go(link.pathname + link.search, 'push').then(() => {
      if (isPart) document.querySelector('#rows')?.scrollIntoView();
    });
  });
  addEventListener('popstate', () => void go(location.pathname + location.search, 'none'));
}

function isPlain({ button, ctrlKey, metaKey, shiftKey, altKey }: MouseEvent): boolean {
  return button === 0 && !ctrlKey && !metaKey && !shiftKey && !altKey;
}

/** What the browser would ask for, without fields that are empty or say what is so anyway. */
function addressOf(form: HTMLFormElement): string {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const field = form.elements.namedItem(name);
    const isUsual = field instanceof HTMLSelectElement && field.selectedIndex === 0;
    if (typeof value === 'string' && value.trim() !== '' && !isUsual) query.append(name, value.trim());
  }
  const text = query.toString();
  const path = new URL(form.action).pathname;
  return text === '' ? path : `${path}?${text}`;
}
