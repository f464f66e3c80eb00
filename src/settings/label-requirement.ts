import { parsed, RefusedValue, textLine, type ValueType } from './value-type.ts';

/** What the labels of an Application have to fit: one value, or a requirement of a Kubernetes selector. */
export type LabelRequirement =
  | { readonly key: string; readonly value: string }
  | {
      readonly key: string;
      readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
      readonly values: readonly string[];
    };

const PART = '[A-Za-z0-9](?:[\\w.-]{0,61}[A-Za-z0-9])?';
const KEY = `(?:[a-z0-9.-]{1,253}/)?${PART}`;
const VALUE = `(?:${PART})?`;
const VALUES = `\\( *${VALUE}(?: *, *${VALUE})* *\\)`;
const FORM = new RegExp(`^(?:!? *${KEY}|${KEY} *(?:==?|!=) *${VALUE}|${KEY} +(?:not)?in +${VALUES})$`);
const PARTS =
  /^(?<not>! *)?(?<key>[^ !=()]+)(?: *(?<sign>==?|!=) *(?<value>.*)| +(?<word>in|notin) +\((?<values>.*)\))?$/;

/** The label selectors of `kubectl`, one requirement each: `team=shop`, `tier!=test`, `tier in (web, api)`, `!hold`. */
export const LABEL_REQUIREMENT: ValueType<string, LabelRequirement> = parsed(
  textLine('key=value, or key!=value, key in (a, b), key notin (a, b), key or !key', FORM),
  (text) => {
    const { not, key = '', sign, value = '', word, values = '' } = PARTS.exec(text)?.groups ?? {};
    if (key === '') return new RefusedValue();
    if (sign === '!=') return { key, operator: 'NotIn', values: [value] };
    if (sign !== undefined) return { key, value };
    if (word !== undefined) {
      const all = values.split(',').map((one) => one.trim());
      return { key, operator: word === 'in' ? 'In' : 'NotIn', values: all };
    }
    return { key, operator: not === undefined ? 'Exists' : 'DoesNotExist', values: [] };
  },
);
