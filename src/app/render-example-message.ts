import { EXAMPLE_COMMIT_DATA } from '../core/plan/commit-message.ts';
import { parseTemplate } from '../core/plan/template/parse.ts';
import { renderTemplate } from '../core/plan/template/render.ts';

/** A commit message template with example data. Throws `template-invalid`, also for what a commit would merely fall back from. */
export function renderExampleMessage(templateText: string): string {
  return renderTemplate(parseTemplate(templateText), EXAMPLE_COMMIT_DATA);
}
