import { createDeliveries, type Deliveries } from '../../core/delivery/deliveries.ts';
import type { PresentImage } from '../../core/policy.ts';

/** Follows what was written; in memory, and for the replica that leads. */
export interface DeliveryServices {
  readonly deliveries: Deliveries;
  /** What files said at commits, by image and commit, of what is on its way. */
  readonly versions: Map<string, PresentImage | undefined>;
  /** Whether Argo CD says what is deployed; with Applications from files nobody does. */
  readonly hasStatus: boolean;
}

export function createDeliveryServices(hasStatus: boolean): DeliveryServices {
  return { deliveries: createDeliveries(), versions: new Map(), hasStatus };
}
