import { describe, expect, test } from 'vitest';
import { parseTemplate } from '../../../../src/core/plan/template/parse.ts';
import { renderTemplate } from '../../../../src/core/plan/template/render.ts';
import type { TemplateValue } from '../../../../src/core/plan/template/values.ts';
import { renderWithGo } from '../../../helpers/go-template.ts';
import { BOTH_REFUSE, GO_DATA, ONLY_GO, SAME_TEXT } from './go-templates.ts';

const OUR_DATA = toTemplateValue(GO_DATA);

/** JSON as our data: `Labels` is a map, every other object a struct. */
function toTemplateValue(value: unknown, key = ''): TemplateValue {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map((one: unknown) => toTemplateValue(one));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, one]) => [name, toTemplateValue(one, name)] as const);
    return key === 'Labels' ? new Map(entries) : Object.fromEntries(entries);
  }
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  throw new Error(`no template value: ${typeof value}`);
}

type OurResult =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'error'; readonly message: string };

function renderOurs(template: string): OurResult {
  try {
    return { kind: 'text', text: renderTemplate(parseTemplate(template), OUR_DATA) };
  } catch (error) {
    return { kind: 'error', message: String(error) };
  }
}

describe("a template means what Go's own engine makes of it", () => {
  test.each(SAME_TEXT)('%j', async (template) => {
    const go = await renderWithGo(template, GO_DATA);
    expect(renderOurs(template)).toEqual(go);
  });
});

describe("a template that Go's own engine refuses is refused", () => {
  test.each(BOTH_REFUSE)('%j', async (template) => {
    expect(await renderWithGo(template, GO_DATA)).toMatchObject({ kind: 'error' });
    expect(renderOurs(template)).toMatchObject({ kind: 'error' });
  });
});

describe("a float, which Go's own engine knows, is refused by name", () => {
  test.each(ONLY_GO)('%j', async (template) => {
    expect(await renderWithGo(template, GO_DATA)).toMatchObject({ kind: 'text' });
    const message = expect.stringMatching(
      /floats are not supported: |printf: %.* is not supported/,
    ) as string;
    expect(renderOurs(template)).toEqual({ kind: 'error', message });
  });
});
