import * as z from 'zod';
import type { WebhookReading, WebhookRequest } from '../sender.ts';
import { checkPayload, jsonOf, unreadablePayload } from './payload.ts';

/** What is used of a message to a subscribed endpoint (docs.aws.amazon.com, "HTTP/HTTPS notification JSON format" of Amazon SNS). */
const envelope = z.object({
  Type: z.string(),
  TopicArn: z.string(),
  Message: z.string().nullish(),
  Token: z.string().nullish(),
});

/** A message of SNS: what was published, or the reading of a message of SNS itself. */
export type SnsMessage =
  | { readonly kind: 'published'; readonly value: unknown }
  | { readonly kind: 'own'; readonly reading: WebhookReading };

/** Whether a request comes from SNS, which sends its JSON as `text/plain`. A raw delivery is what was published, and has no envelope. */
export function isFromSns({ headers }: WebhookRequest, value: unknown): boolean {
  if (headers['x-amz-sns-rawdelivery'] === 'true') return false;
  return headers['x-amz-sns-message-type'] !== undefined || isEnvelope(value);
}

/** What an envelope of SNS holds. No URL in it is ever opened: who may send to us would have us send to others. */
export function readSnsMessage(value: unknown): SnsMessage {
  const { Type, TopicArn, Message, Token } = checkPayload(value, envelope, 'a message of Amazon SNS');
  switch (Type) {
    case 'Notification':
      return {
        kind: 'published',
        value: jsonOf(Buffer.from(Message ?? ''), 'JSON as "Message" of Amazon SNS'),
      };
    case 'SubscriptionConfirmation':
      return own(`to confirm this subscription, run: ${confirmation(TopicArn, Token ?? '')}`);
    case 'UnsubscribeConfirmation':
      return own(`the subscription has ended; to have it again, run: ${confirmation(TopicArn, Token ?? '')}`);
    default:
      return own('it is no notification of Amazon SNS');
  }
}

const ARN = /^arn:aws[a-z-]*:sns:([a-z0-9-]{1,32}):\d{12}:[\w.-]{1,256}$/;

/** Only what can be pasted into a shell as it is. */
function confirmation(topic: string, token: string): string {
  const [, region] = ARN.exec(topic) ?? [];
  if (region === undefined || !/^[0-9A-Za-z]{1,1024}$/.test(token))
    throw unreadablePayload('"TopicArn" and "Token" of Amazon SNS', 'something else');
  return `aws sns confirm-subscription --region ${region} --topic-arn ${topic} --token ${token}`;
}

function own(why: string): SnsMessage {
  return { kind: 'own', reading: { kind: 'ignored', why } };
}

function isEnvelope(value: unknown): boolean {
  return ['Type', 'TopicArn', 'MessageId'].every(
    (key) => typeof value === 'object' && value !== null && Object.hasOwn(value, key),
  );
}
