import { LynceusError } from '../../../errors.ts';

/** Something wrong with a template, before it is known where in the text; `offset` counts UTF-16 units. */
export class TemplateFault extends Error {
  readonly offset: number | undefined;

  constructor(message: string, offset?: number) {
    super(message);
    this.offset = offset;
  }
}

/** Runs `work`; a fault in it becomes a `template-invalid` error with line and column in `text`. */
export function locateFaults<T>(text: string, position: () => number, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof TemplateFault)) throw thrown;
    const before = text.slice(0, thrown.offset ?? position());
    const line = before.split('\n').length;
    const column = before.length - before.lastIndexOf('\n');
    throw new LynceusError('template-invalid', `template line ${line}, column ${column}: ${thrown.message}`, {
      cause: thrown,
      hint: 'docs/templates.md lists what a template may hold',
    });
  }
}
