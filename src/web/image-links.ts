import type { ImageStatus } from '../core/status/image-status.ts';
import { code, foreign } from './foreign-text.ts';
import { html, type Html } from './html.ts';

/** Page of an image; an id is percent-encoded as it is. */
export function imagePath(id: string): string {
  return `/images/${id}`;
}

/** The parts of an id: `namespace/application/alias`. */
export function partsOfId(id: string): readonly string[] {
  return id.split('/').map(decoded);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A link to an image by its id: `application / alias`, and the namespace where it is asked for. */
export function imageLink(id: string): Html {
  const [namespace = '', application = id, alias = ''] = partsOfId(id);
  return html`<a href="${imagePath(id)}" title="${namespace}/${application}"
    >${foreign(application, 120)}<span class="muted"> / </span>${foreign(alias, 120)}</a
  >`;
}

const SHORT_DIGEST = 19;

/** `1.2.3`, or a digest cut after twelve digits; with both, the digest below. */
export function shownVersion(version: ImageStatus['current']): Html {
  const { tag, digest } = version ?? {};
  const short = digest === undefined ? undefined : digest.slice(0, SHORT_DIGEST);
  if (tag !== undefined && tag !== '')
    return html`${code(tag, 120)}${short !== undefined && html`<small class="digest" title="${digest}">${code(short)}</small>`}`;
  return short === undefined
    ? html`<span class="muted">none</span>`
    : html`<span title="${digest}">${code(short)}</span>`;
}
