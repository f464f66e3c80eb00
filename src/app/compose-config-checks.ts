import type { ConfigChecks } from '../config/rules.ts';
import { validateCron } from '../triggers/validate-cron.ts';

/** What the configuration cannot judge by itself: cron expressions. */
export const CONFIG_CHECKS: ConfigChecks = { cron: validateCron };
