/** What the browser or its user changed, and no answer of the server undoes. */
const KEPT = '[data-kept]';

/**
 * Makes an element like another one and keeps every node that need not change, so that focus, selection, scroll position and open
 * details stay. Children with a key (`data-key`, or `id`) are the same child wherever they stand. Returns the children whose
 * `data-state` became another one.
 */
export function morph(present: Element, wanted: Element): readonly Element[] {
  const changed: Element[] = [];
  morphElement(present, wanted, changed);
  return changed;
}

function morphElement(present: Element, wanted: Element, changed: Element[]): void {
  if (present.matches(KEPT)) return;
  const before = present.getAttribute('data-state');
  const after = wanted.getAttribute('data-state');
  if (before !== null && after !== null && before !== after) changed.push(present);
  morphAttributes(present, wanted);
  morphChildren(present, wanted, changed);
}

function morphAttributes(present: Element, wanted: Element): void {
  for (const { name } of Array.from(present.attributes)) {
    if (!wanted.hasAttribute(name) && !isOfUser(present, name)) present.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (present.getAttribute(name) !== value && !isOfUser(present, name)) present.setAttribute(name, value);
  }
  if (present instanceof HTMLInputElement && wanted instanceof HTMLInputElement) {
    if (present !== document.activeElement && present.value !== wanted.value) present.value = wanted.value;
  }
  if (present instanceof HTMLOptionElement && wanted instanceof HTMLOptionElement) {
    if (present.selected !== wanted.selected) present.selected = wanted.selected;
  }
}

function isOfUser(element: Element, name: string): boolean {
  return name === 'open' && element instanceof HTMLDetailsElement;
}

function morphChildren(present: Element, wanted: Element, changed: Element[]): void {
  const keyed = new Map<string, Element>();
  for (const child of present.children) {
    const key = keyOf(child);
    if (key !== undefined) keyed.set(key, child);
  }
  const kept = new Set([...wanted.children].flatMap((child) => keyOf(child) ?? []));
  let next = present.firstChild;
  for (const child of Array.from(wanted.childNodes)) {
    // What goes must go first: else all that follows it would be moved, and what is moved loses the focus.
    while (next !== null && isGone(next, kept)) next = removed(next);
    const match = matchFor(child, next, keyed);
    if (match === undefined) {
      present.insertBefore(document.importNode(child, true), next);
    } else if (match === next) {
      next = next.nextSibling;
      morphNode(match, child, changed);
    } else {
      present.insertBefore(match, next);
      morphNode(match, child, changed);
    }
  }
  while (next !== null) next = removed(next);
}

function removed(node: ChildNode): ChildNode | null {
  const next = node.nextSibling;
  node.remove();
  return next;
}

function isGone(node: ChildNode, kept: ReadonlySet<string>): boolean {
  const key = node instanceof Element ? keyOf(node) : undefined;
  return key !== undefined && !kept.has(key);
}

function matchFor(
  child: ChildNode,
  next: ChildNode | null,
  keyed: ReadonlyMap<string, Element>,
): ChildNode | undefined {
  if (!(child instanceof Element))
    return next !== null && next.nodeType === child.nodeType ? next : undefined;
  const key = keyOf(child);
  if (key !== undefined) {
    const match = keyed.get(key);
    return match?.tagName === child.tagName ? match : undefined;
  }
  const isSame = next instanceof Element && next.tagName === child.tagName && keyOf(next) === undefined;
  return isSame ? next : undefined;
}

function morphNode(present: ChildNode, wanted: ChildNode, changed: Element[]): void {
  if (present instanceof Element && wanted instanceof Element) morphElement(present, wanted, changed);
  else if (present.nodeValue !== wanted.nodeValue) present.nodeValue = wanted.nodeValue;
}

function keyOf(element: Element): string | undefined {
  return element.getAttribute('data-key') ?? (element.id === '' ? undefined : element.id);
}
