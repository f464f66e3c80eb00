import type { Send } from '../http/message.ts';
import { quotaOf } from '../http/rate-limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Observer } from '../ports/observer.ts';

export type RequestKind = Parameters<Observer['registryRequest']>[0]['kind'];

export interface MeasuredOptions {
  readonly observer: Pick<Observer, 'registryRequest'>;
  readonly clock: Clock;
  /** Host of the registry, also for its token server's requests. */
  readonly registry: string;
  readonly kind: RequestKind;
}

/** The same `Send`, with each attempt reported to the observer; status 0 is an attempt without an answer. */
export function measured(send: Send, { observer, clock, registry, kind }: MeasuredOptions): Send {
  return async (request, signal) => {
    const begun = clock.now();
    let status = 0;
    let quota: ReturnType<typeof quotaOf>;
    try {
      const response = await send(request, signal);
      status = response.status;
      quota = quotaOf(response);
      return response;
    } finally {
      const seconds = (clock.now() - begun) / 1000;
      observer.registryRequest({
        registry,
        kind,
        status,
        seconds,
        ...(quota === undefined ? {} : { quota }),
      });
    }
  };
}
