import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TOOLS_FOLDER } from './render-tools.ts';

/** What the Go engine made of a template: its text, or where it gave up. */
export type GoResult =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'error'; readonly message: string };

interface GoEngine {
  parse(template: string, values: unknown): Promise<string>;
}

/** Renders with the text/template of Go 1.25 itself, compiled to WebAssembly, with `missingkey=error`. */
export async function renderWithGo(template: string, data: unknown): Promise<GoResult> {
  const engine = await loadEngine();
  try {
    return { kind: 'text', text: await engine.parse(template, data) };
  } catch (error) {
    return { kind: 'error', message: String(error) };
  }
}

async function loadEngine(): Promise<GoEngine> {
  const path = createRequire(join(TOOLS_FOLDER, 'package.json')).resolve('@evertdespiegeleer/go-template');
  // The package lives in test/tools, out of the compiler's sight.
  return (await import(pathToFileURL(path).href)) as GoEngine;
}
