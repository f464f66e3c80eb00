import fc from 'fast-check';

/*
 * YAML documents as people write them: text made piece by piece, in every style, with comments, blank lines, odd
 * spacing, both line ends. One scalar of each is the target of an edit, and its exact bytes are known.
 */

export type TargetStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded' | 'empty';

export interface GeneratedDocument {
  /** The text is `prefix + token + suffix`; the token is the target's old scalar, `''` for an empty value. */
  readonly prefix: string;
  readonly token: string;
  readonly suffix: string;
  /** What the token says. */
  readonly old: string;
  /** `k0.k2[1].k0` */
  readonly path: string;
  readonly style: TargetStyle;
}

interface Decoration {
  readonly comment: string | undefined;
  readonly lineAbove: string | undefined;
  readonly spaces: number;
  readonly anchored: boolean;
}

type GeneratedNode = Decoration &
  (
    | { readonly kind: 'leaf'; readonly source: string }
    | { readonly kind: 'alias'; readonly pick: number }
    | { readonly kind: 'map' | 'list'; readonly flow: boolean; readonly children: readonly GeneratedNode[] }
  );

const comment = fc.option(fc.constantFrom('c', ' tag: v1', ' {{ x }}', ' "', '\t|', ' é', ''), {
  nil: undefined,
});
const lineAbove = fc.option(fc.constantFrom('', '# note', '#', '    # far: out', '   '), {
  nil: undefined,
  freq: 3,
});

const decoration = fc.record({
  comment,
  lineAbove,
  spaces: fc.integer({ min: 1, max: 4 }),
  anchored: fc.boolean(),
});

/** Scalars of every style that must not change; `|` begins a block scalar, its lines separated by line feeds. */
const leafSource = fc.constantFrom(
  'v1',
  '1.0',
  '0123',
  '1_000',
  'yes',
  '~',
  'null',
  '',
  '2001-12-14',
  '.5',
  '-1e3',
  'a:b#c',
  'two words',
  "'it''s'",
  '"a \\"b\\" \\u00e9 #x"',
  "''",
  'é ü',
  '{}',
  '[]',
  '!!str 7',
  '|\ntext\n\n more',
  '|-\n# no comment',
  '>\nfolded\ntext',
  '|+\nkept\n',
);

const leaf = fc
  .tuple(decoration, leafSource)
  .map(([around, source]): GeneratedNode => ({ ...around, kind: 'leaf', source }));
const alias = fc
  .tuple(decoration, fc.nat(9))
  .map(([around, pick]): GeneratedNode => ({ ...around, kind: 'alias', pick }));

const { tree } = fc.letrec<{ tree: GeneratedNode; collection: GeneratedNode }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 3, arbitrary: leaf },
    { weight: 1, arbitrary: alias },
    tie('collection'),
  ),
  collection: fc
    .tuple(
      decoration,
      fc.constantFrom('map' as const, 'map' as const, 'list' as const),
      fc.integer({ min: 0, max: 3 }),
      fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
    )
    .map(([around, kind, flow, children]): GeneratedNode => ({
      ...around,
      kind,
      flow: flow === 0,
      children,
    })),
}));

const rootMap = fc
  .tuple(decoration, fc.array(tree, { minLength: 1, maxLength: 4 }))
  .map(([around, children]): GeneratedNode => ({
    ...around,
    anchored: false,
    kind: 'map',
    flow: false,
    children,
  }));

const layout = fc.record({
  step: fc.integer({ min: 1, max: 4 }),
  dash: fc.integer({ min: 0, max: 3 }),
  lineEnd: fc.constantFrom('\n', '\n', '\r\n'),
  start: fc.constantFrom('', '', '---\n', '# head\n\n', '%YAML 1.2\n---\n', '\ufeff', '--- # x\n'),
  end: fc.constantFrom('', '', '...\n', '# tail\n', '---\n', '\n\n', '---\n# empty\n...\n'),
  finalLineEnd: fc.boolean(),
});

type Layout = typeof layout extends fc.Arbitrary<infer T> ? T : never;

const TARGET = '\u0001';

/** A writer of lines that knows which leaf is the target and which anchors stand above. */
interface Pen {
  readonly layout: Layout;
  readonly target: number;
  readonly style: TargetStyle;
  seen: number;
  path: string | undefined;
  readonly anchors: string[];
}

/** A document with one target in it. */
export const documents: fc.Arbitrary<GeneratedDocument> = fc
  .record({
    root: rootMap,
    layout,
    target: fc.nat(50),
    style: fc.constantFrom<TargetStyle>('plain', 'single', 'double', 'literal', 'folded', 'empty'),
    old: fc.constantFrom('v0', '1.2.3', 'old-tag', '7', '1.20'),
  })
  .map(({ root, layout: chosen, target, style, old }) => {
    const pen: Pen = {
      layout: chosen,
      target: target % countLeaves(root),
      style,
      seen: 0,
      path: undefined,
      anchors: [],
    };
    const body = blockLines(pen, root, { indent: 0, path: '' }).join('\n');
    const { start, end, lineEnd, finalLineEnd } = chosen;
    const isOpen = end === '' && !finalLineEnd;
    const text = `${start}${body}${isOpen ? '' : '\n'}${end}`.replaceAll('\n', lineEnd);
    const [prefix = '', suffix = ''] = text.split(TARGET);
    return { prefix, token: tokenOf(pen, old), suffix, old, path: pen.path ?? '', style: pen.style };
  })
  // The target may have come to stand where a block scalar or nothing cannot be; then the style was left out.
  .filter(({ path }) => path !== '');

function tokenOf({ style }: Pen, old: string): string {
  if (style === 'single') return `'${old}'`;
  if (style === 'double') return `"${old}"`;
  return style === 'empty' ? '' : old;
}

function countLeaves(node: GeneratedNode): number {
  if (node.kind === 'map' || node.kind === 'list')
    return node.children.reduce((sum, child) => sum + countLeaves(child), 0);
  return 1;
}

interface At {
  readonly indent: number;
  readonly path: string;
}

/** The lines of a block collection, each with its own indentation. */
function blockLines(pen: Pen, node: GeneratedNode, { indent, path }: At): readonly string[] {
  if (node.kind !== 'map' && node.kind !== 'list') return [];
  const isMap = node.kind === 'map';
  return node.children.flatMap((child, index) => {
    const head = `${' '.repeat(indent)}${isMap ? `k${index}:` : '-'}`;
    const at = { indent, path: isMap ? `${path}${path === '' ? '' : '.'}k${index}` : `${path}[${index}]` };
    // Below a block scalar an indented line would belong to it.
    const isSafe = index === 0 || child.lineAbove?.startsWith(' ') === false;
    const above = child.lineAbove === undefined || !isSafe ? [] : [child.lineAbove];
    return [...above, ...childLines(pen, child, { head, at, isMap })];
  });
}

function childLines(
  pen: Pen,
  child: GeneratedNode,
  { head, at, isMap }: { readonly head: string; readonly at: At; readonly isMap: boolean },
): readonly string[] {
  const trailing = child.comment === undefined ? '' : ` #${child.comment}`;
  const gap = ' '.repeat(child.spaces);
  if (child.kind === 'map' || child.kind === 'list') {
    if (child.flow) return [`${head}${gap}${flowText(pen, child, at.path)}${trailing}`];
    const isCompact = isMap && child.kind === 'list';
    const indent = at.indent + (isCompact ? pen.layout.dash : pen.layout.step);
    return [`${head}${trailing}`, ...blockLines(pen, child, { indent, path: at.path })];
  }
  const [first = '', ...rest] = leafText(pen, child, { path: at.path, flow: false }).split('\n');
  const separator = first === '' || first === TARGET ? '' : gap;
  const isEmptyTarget = first === TARGET && pen.style === 'empty';
  const text = first === TARGET && !isEmptyTarget ? `${gap}${first}` : `${separator}${first}`;
  const below = rest.map((line) =>
    line === '' ? '' : `${' '.repeat(at.indent + pen.layout.step + 1)}${line}`,
  );
  return [`${head}${text}${trailing}`, ...below];
}

function flowText(pen: Pen, node: GeneratedNode, path: string): string {
  if (node.kind !== 'map' && node.kind !== 'list') return leafText(pen, node, { path, flow: true });
  const isMap = node.kind === 'map';
  const parts = node.children.map((child, index) => {
    const text = flowText(pen, child, isMap ? `${path}.k${index}` : `${path}[${index}]`);
    return isMap ? `k${index}: ${text}` : text;
  });
  const pad = ' '.repeat(node.spaces - 1);
  return `${isMap ? '{' : '['}${pad}${parts.join(`,${pad}`)}${pad}${isMap ? '}' : ']'}`;
}

function leafText(
  pen: Pen,
  node: GeneratedNode,
  { path, flow }: { readonly path: string; readonly flow: boolean },
): string {
  const isTarget = pen.seen === pen.target;
  pen.seen += 1;
  if (isTarget) return targetText(pen, node, { path, flow });
  if (node.kind === 'alias') {
    const anchor = pen.anchors[node.pick % Math.max(1, pen.anchors.length)];
    return anchor === undefined ? 'x' : `*${anchor} `.slice(0, flow ? undefined : -1);
  }
  const source = node.kind === 'leaf' ? node.source : '';
  if (flow && (source === '' || /[|>]/.test(source))) return '"flow"';
  if (!node.anchored || source === '') return source;
  pen.anchors.push(`a${pen.seen}`);
  return `&a${pen.seen} ${source}`;
}

function targetText(
  pen: Pen,
  node: GeneratedNode,
  { path, flow }: { readonly path: string; readonly flow: boolean },
): string {
  const isElement = path.endsWith(']');
  if ((flow && pen.style !== 'single' && pen.style !== 'double') || (isElement && pen.style === 'empty')) {
    Object.assign(pen, { style: 'plain' });
  }
  pen.path = path;
  if (pen.style === 'empty') return TARGET;
  const header = { literal: '|-\n', folded: '>-\n', plain: '', single: '', double: '' }[pen.style];
  return `${node.anchored ? '&target ' : ''}${header}${TARGET}`;
}
