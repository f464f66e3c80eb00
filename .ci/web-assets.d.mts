/** What browsers load of the status page. */
export function buildWebAssets(): Promise<{ readonly script: string; readonly style: string }>;
