/** How much of a file is read: parsed it takes many times its size. */
export interface FileLimits {
  readonly bytes: number;
  /** Keys, values and elements of lists; an element that has a value counts twice, as it takes twice the room. */
  readonly nodes: number;
  /** Levels of nesting, aliases counted in. */
  readonly depth: number;
  readonly aliases: number;
}

export const DEFAULT_FILE_LIMITS: FileLimits = {
  bytes: 2 * 1024 * 1024,
  nodes: 200_000,
  depth: 100,
  aliases: 10_000,
};

/** Spaces, ends of lines, comments and punctuation for each node; people write fewer than four. */
const LEXEMES_A_NODE = 5;

/** Marks in the stream of the lexer. */
const SCALAR = '\u001f';

/** The first limit that a file goes beyond: its key in the configuration, and the sentence "expected at most …". */
export interface Excess {
  readonly key: 'fileNodes' | 'fileAliases';
  readonly most: string;
}

/** Counts what the lexer finds, so that no more of a file is parsed than is allowed. */
export class FileMeter {
  readonly #limits: FileLimits;
  #lexemes = 0;
  /** Texts of keys and values, and flow collections. */
  #written = 0;
  /** Keys, with or without a text. */
  #keys = 0;
  #elements = 0;
  #aliases = 0;
  #isText = false;

  constructor(limits: FileLimits) {
    this.#limits = limits;
  }

  /** What the next lexeme is too much of; `undefined` as long as there is room. */
  add(lexeme: string): Excess | undefined {
    const isText = this.#isText;
    this.#isText = lexeme === SCALAR;
    this.#lexemes += 1;
    if (!isText) this.#count(lexeme[0] ?? '');
    const { nodes, aliases } = this.#limits;
    if (this.#aliases > aliases) return { key: 'fileAliases', most: `${aliases} aliases` };
    const values = this.#elements + Math.max(this.#written, this.#keys);
    const found = Math.max(values, this.#lexemes / LEXEMES_A_NODE);
    return found > nodes ? { key: 'fileNodes', most: `${nodes} values` } : undefined;
  }

  #count(first: string): void {
    switch (first) {
      case '*':
        this.#aliases += 1;
        this.#written += 1;
        break;
      case SCALAR:
      case '"':
      case "'":
      case '[':
      case '{':
      case '&':
      case '!':
        this.#written += 1;
        break;
      case '-':
      case ',':
        this.#elements += 1;
        break;
      case '?':
      case ':':
        this.#keys += 1;
        break;
      default:
    }
  }
}
