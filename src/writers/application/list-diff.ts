import type { ApplicationId } from '../../core/policy.ts';
import { onOneLine } from '../../core/quoted.ts';
import type { ChangedList } from '../../edits/application/edit-application.ts';
import { unifiedDiff } from '../unified-diff.ts';
import { applicationText } from '../../core/identity/application.ts';

/**
 * What a list becomes, as people read it. Of entries that stay only the name is shown: they are not ours, and a
 * parameter may well be a password.
 */
export function listDiff(application: ApplicationId, { path, before, after }: ChangedList): string {
  const kept = new Set(before.filter((entry, index) => entry === after[index]));
  const text = (entries: readonly unknown[]) => entries.map((entry) => entryText(entry, kept)).join('');
  const shown = { before: before.length === 0 ? undefined : text(before), after: text(after) };
  return unifiedDiff([{ path: `${applicationText(application)}/${path}`, ...shown }]);
}

function entryText(entry: unknown, kept: ReadonlySet<unknown>): string {
  if (typeof entry !== 'object' || entry === null) return `- ${plain(entry)}\n`;
  const fields = Object.entries(entry).map(
    ([key, value]) => `${key}: ${kept.has(entry) && key !== 'name' ? '…' : plain(value)}`,
  );
  return `- ${fields.join('\n  ')}\n`;
}

function plain(value: unknown): string {
  return onOneLine(typeof value === 'string' ? value : JSON.stringify(value));
}
