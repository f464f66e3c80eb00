import { createHash } from 'node:crypto';
import type { RouteReply, RouteRequest } from './routes.ts';

/** Whether the token is nobody's, or that of one who may or may not. */
export type AccessReview = 'allowed' | 'denied' | 'unknown';

export interface BearerAccessOptions {
  /** Throws when it cannot be found out. */
  readonly review: (token: string) => Promise<AccessReview>;
  readonly clock: { now(): number };
}

/** A guard answers who may not: undefined means that the request may go on. */
export type Guard = (request: RouteRequest) => Promise<RouteReply | undefined>;

/** How long an answer counts: a scrape and what repeats it are one question. */
const KEPT = 10_000;
const MOST_KEPT = 1_000;
/** Tokens that are asked about at the same time; beyond it somebody tries many. */
const MOST_ASKED = 20;

interface Known {
  readonly until: number;
  readonly review: Promise<AccessReview>;
}

/** Lets those in whose bearer token is allowed: 401 without one or with one of nobody, 403 for others, 503 when too many ask. */
export function createBearerAccess({ review, clock }: BearerAccessOptions): Guard {
  const known = new Map<string, Known>();
  let asked = 0;

  function ask(key: string, token: string): Promise<AccessReview> {
    asked += 1;
    const answer = review(token).finally(() => (asked -= 1));
    known.set(key, { until: clock.now() + KEPT, review: answer });
    // What could not be found out is asked again.
    answer.catch(() => known.delete(key));
    for (const [old, { until }] of known) {
      if (known.size <= MOST_KEPT && until > clock.now()) break;
      known.delete(old);
    }
    return answer;
  }

  return async ({ headers }) => {
    const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (token === undefined) return UNAUTHORIZED;
    // Nothing that can be used is kept.
    const key = createHash('sha256').update(token).digest('base64');
    const before = known.get(key);
    const isKnown = before !== undefined && before.until > clock.now();
    if (!isKnown && asked >= MOST_ASKED) return BUSY;
    switch (await (isKnown ? before.review : ask(key, token))) {
      case 'allowed':
        return undefined;
      case 'denied':
        return DENIED;
      case 'unknown':
        return UNAUTHORIZED;
    }
  };
}

const UNAUTHORIZED: RouteReply = {
  status: 401,
  headers: { 'WWW-Authenticate': 'Bearer' },
  body: 'expected a bearer token that the API server knows\n',
};
const DENIED: RouteReply = { status: 403, body: 'the user of this token may not get /metrics\n' };
const BUSY: RouteReply = {
  status: 503,
  headers: { 'Retry-After': '1' },
  body: 'too many tokens are being asked about\n',
};
