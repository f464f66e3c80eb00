import type { ConfigChecks } from '../config/rules.ts';
import { templateFault } from '../core/plan/template/parse.ts';
import { validateCron } from '../triggers/validate-cron.ts';

/** What the configuration cannot judge by itself: cron expressions and commit message templates. */
export const CONFIG_CHECKS: ConfigChecks = { cron: validateCron, template: templateFault };
