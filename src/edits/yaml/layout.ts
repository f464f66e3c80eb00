import { isMap, isNode, isPair, isSeq, type Node } from 'yaml';
import type { Layout } from './new-content.ts';
import type { Source } from './source.ts';

/** What a file without an example of its own gets: the form in which Argo CD Image Updater writes. */
const USUAL: Layout = { step: 2, dash: 0, gap: 2 };

/** Sane widths; what is wider is an accident and no style. */
const WIDEST = 8;

interface Census {
  readonly step: Map<number, number>;
  readonly dash: Map<number, number>;
  readonly gap: Map<number, number>;
}

/** The columns that the file itself uses most; the earlier one where two are used as often. */
export function layoutOf(source: Source): Layout {
  const census: Census = { step: new Map(), dash: new Map(), gap: new Map() };
  if (source.root !== undefined) count(census, source.root);
  return {
    step: mostFrequent(census.step) ?? USUAL.step,
    dash: mostFrequent(census.dash) ?? USUAL.dash,
    gap: mostFrequent(census.gap) ?? USUAL.gap,
  };
}

function count(census: Census, node: Node): void {
  if (!isMap(node) && !isSeq(node)) return;
  const indent = blockIndentOf(node);
  for (const item of node.items) {
    const child = isPair(item) ? item.value : item;
    if (!isNode(child)) continue;
    const below = blockIndentOf(child);
    if (indent !== undefined && below !== undefined) note(census, { node, child, columns: below - indent });
    count(census, child);
  }
}

function note(
  census: Census,
  found: { readonly node: Node; readonly child: Node; readonly columns: number },
): void {
  const { node, child, columns } = found;
  if (columns > WIDEST) return;
  if (isSeq(node) && columns >= 2) tally(census.gap, columns);
  if (isMap(node) && isSeq(child) && columns >= 0) tally(census.dash, columns);
  if (isMap(node) && isMap(child) && columns >= 1) tally(census.step, columns);
}

function tally(counts: Map<number, number>, columns: number): void {
  counts.set(columns, (counts.get(columns) ?? 0) + 1);
}

function mostFrequent(counts: ReadonlyMap<number, number>): number | undefined {
  const most = Math.max(...counts.values());
  return [...counts].find(([, times]) => times === most)?.[0];
}

/** Column at which the entries of a block collection begin; `undefined` for everything else. */
export function blockIndentOf(node: Node | undefined): number | undefined {
  const token = node?.srcToken;
  return token?.type === 'block-map' || token?.type === 'block-seq' ? token.indent : undefined;
}
