import { formatInstant } from '../core/instant.ts';
import type { KubeObject } from '../kube/kube-client.ts';
import type { Notice } from './event-notices.ts';

/** How often a notice occurred; times are milliseconds since 1970. */
export interface Occurrences {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Longest name of an object (RFC 1123 subdomain). */
const LONGEST_NAME = 253;

/**
 * A core/v1 Event of an Application, in its namespace. `kubectl describe` and Argo CD select events by the uid as well;
 * without one it is only found by name.
 */
export function eventObject(
  notice: Notice,
  { name, component, ...occurrences }: Occurrences & { readonly name: string; readonly component: string },
): KubeObject {
  const { application, uid, type, reason, annotations } = notice;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: application.namespace, annotations },
    involvedObject: {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      namespace: application.namespace,
      name: application.name,
      ...(uid === undefined ? {} : { uid }),
    },
    type,
    reason,
    source: { component },
    firstTimestamp: formatInstant(occurrences.firstAt),
    ...changingFields(notice, occurrences),
  };
}

/** What changes in the event of a notice that recurs. */
export function changingFields({ message }: Notice, { count, lastAt }: Occurrences): KubeObject {
  return { message, count, lastTimestamp: formatInstant(lastAt) };
}

/** `<application>.<nanoseconds since 1970 in hexadecimal>`, as client-go names events. */
export function eventName(application: string, nanoseconds: bigint): string {
  const suffix = `.${nanoseconds.toString(16)}`;
  const room = application.slice(0, LONGEST_NAME - suffix.length);
  return `${room.replace(/[.-]+$/, '')}${suffix}`;
}
