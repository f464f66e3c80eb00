import { createHash } from 'node:crypto';
import { applicationText } from '../../core/identity/application.ts';
import { plainLine } from '../../core/quoted.ts';
import type { OutgoingNotice } from '../../ports/notifier.ts';
import { htmlOf } from './markup.ts';

/** A mail before it is encoded. */
export interface Mail {
  readonly messageId: string;
  /** What it belongs to, so that programs for mail show all of one condition together. */
  readonly references: string;
  readonly inReplyTo?: string;
  readonly date: Date;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

const LONGEST_SUBJECT = 250;

/**
 * The mail that a notice becomes. The same notice has the same `Message-ID`, by which servers and programs for mail leave
 * out the second of two. All of one condition refer to an id that no mail has, as a thread whose first mail is not there;
 * the id of the first one is not known after a restart. `domain` is that of the sender (RFC 5322, 3.6.4).
 */
export function mailOf({ notice, title, text, isTest }: OutgoingNotice, domain: string): Mail {
  const thread = idOf(['subject', notice.subject], domain);
  const { kind, severity, application } = notice;
  return {
    messageId: idOf(['key', notice.key], domain),
    references: thread,
    ...(kind === 'recovered' ? { inReplyTo: thread } : {}),
    date: new Date(notice.at),
    subject: subjectOf(title, isTest),
    text: `${text.trimEnd()}\n`,
    html: htmlOf(text.trimEnd()),
    headers: {
      // Nobody's absence is answered to a program (RFC 3834).
      'Auto-Submitted': 'auto-generated',
      'X-Lynceus-Kind': kind,
      'X-Lynceus-Severity': severity,
      ...(application === undefined ? {} : { 'X-Lynceus-Application': applicationText(application) }),
    },
  };
}

/** A title may come of a template, which may have several lines. What looks encoded (RFC 2047) would be shown decoded. */
function subjectOf(title: string, isTest: true | undefined): string {
  const line = plainLine(title).replaceAll('=?', '= ?');
  const marked = isTest === true && !/\btest\b/i.test(line) ? `Test: ${line}` : line;
  return marked.length > LONGEST_SUBJECT ? `${[...marked].slice(0, LONGEST_SUBJECT - 1).join('')}…` : marked;
}

function idOf(parts: readonly string[], domain: string): string {
  const hash = createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 40);
  return `<${hash}.lynceus@${domain}>`;
}
