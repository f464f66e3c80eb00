import { formatInstant } from '../core/instant.ts';
import { APPLICATIONS, IMAGE_UPDATERS, type KubeObject, type KubeResource } from '../kube/kube-client.ts';
import type { EventNotice } from './event-notices.ts';

/** How often a notice occurred; times are milliseconds since 1970. */
export interface Occurrences {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Longest name of an object (RFC 1123 subdomain). */
const LONGEST_NAME = 253;

/**
 * A core/v1 Event of an Application or `ImageUpdater`, in its namespace. `kubectl describe` and Argo CD select events by the uid as well;
 * without one it is only found by name.
 */
export function eventObject(
  notice: EventNotice,
  { name, component, ...occurrences }: Occurrences & { readonly name: string; readonly component: string },
): KubeObject {
  const { application, updater, uid, type, reason, annotations } = notice;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: application.namespace, annotations },
    involvedObject: {
      ...(updater === undefined ? APPLICATION_TYPE : UPDATER_TYPE),
      namespace: application.namespace,
      name: noticeName(notice),
      ...(uid === undefined ? {} : { uid }),
    },
    type,
    reason,
    source: { component },
    firstTimestamp: formatInstant(occurrences.firstAt),
    ...changingFields(notice, occurrences),
  };
}

const APPLICATION_TYPE = { apiVersion: apiVersionOf(APPLICATIONS), kind: 'Application' };
const UPDATER_TYPE = { apiVersion: apiVersionOf(IMAGE_UPDATERS), kind: 'ImageUpdater' };

function apiVersionOf({ group, version }: KubeResource): string {
  return `${group}/${version}`;
}

/** The name of what the notice is of. */
export function noticeName({ application, updater }: EventNotice): string {
  return (updater ?? application).name;
}

/** What changes in the event of a notice that recurs. */
export function changingFields({ message }: EventNotice, { count, lastAt }: Occurrences): KubeObject {
  return { message, count, lastTimestamp: formatInstant(lastAt) };
}

/** `<object>.<nanoseconds since 1970 in hexadecimal>`, as client-go names events. */
export function eventName(object: string, nanoseconds: bigint): string {
  const suffix = `.${nanoseconds.toString(16)}`;
  const room = object.slice(0, LONGEST_NAME - suffix.length);
  return `${room.replace(/[.-]+$/, '')}${suffix}`;
}
