import type { NeededRules } from '../../app/compose.ts';
import { formatRuleLines } from '../../core/permissions/permission-rule.ts';
import { count, printableLine } from './text.ts';

/** The part `permissions` of a configuration file. */
export function renderRules({ rules, applications, images }: NeededRules): string {
  const what = `${count(images, 'image')} in ${count(applications, 'Application')}`;
  if (rules.length === 0) return `# ${what}: all that they ask for is their own.\npermissions:\n  rules: []`;
  const shown = rules.map((rule) =>
    formatRuleLines(rule)
      .map((text, index) => `${index === 0 ? '    - ' : '      '}${printableLine(text)}`)
      .join('\n'),
  );
  return [
    `# What ${what} ask for beyond what is their own. Read before you paste: each rule grants it.`,
    'permissions:',
    '  rules:',
    ...shown,
  ].join('\n');
}
