import type { TemplateValue } from './values.ts';

/** A template that was read without an error. The same template may be rendered any number of times. */
export interface Template {
  /** As written, for the line and column in messages. */
  readonly text: string;
  readonly nodes: readonly TemplateNode[];
}

/** One step of a template. `offset` is where it begins in the text. */
export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | BlockNode
  | { readonly kind: 'break' | 'continue' };

/** What ends with `{{end}}`. */
export interface BlockNode {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly TemplateNode[];
  /** What `{{else}}` holds; empty without one. */
  readonly otherwise: readonly TemplateNode[];
}

/** `$x := a | b`: the value of each command is the last argument of the next. */
export interface Pipeline {
  readonly offset: number;
  /** Variables that get the value, `$` included; two only in a range. */
  readonly variables: readonly string[];
  /** True for `=`, which needs a variable that is there already. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

/** An operand and, for a function, its arguments. */
export interface Command {
  readonly first: Operand;
  readonly args: readonly Operand[];
}

export type Operand = { readonly offset: number } & (
  | { readonly kind: 'dot' }
  | { readonly kind: 'nil' }
  | { readonly kind: 'literal'; readonly value: TemplateValue }
  /** `.A.B`, from the dot. */
  | { readonly kind: 'field'; readonly path: readonly string[] }
  /** `$x.A.B`; `$` alone is the data. */
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline }
  /** `(…).A.B`. */
  | { readonly kind: 'chain'; readonly operand: Operand; readonly path: readonly string[] }
);
