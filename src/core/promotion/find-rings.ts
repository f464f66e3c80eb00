/**
 * The groups of nodes that lead back to themselves, each with all that are on a way round (strongly connected components, Tarjan 1972,
 * without recursion). A node with a link to itself is a group of one.
 */
export function findRings<Node>(links: ReadonlyMap<Node, readonly Node[]>): readonly (readonly Node[])[] {
  const order = new Map<Node, number>();
  const lowest = new Map<Node, number>();
  const open: Node[] = [];
  const isOpen = new Set<Node>();
  const rings: Node[][] = [];

  for (const start of links.keys()) if (!order.has(start)) visit(start);
  return rings;

  function visit(start: Node): void {
    const way = [enter(start)];
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const { node, ends } = top;
      const next = ends[top.at];
      top.at += 1;
      if (next === undefined) {
        way.pop();
        const above = way.at(-1);
        if (above !== undefined) sink(above.node, lowest.get(node));
        if (lowest.get(node) === order.get(node)) close(node);
      } else if (!order.has(next)) way.push(enter(next));
      else if (isOpen.has(next)) sink(node, order.get(next));
    }
  }

  function enter(node: Node): { readonly node: Node; readonly ends: readonly Node[]; at: number } {
    order.set(node, order.size);
    lowest.set(node, order.size - 1);
    open.push(node);
    isOpen.add(node);
    return { node, ends: links.get(node) ?? [], at: 0 };
  }

  function sink(node: Node, to = 0): void {
    lowest.set(node, Math.min(lowest.get(node) ?? to, to));
  }

  function close(node: Node): void {
    const group = open.splice(open.indexOf(node));
    for (const one of group) isOpen.delete(one);
    if (group.length > 1 || links.get(node)?.includes(node) === true) rings.push(group);
  }
}
