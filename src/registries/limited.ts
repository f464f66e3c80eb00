import type { Send } from '../http/message.ts';
import type { Clock } from '../ports/clock.ts';
import type { Budget } from './budget.ts';
import { pauseAfter } from './rate-limit.ts';

export interface LimitedOptions {
  readonly budget: Budget;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * The same `Send`, within the budget. An answer that asks for a pause stops everybody who asks this registry, not only
 * the one who got it. When it asks for a pause again and again, nobody waits for it: then it throws
 * `registry-rate-limited`.
 */
export function limited(send: Send, { budget, clock }: LimitedOptions): Send {
  return (request, signal) =>
    budget.withSlot(async () => {
      await budget.waitForTurn(signal);
      const response = await send(request, signal);
      const pause = pauseAfter(response, clock.now());
      if (pause === undefined) {
        if (response.status < 500) budget.resume();
        return response;
      }
      budget.pause(pause);
      const refusal = pause.reason === 'quota' ? undefined : budget.refusal();
      if (refusal !== undefined) throw refusal;
      return response;
    });
}
