import { freeText, parsed, RefusedValue, type ValueType } from './value-type.ts';

/** Where a server listens: `''` is every address, and port 0 is nowhere. */
export interface BindAddress {
  readonly address: string;
  readonly port: number;
}

const FORM =
  /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)?):(?<port>\d{1,5})$/;

/** As Go's `net.Listen` takes it, and `0` for nowhere, as in Kubernetes controllers. */
export const BIND_ADDRESS: ValueType<string, BindAddress> = parsed(
  freeText('an address with a port such as :8443, 127.0.0.1:8080 or [::1]:8080, or 0', 1_000),
  (written) => {
    if (['', '0'].includes(written)) return { address: '', port: 0 };
    const found = FORM.exec(written)?.groups;
    const port = Number(found?.['port']);
    if (found === undefined || port > 65_535) return new RefusedValue();
    return { address: found['v6'] ?? found['host'] ?? '', port };
  },
);
