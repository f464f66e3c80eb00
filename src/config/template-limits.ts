import type { TemplateLimits } from '../core/plan/template/meter.ts';
import type { Config } from './config.ts';

/** The limits of templates that the configuration sets; `now` gives milliseconds, and without it no time is measured. */
export function templateLimitsOf(
  { templateSteps, templateKiB, templateTime }: Config['limits'],
  now: () => number = () => 0,
): TemplateLimits {
  return { steps: templateSteps, bytes: templateKiB * 1024, time: templateTime, now };
}
