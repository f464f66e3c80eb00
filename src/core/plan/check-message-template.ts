import { LynceusError } from '../../errors.ts';
import type { PlannedChange } from '../change.ts';
import { commitMessageData } from './commit-message.ts';
import type { TemplateLimits } from './template/meter.ts';
import { parseTemplate } from './template/parse.ts';
import { renderTemplate } from './template/render.ts';
import type { TemplateRecord, TemplateValue } from './template/values.ts';

/** Long enough for whatever part of a real value a template takes. */
const LONG = '0123456789abcdef'.repeat(8);

/** A commit with every field filled: several changes of several Applications, and whatever label is asked for. */
export function fullCommitData(): TemplateRecord {
  return withAnyLabel(commitMessageData(exampleChanges()));
}

/** Several changes of several Applications, with names that are long. */
export function exampleChanges(): readonly PlannedChange[] {
  return ['shop', 'cart'].flatMap((name) => ['api', 'web', 'job'].map((image) => aChange(name, image)));
}

/** What is wrong with a commit message template: it cannot be read, or fails on an example that has everything. */
export function messageTemplateFault(text: string, limits?: TemplateLimits): string | undefined {
  try {
    renderTemplate(parseTemplate(text), fullCommitData(), limits);
    return undefined;
  } catch (error) {
    if (error instanceof LynceusError) return error.message;
    throw error;
  }
}

function aChange(application: string, alias: string): PlannedChange {
  const name = `example/${alias}-${LONG}`;
  const before = { name: `registry.example/${name}`, tag: `1.0.0-${LONG}`, digest: undefined };
  return {
    application: { namespace: 'argocd', name: application },
    alias,
    slot: { kind: 'kustomize', name, renamed: false },
    image: { registry: 'registry.example', name, tag: undefined, digest: undefined },
    from: before,
    before,
    to: { tag: `1.0.1-${LONG}`, digest: undefined },
    labels: {},
  };
}

/** Has every label. */
class AnyLabel extends Map<string, TemplateValue> {
  override has(): boolean {
    return true;
  }

  override get(): TemplateValue {
    return LONG;
  }
}

function withAnyLabel(data: TemplateRecord): TemplateRecord {
  const labels = new AnyLabel([['example', LONG]]);
  const filled = (value: TemplateValue, field: string): TemplateValue => {
    if (field === 'Labels') return labels;
    if (Array.isArray(value)) return value.map((one: TemplateValue) => filled(one, ''));
    return typeof value === 'object' && !(value instanceof Map) ? recordOf(value as TemplateRecord) : value;
  };
  const recordOf = (record: TemplateRecord): TemplateRecord =>
    Object.fromEntries(Object.entries(record).map(([field, value]) => [field, filled(value, field)]));
  return recordOf(data);
}
