import { TemplateFault } from './fault.ts';

/** What carrying out one template may cost. */
export interface TemplateLimits {
  /** Nodes, commands, operands and rounds of loops; 64 characters that are read count as one more. */
  readonly steps: number;
  /** Bytes of UTF-8 that are made, on the way as well as for the result. */
  readonly bytes: number;
  /** Milliseconds. */
  readonly time: number;
  /** Milliseconds since any moment; is asked while the template is carried out. */
  readonly now: () => number;
}

/** Without a clock there is no limit of time; the others bound it, too. */
export const DEFAULT_TEMPLATE_LIMITS: TemplateLimits = {
  steps: 10_000,
  bytes: 64 * 1024,
  time: 100,
  now: () => 0,
};

/** For so many changes the limits are enough as they are. */
const USUAL_CHANGES = 100;

/** The limits of a template for so many changes: of more than 100 in proportion, as a sentence for each is no excess. */
export function limitsForChanges(limits: TemplateLimits, changes: number): TemplateLimits {
  const times = Math.max(1, changes / USUAL_CHANGES);
  const { steps, bytes, time, now } = limits;
  return { steps: steps * times, bytes: bytes * times, time: time * times, now };
}

/** A template went beyond a limit. */
export class TemplateExcess extends TemplateFault {}

const READ_A_STEP = 64;
/** So seldom the clock is asked; what is shorter than that is done before. */
const STEPS_A_LOOK = 64;

const encoder = new TextEncoder();

/** Counts what a template costs. Each of these throws `TemplateExcess` as soon as it is too much. */
export class TemplateMeter {
  readonly #limits: TemplateLimits;
  readonly #start: number;
  #steps = 0;
  #bytes = 0;
  #nextLook = STEPS_A_LOOK;

  constructor(limits: TemplateLimits) {
    this.#limits = limits;
    this.#start = limits.now();
  }

  step(count = 1): void {
    const { steps, time, now } = this.#limits;
    this.#steps += count;
    if (this.#steps > steps) throw excess(`takes more than ${Math.floor(steps)} steps`, 'templateSteps');
    if (this.#steps < this.#nextLook) return;
    this.#nextLook = this.#steps + STEPS_A_LOOK;
    if (now() - this.#start > time) throw excess(`takes more than ${Math.floor(time)} ms`, 'templateTime');
  }

  /** Characters or elements that are looked at and make nothing. */
  read(length: number): void {
    this.step(Math.floor(length / READ_A_STEP));
  }

  /** Text that was made, which is returned. */
  made(text: string): string {
    const { bytes } = this.#limits;
    // No text has fewer bytes than characters, so a very long one is not encoded.
    this.#bytes += text.length > bytes ? text.length : encoder.encode(text).length;
    if (this.#bytes > bytes)
      throw excess(`makes more than ${Math.floor(bytes / 1024)} KiB of text on the way`, 'templateKiB');
    return text;
  }
}

function excess(what: string, key: string): TemplateExcess {
  return new TemplateExcess(`it ${what} (limits.${key})`);
}
