import { RE2JS } from 're2js';
import { quoted } from '../quoted.ts';
import { readGoSyntax } from '../tags/go-syntax.ts';
import type { TextRule } from './signature-policy.ts';

/** Whether a text is what a rule says. An expression must match all of it. Throws for an expression that is none. */
export function fitsRule(rule: TextRule, text: string): boolean {
  switch (rule.kind) {
    case 'exact':
      return rule.text === text;
    case 'expression':
      return compiledRule(rule.expression).matches(text);
  }
}

const compiled = new Map<string, RE2JS>();

/** Expressions are those of the configuration, so there are few. */
function compiledRule(expression: string): RE2JS {
  const known = compiled.get(expression);
  if (known !== undefined) return known;
  const made = RE2JS.compile(readGoSyntax(expression).text);
  compiled.set(expression, made);
  return made;
}

/** For sentences: the text in quotes, an expression between slashes. */
export function ruleText(rule: TextRule): string {
  return rule.kind === 'exact' ? quoted(rule.text, { longest: rule.text.length }) : `/${rule.expression}/`;
}
