import type { CommonPause, CommonPauses, PausedPart } from '../core/overrides/pause.ts';
import { formatInstant, isInstant } from '../core/instant.ts';

/** The parts of the ConfigMap, each with a key of its name. */
const PARTS = ['everything', 'rollbacks'] as const satisfies readonly PausedPart[];

/** A pause as one line of JSON: `{"by":"Ada","reason":"freeze","since":"2026-11-02T12:00:00Z"}`. */
export function pauseText({ by, reason, since }: CommonPause): string {
  const at = since === undefined || !isInstant(since) ? {} : { since: formatInstant(since) };
  return JSON.stringify({ by, reason, ...at });
}

/**
 * What the data of the ConfigMap pauses. Any text pauses but a plain no, so that whoever writes it by hand, or damages it, has paused: a
 * text that is no JSON is the reason.
 */
export function pausesIn(data: unknown): CommonPauses {
  const texts = typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : {};
  return Object.fromEntries(
    PARTS.flatMap((part) => {
      const pause = Object.hasOwn(texts, part) ? pauseIn(texts[part]) : undefined;
      return pause === undefined ? [] : [[part, pause]];
    }),
  );
}

const NO = /^(?:|0|f|false|no)$/i;
const YES = /^(?:1|t|true|yes)$/i;
const LONGEST = 1_000;

function pauseIn(value: unknown): CommonPause | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  if (NO.test(text)) return undefined;
  const { by, reason, since } = objectIn(text) ?? { reason: YES.test(text) ? '' : text };
  const at = typeof since === 'string' ? Date.parse(since) : Number.NaN;
  return {
    by: textOf(by),
    reason: textOf(reason),
    since: Number.isNaN(at) || !isInstant(at) ? undefined : at,
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, LONGEST) : '';
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
