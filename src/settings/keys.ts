import type { ValueType } from './value-type.ts';

/** The other ways to set a key, and its default. */
export interface KeyOptions<Written> {
  /** As it would be written in the file. */
  readonly default?: Written;
  /** Without it the list that its map stands in is wrong. */
  readonly required?: true;
  /** Syntax for the command line (`--interval <duration>`), with the option's name in it. */
  readonly flag?: string;
  /** Another name of the flag. */
  readonly otherFlag?: string;
  readonly env?: string;
  /** True as a flag or variable is false as a key. */
  readonly opposite?: true;
  /** Its name in `registries.conf`, where that is not the same with underscores: `credsexpire`. */
  readonly conf?: string;
}

/** One row of the table: a key of the configuration file, its sentence, its type, and the other ways to set it. */
export class Key<Value> {
  /** One sentence for people; what is code stands between backticks. */
  readonly about: string;
  readonly type: ValueType<unknown, Value>;
  readonly options: KeyOptions<unknown>;

  constructor(about: string, type: ValueType<unknown, Value>, options: KeyOptions<unknown>) {
    this.about = about;
    this.type = type;
    this.options = options;
  }
}

/** A map of keys. Only one that is `optional` may be missing as a whole. */
export class Group<K, Optional extends boolean = false> {
  readonly rows: K;
  readonly optional: Optional;

  constructor(rows: K, optional: Optional) {
    this.rows = rows;
    this.optional = optional;
  }
}

/** A list of maps with the same keys each. */
export class EntryList<K> {
  readonly about: string;
  readonly expected: string;
  readonly rows: K;

  constructor(about: string, expected: string, rows: K) {
    this.about = about;
    this.expected = expected;
    this.rows = rows;
  }
}

export type Node = Key<unknown> | Group<Rows, boolean> | EntryList<Rows>;

export interface Rows {
  readonly [name: string]: Node;
}

export function group<K extends Rows>(rows: K): Group<K> {
  return new Group(rows, false);
}

export function key<Written, Value>(
  about: string,
  type: ValueType<Written, Value>,
  options: KeyOptions<Written> & ({ readonly default: Written } | { readonly required: true }),
): Key<Value>;
export function key<Written, Value>(
  about: string,
  type: ValueType<Written, Value>,
  options?: KeyOptions<Written>,
): Key<Value | undefined>;
export function key<Written, Value>(
  about: string,
  type: ValueType<Written, Value>,
  options: KeyOptions<Written> = {},
): Key<Value | undefined> {
  // The type of the written value is only needed to check the default.
  return new Key(about, type as ValueType<unknown, Value>, options);
}

/** What comes of a node of the table once it is checked. What is optional may be missing. */
export type Checked<N> =
  N extends Key<infer Value>
    ? Value
    : N extends Group<infer K, infer Optional>
      ? CheckedRows<K> | (Optional extends true ? undefined : never)
      : N extends EntryList<infer K>
        ? readonly CheckedRows<K>[]
        : never;

export type CheckedRows<K> = {
  readonly [P in keyof K as undefined extends Checked<K[P]> ? never : P]: Checked<K[P]>;
} & {
  readonly [P in keyof K as undefined extends Checked<K[P]> ? P : never]?: Checked<K[P]>;
};

/** `a, b or c`, for the sentence of a key with these values. */
export function alternatives(choices: readonly string[]): string {
  return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1) ?? ''}`;
}
