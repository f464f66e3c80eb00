import { describe, expect, test } from 'vitest';
import { listenersOf } from '../../src/app/listeners.ts';
import { faultsOf, load } from '../config/given.ts';

/** `:8080 probes`, `127.0.0.1:8443 secure`. */
function listening(flags: Readonly<Record<string, string>>): readonly string[] {
  return listenersOf(load({ flags }).server).map(({ address, port, probes, metrics }) =>
    [`${address}:${port}`, ...(probes ? ['probes'] : []), ...(metrics === 'none' ? [] : [metrics])].join(' '),
  );
}

describe('where probes and metrics are served', () => {
  // prettier-ignore
  test.each<[Record<string, string>, readonly string[]]>([
    [{}, [':8080 probes', ':8081 probes plain']],
    [{ healthPort: '0' }, [':8081 probes plain']],
    [{ metricsPort: '0' }, [':8080 probes']],
    [{ healthPort: '0', metricsPort: '0' }, []],
    [{ healthPort: '9000', metricsPort: '9000' }, [':9000 probes plain']],
    // The Deployment of 1.x.
    [{ metricsBindAddress: ':8443' }, [':8443 secure', ':8080 probes', ':8081 probes']],
    [{ metricsBindAddress: ':8443', metricsSecure: 'true' }, [':8443 secure', ':8080 probes', ':8081 probes']],
    [{ metricsBindAddress: ':8443', healthProbeBindAddress: ':8081' }, [':8081 probes', ':8443 secure']],
    [{ metricsBindAddress: ':8080', metricsSecure: 'false' }, [':8080 probes plain', ':8081 probes']],
    [{ metricsBindAddress: ':8080' }, [':8080 secure', ':8081 probes']],
    [{ metricsBindAddress: ':8081' }, [':8081 secure', ':8080 probes']],
    [{ metricsBindAddress: '0' }, [':8080 probes', ':8081 probes']],
    [{ metricsBindAddress: '0', healthProbeBindAddress: '0' }, []],
    [{ healthProbeBindAddress: ':8081' }, [':8081 probes plain']],
    [{ healthProbeBindAddress: '127.0.0.1:8081' }, ['127.0.0.1:8081 probes plain']],
    [{ healthProbeBindAddress: '127.0.0.1:8080' }, ['127.0.0.1:8080 probes', ':8081 plain']],
    [{ healthProbeBindAddress: '0' }, [':8081 plain']],
    [{ healthProbeBindAddress: '[::1]:9000', metricsBindAddress: 'localhost:9000', metricsSecure: 'false' }, ['::1:9000 probes', 'localhost:9000 plain']],
    [{ healthProbeBindAddress: ':9000', metricsBindAddress: ':9000', metricsSecure: 'false' }, [':9000 probes plain']],
  ])('%j', (flags, expected) => {
    expect(listening(flags)).toEqual(expected);
  });

  test.each(['8443', ':70000', 'a b:80', 'localhost', ':x', '::1:80', 'http://localhost:80'])(
    '%s is no address to listen at',
    (text) => {
      expect(faultsOf({ flags: { metricsBindAddress: text } })).toEqual([
        expect.stringContaining('server.metricsAddress: expected an address with a port such as :8443'),
      ]);
    },
  );

  test('probes are not served over HTTPS', () => {
    const flags = { metricsBindAddress: ':9000', healthProbeBindAddress: ':9000' };
    expect(faultsOf({ flags })).toEqual([expect.stringContaining('is that of server.healthAddress too')]);
  });
});
