const BARE = /^[\w./@^+-]+$/;
/** Control and format characters that JSON leaves alone; a terminal would obey some of them. */
const UNSEEN = /[\u007f-\u009f\u2028\u2029\p{Cf}]/gu;

/**
 * One line as Argo CD Image Updater writes it: `time="…" level=info msg="…" key=value`. Maps become `key.inner=value`, lists
 * JSON. What is no single word is quoted, with every character escaped that could end the line or move the cursor.
 */
export function formatLogfmt(
  record: Readonly<Record<string, unknown>>,
  paintLevel: (level: string) => string,
): string {
  const { time, level, msg, ...fields } = record;
  const head = [
    `time=${quotedText(String(time))}`,
    `level=${paintLevel(String(level))}`,
    `msg=${quotedText(String(msg))}`,
  ];
  return [...head, ...Object.entries(fields).flatMap(([name, value]) => pairsOf(name, value))].join(' ');
}

function pairsOf(name: string, value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'object' && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([inner, each]) => pairsOf(`${name}.${inner}`, each));
  }
  const key = name.replaceAll(/[^\w.-]/g, '_');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return [`${key}=${BARE.test(text) ? text : quotedText(text)}`];
}

function quotedText(text: string): string {
  return JSON.stringify(text).replaceAll(UNSEEN, escaped);
}

/** As in JSON: one escape for each half of a character beyond 16 bits. */
function escaped(character: string): string {
  return character.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
