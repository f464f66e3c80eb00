import type { ImageSelector } from '../image-selector.ts';
import type { VerificationRequest } from './verify-policy.ts';

/** A rule of the configuration: which images it is for, and what it asks of them. */
export interface VerificationRule extends ImageSelector, VerificationRequest {}
