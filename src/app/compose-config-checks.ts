import type { ConfigChecks } from '../config/rules.ts';
import { validateCron } from '../triggers/validate-cron.ts';

/** Checks of the configuration that need an adapter: cron expressions. */
export const CONFIG_CHECKS: ConfigChecks = { cron: validateCron };
