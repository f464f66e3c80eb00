import { asLynceusError, LynceusError } from '../../../errors.ts';
import { objectField, parseJsonObject, type JsonObject } from '../../../http/json.ts';
import type { HttpResponse, Send } from '../../../http/message.ts';
import { explainErrors, explainStatus, type ApiContext, type ApiReply } from './explain.ts';

/** Sends a request to GitHub's GraphQL API. Never throws. */
export type Ask = (request: GraphqlRequest, signal: AbortSignal) => Promise<ApiReply>;

export interface GraphqlRequest {
  readonly document: string;
  readonly variables: JsonObject;
  /** What is done, for messages: `commit to main`. */
  readonly what: string;
}

interface AskOptions extends ApiContext {
  readonly url: URL;
  readonly token: string;
  /** Waits where GitHub asks for it. */
  readonly send: Send;
}

const LARGEST_ANSWER = 1024 * 1024;

export function createAsk({ url, token, send, ...context }: AskOptions): Ask {
  return async ({ document, variables, what }, signal) => {
    try {
      const response = await send(
        {
          method: 'POST',
          url,
          headers: {
            accept: 'application/json',
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
          },
          body: JSON.stringify({ query: document, variables }),
          maxBytes: LARGEST_ANSWER,
        },
        signal,
      );
      return read(response, what, context);
    } catch (thrown) {
      return { kind: 'unclear', error: asLynceusError(thrown) };
    }
  };
}

function read({ status, body }: HttpResponse, what: string, context: ApiContext): ApiReply {
  const content = parseJsonObject(body);
  if (status !== 200) {
    const error = explainStatus({ status, content }, what, context);
    return { kind: status >= 500 ? 'unclear' : 'refused', error };
  }
  if (content === undefined) {
    const message = `${context.remote.label}: GitHub's API answered something else than JSON to "${what}"`;
    return { kind: 'unclear', error: new LynceusError('host-failed', message) };
  }
  return explainErrors(content, what, context) ?? { kind: 'data', data: objectField(content, 'data') };
}
