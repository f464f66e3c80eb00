/** Where a notice goes. */
export interface NoticeTarget {
  /** The name of a service in the configuration. */
  readonly service: string;
  /** Where at the service, such as a channel; absent means where it sends by default. */
  readonly recipient?: string;
}

/** Reads `service` or `service:recipient`: `chat:#releases`, `mail:ops@acme.example`. Whether there is such a service is not its question. */
export function parseNoticeTarget(text: string): NoticeTarget {
  const at = text.indexOf(':');
  if (at < 0) return { service: text.trim() };
  const [service, recipient] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  return recipient === '' ? { service } : { service, recipient };
}
