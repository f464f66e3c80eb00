/** Counts what was asked of the outside world, while it happens. Labels hold host names, never paths or secrets. */
export interface Observer {
  /** One HTTP request to a registry or its token endpoint; `status` 0 means no answer. */
  registryRequest(event: {
    readonly registry: string;
    readonly kind: 'tags' | 'manifest' | 'blob' | 'token' | 'ping';
    readonly status: number;
    readonly seconds: number;
  }): void;
  /** A registry wants to be left alone; `until` is milliseconds since 1970. */
  registryFrozen(event: {
    readonly registry: string;
    readonly reason: 'status-429' | 'status-503' | 'quota';
    readonly until: number;
  }): void;
  /** One fetch or push of a Git remote. */
  gitOperation(event: {
    readonly remote: string;
    readonly kind: 'fetch' | 'push';
    readonly ok: boolean;
    readonly seconds: number;
  }): void;
}
