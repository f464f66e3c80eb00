import type { Notice } from '../core/notices/notice.ts';

/** How a service marks up text. Pure. */
export interface MarkupRules {
  /**
   * Foreign text as this service shows it to the letter: no mark-up, no mention of a person or channel, no control character, no line break.
   */
  escape(text: string): string;
  /** A link as the service writes it, from text and an address that are not escaped yet. */
  link(text: string, url: string): string;
  /** How long a message may be, in characters. */
  readonly most: number;
}

/** A notice as it is sent to one service. */
export interface OutgoingNotice {
  readonly notice: Notice;
  /** One line, already escaped for the service. */
  readonly title: string;
  /** Already escaped for the service. */
  readonly text: string;
  /** Where at the service: a channel, an address; absent means where the service sends by default. */
  readonly recipient?: string;
  /** It is sent to try the service: it says so, and begins no alert. */
  readonly isTest?: true;
}

/** A service that notices are sent to. */
export interface Notifier {
  /** Its name in the configuration. */
  readonly name: string;
  readonly markup: MarkupRules;
  /** Each notice is of use by itself, as the status of a commit is: it is never given one in place of many. */
  readonly takesEach?: true;
  /**
   * Sends a notice, once. Throws `LynceusError`: when it is `retryable`, the same may succeed later, and not before `retryAfter`
   * milliseconds where the error has that fact.
   */
  send(outgoing: OutgoingNotice, signal: AbortSignal): Promise<void>;
  /**
   * What fails still, after each cycle, and nothing else; none when another replica has the lead. Only services have it whose alerts end by
   * themselves when they are not sent again.
   */
  keep?(standing: readonly OutgoingNotice[]): void;
  /** Lets go of connections. */
  close(): void;
}
