/** Counts what was asked of the outside world, while it happens. Labels hold host names, never paths or secrets. */
export interface Observer {
  /** One HTTP request to a registry or its token endpoint; `status` 0 means no answer. */
  registryRequest(event: {
    readonly registry: string;
    readonly kind: 'tags' | 'manifest' | 'blob' | 'token' | 'ping';
    readonly status: number;
    readonly seconds: number;
  }): void;
  /** One fetch or push of a Git remote. */
  gitOperation(event: {
    readonly remote: string;
    readonly kind: 'fetch' | 'push';
    readonly ok: boolean;
    readonly seconds: number;
  }): void;
}
