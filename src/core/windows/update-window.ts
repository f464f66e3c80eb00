/** `allow`: written inside alone. `deny`: not written inside, whatever allows it. The words are those of Argo CD's sync windows. */
export type WindowKind = 'allow' | 'deny';

export const WINDOW_KINDS = ['allow', 'deny'] as const satisfies readonly WindowKind[];

/** A time that comes again and again, in which versions may be written, or may not. */
export interface UpdateWindow {
  readonly kind: WindowKind;
  /** When it opens: a cron expression of five fields, with one space between. */
  readonly schedule: string;
  /** How long it stays open, in milliseconds of elapsed time. */
  readonly duration: number;
  /** By which clock the schedule is read: a name of the IANA data base such as `Europe/Berlin`. */
  readonly timeZone: string;
}

/** Milliseconds. */
export const SHORTEST_WINDOW = 60_000;
/** Milliseconds: 365 days. */
export const LONGEST_WINDOW = 8_760 * 3_600_000;

/** The time zone of a window that names none, as in Argo CD. */
export const DEFAULT_TIME_ZONE = 'UTC';

/** Windows of one origin. Each of the origins must let a version through. */
export interface WindowGroup {
  readonly from: WindowOrigin;
  readonly windows: readonly UpdateWindow[];
}

/** Who says so: the configuration, the annotation `update-windows`, or the sync windows of an AppProject. */
export type WindowOrigin =
  { readonly kind: 'configuration' | 'annotation' } | { readonly kind: 'project'; readonly name: string };

/** By what it is decided whether something may be written now. */
export interface WindowAnswer {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly groups: readonly WindowGroup[];
}
