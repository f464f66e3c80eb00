import type { TextSink } from '../io.ts';

type Paint = (text: string) => string;

/** Colours by what they mean here. Every one is the identity when colours are off. */
export interface Style {
  readonly strong: Paint;
  readonly faint: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly notice: Paint;
  readonly accent: Paint;
}

const SGR = {
  strong: [1, 22],
  faint: [2, 22],
  good: [32, 39],
  bad: [31, 39],
  notice: [33, 39],
  accent: [36, 39],
} as const satisfies Record<keyof Style, readonly [number, number]>;

export const PLAIN: Style = createStyle(false);

/** Colours for one stream: `FORCE_COLOR` decides, then `NO_COLOR`, then whether a capable terminal is listening. */
export function styleFor(sink: TextSink, env: Readonly<Record<string, string | undefined>>): Style {
  return createStyle(wantsColour(sink, env));
}

function wantsColour(sink: TextSink, env: Readonly<Record<string, string | undefined>>): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  return sink.isTTY === true && env['TERM'] !== 'dumb';
}

function createStyle(coloured: boolean): Style {
  const paint = (name: keyof Style): Paint => {
    const [on, off] = SGR[name];
    return (text) => (coloured && text !== '' ? `\u001B[${on}m${text}\u001B[${off}m` : text);
  };
  return {
    strong: paint('strong'),
    faint: paint('faint'),
    good: paint('good'),
    bad: paint('bad'),
    notice: paint('notice'),
    accent: paint('accent'),
  };
}
