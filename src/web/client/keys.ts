/** What can be gone through row by row. */
const ROWS = 'a.row, .timeline .line a[href^="/images/"], .stage a';

/** Keys as docs/status.md lists them; none of them does anything while somebody writes. */
export function followKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { target } = event;
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) {
      if (event.key === 'Escape') target.blur();
      return;
    }
    if (document.querySelector('dialog[open]') !== null) return;
    if (act(event.key)) event.preventDefault();
  });
  document.querySelector('#help-button')?.addEventListener('click', openHelp);
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('[data-copies]') : null;
    if (button !== null) void copy(button);
  });
}

/** Whether the key means something here. */
function act(key: string): boolean {
  switch (key) {
    case '/':
      return focusSearch();
    case '?':
      openHelp();
      return true;
    case 'j':
      return move(1);
    case 'k':
      return move(-1);
    // Arrows scroll, unless a row is chosen already.
    case 'ArrowDown':
      return isAtRow() && move(1);
    case 'ArrowUp':
      return isAtRow() && move(-1);
    default:
      return false;
  }
}

function focusSearch(): boolean {
  const search = document.querySelector<HTMLInputElement>('#search');
  search?.focus();
  search?.select();
  return search !== null;
}

function isAtRow(): boolean {
  return document.activeElement?.matches(ROWS) === true;
}

function move(by: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>(ROWS)];
  const { activeElement } = document;
  const at = rows.findIndex((row) => row === activeElement);
  const next = rows[at < 0 ? 0 : at + by];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
  return next !== undefined;
}

function openHelp(): void {
  const dialog = document.querySelector('#help');
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

async function copy(button: Element): Promise<void> {
  const text = document.getElementById(button.getAttribute('data-copies') ?? '')?.textContent ?? '';
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    // Browsers let pages write there over HTTPS and on this machine only.
    button.textContent = 'Select it and copy';
  }
}
