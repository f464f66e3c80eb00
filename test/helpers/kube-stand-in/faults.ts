import type { KubeRequest } from './request.ts';

/** Which requests; what is left out matches all. */
export type RequestMatch = Partial<
  Pick<KubeRequest, 'verb' | 'group' | 'resource' | 'subresource' | 'namespace' | 'name'>
>;

export type Fault =
  /** Answers so without looking at the request. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: string;
      /** Text instead of a `Status`, as a proxy in front would send. */
      readonly body?: string;
    }
  /** A body with status 200. */
  | { readonly kind: 'answer'; readonly body: string; readonly contentType?: string }
  /** Closes the connection without an answer. */
  | { readonly kind: 'drop' }
  /** Closes the connection in the middle of the body. */
  | { readonly kind: 'drop-midway' }
  /** Answers when the promise is settled: a slow server without sleeping. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** Does something just before the request is carried out: somebody else is faster. */
  | { readonly kind: 'before'; readonly run: () => void };

export interface InjectedFault {
  readonly match?: RequestMatch;
  /** How many requests it hits, one unless said. */
  readonly times?: number;
  readonly fault: Fault;
}

export interface Faults {
  inject(fault: InjectedFault): void;
  /** The fault for this request, used up by asking. */
  take(request: KubeRequest): Fault | undefined;
  clear(): void;
}

export function createFaults(): Faults {
  const waiting: { readonly match: RequestMatch; left: number; readonly fault: Fault }[] = [];
  return {
    inject({ match = {}, times = 1, fault }) {
      waiting.push({ match, left: times, fault });
    },
    take(request) {
      const found = waiting.find(({ match, left }) => left > 0 && matches(request, match));
      if (found === undefined) return undefined;
      found.left -= 1;
      return found.fault;
    },
    clear() {
      waiting.length = 0;
    },
  };
}

export function matches(request: KubeRequest, match: RequestMatch): boolean {
  return Object.entries(match).every(([key, value]) => request[key as keyof RequestMatch] === value);
}
