import { asLynceusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { ImageStatus } from '../core/status/image-status.ts';
import type { CliIo } from './io.ts';
import { line } from './io.ts';
import { instantText, nameText, ownerText, versionsText } from './render/status-text.ts';
import { printableLine, shortDigests } from './render/text.ts';
import type { StatusRead, StatusSource, StatusWanted } from './status-source.ts';

export interface StatusWatch {
  readonly clock: Clock;
  /** Milliseconds from one look to the next. */
  readonly every: number;
  /** The whole of it, for a terminal; `undefined` writes a line for each change. */
  readonly draw: ((read: StatusRead) => string) | undefined;
}

const CLEAR = '\u001B[2J\u001B[3J\u001B[H';
const HOME = '\u001B[H';
const REST_OF_LINE = '\u001B[K';
const REST_OF_SCREEN = '\u001B[J';

/**
 * Shows a status again whenever it changes, until the signal is aborted. A server that is away for a while is waited for; one that was never
 * there throws.
 */
export async function watchStatus(
  source: StatusSource,
  wanted: StatusWanted,
  { io, clock, every, draw }: StatusWatch & { readonly io: CliIo },
): Promise<void> {
  const { signal, stdout, stderr } = io;
  let known: StatusRead | undefined;
  let failure = '';
  while (!signal.aborted) {
    try {
      const isOld =
        known !== undefined && failure === '' && (await source.revision(signal)) === known.status.revision;
      if (!isOld) {
        const read = await source.read(wanted, signal);
        show(read);
        known = read;
      }
      failure = '';
    } catch (thrown) {
      if (signal.aborted) return;
      if (known === undefined) throw thrown;
      const { message } = asLynceusError(thrown);
      if (message !== failure) line(stderr, `lynceus: ${printableLine(message)}; waiting for it`);
      failure = message;
    }
    await clock.sleep(every, signal).catch(() => undefined);
  }

  function show(read: StatusRead): void {
    if (draw === undefined) {
      for (const text of changedLines(known?.images ?? [], read.images, clock.now())) line(stdout, text);
      return;
    }
    const text = draw(read)
      .split('\n')
      .map((each) => `${each}${REST_OF_LINE}`)
      .join('\n');
    stdout.write(`${known === undefined || failure !== '' ? CLEAR : HOME}${text}\n${REST_OF_SCREEN}`);
  }
}

/** One line for each image that is another way than before; all of them at first. */
function changedLines(
  before: readonly ImageStatus[],
  images: readonly ImageStatus[],
  now: number,
): readonly string[] {
  const known = new Map(before.map((image) => [image.id, textOf(image)]));
  const lines = images.flatMap((image) => {
    const text = textOf(image);
    return known.get(image.id) === text ? [] : [`${instantText(now)}  ${text}`];
  });
  const present = new Set(images.map(({ id }) => id));
  const gone = before
    .filter(({ id }) => !present.has(id))
    .map((image) => `${instantText(now)}  gone  ${printableLine(`${ownerText(image)}  ${nameText(image)}`)}`);
  return [...lines, ...gone];
}

function textOf(image: ImageStatus): string {
  const parts = [image.outcome, ownerText(image), nameText(image), versionsText(image), image.reason];
  return shortDigests(parts.map(printableLine).join('  '));
}
