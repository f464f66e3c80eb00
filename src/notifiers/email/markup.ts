import { plainLine } from '../../core/quoted.ts';
import type { MarkupRules } from '../../ports/notifier.ts';

/** Plain text has no mark-up. A link is its text and its address in angle brackets (RFC 3986, appendix C). */
export const EMAIL_MARKUP: MarkupRules = {
  escape: plainLine,
  link: (text, url) => `${plainLine(text)} <${url}>`,
  most: 20_000,
};

const LINK = /&lt;(https?:\/\/[^\s&]+(?:&amp;[^\s&]+)*)&gt;/g;

/**
 * The plain text of a mail as HTML that looks the same. Addresses in angle brackets become links whose text is the whole
 * address, so that none leads elsewhere than it says.
 */
export function htmlOf(text: string): string {
  const lines = escapeHtml(text).replaceAll(LINK, '&lt;<a href="$1" rel="noreferrer">$1</a>&gt;');
  return `<!doctype html>\n<html><head><meta charset="utf-8"></head><body><div style="white-space: pre-wrap; font-family: sans-serif">${lines}</div></body></html>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
