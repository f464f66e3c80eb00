import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Put in by the build; absent when the sources run as they are. */
declare const BUILT_SCRIPT: string | undefined;
declare const BUILT_STYLE: string | undefined;

/** What a page loads. The name of each has a hash of what is in it, so that browsers may keep it for good. */
export interface WebAssets {
  /** Absent when the sources run as they are: pages can be read and filtered without it. */
  readonly script?: WebAsset;
  readonly style: WebAsset;
  readonly icon: WebAsset;
}

export interface WebAsset {
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b5f6b"/><path d="M4 16c3-5.5 7-8.5 12-8.5S25 10.5 28 16c-3 5.5-7 8.5-12 8.5S7 21.5 4 16z" fill="#fff"/><ellipse cx="16" cy="16" rx="2.8" ry="6.5" fill="#0b5f6b"/></svg>';

/** What the build put in; or, of the sources, the style as it is and no script. */
export function builtAssets(): WebAssets {
  const script = typeof BUILT_SCRIPT === 'string' ? BUILT_SCRIPT : undefined;
  const style =
    typeof BUILT_STYLE === 'string'
      ? BUILT_STYLE
      : readFileSync(new URL('style.css', import.meta.url), 'utf8');
  return webAssets({ script, style });
}

export function webAssets({
  script,
  style,
}: {
  readonly script: string | undefined;
  readonly style: string;
}): WebAssets {
  return {
    ...(script === undefined ? {} : { script: asset('app', 'js', script) }),
    style: asset('app', 'css', style),
    icon: asset('icon', 'svg', ICON),
  };
}

const CONTENT_TYPES = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

function asset(name: string, kind: keyof typeof CONTENT_TYPES, body: string): WebAsset {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
  return { path: `/assets/${name}-${hash}.${kind}`, contentType: CONTENT_TYPES[kind], body };
}
