import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCredentialSpec, parseCredentialSpec } from '../../src/core/credential-spec.ts';
import { BROKEN_CREDENTIAL_SPECS, CREDENTIAL_SPECS } from '../fixtures/core/credential-specs.ts';
import { caught, refusal } from '../helpers/thrown.ts';
import { anyText, characters } from './image/arbitraries.ts';

const RUNS = { numRuns: 1000 };

const label = fc.string({ unit: characters('abc019'), minLength: 1, maxLength: 10 });
const name = fc.tuple(label, fc.constantFrom('-', '.'), label).map((parts) => parts.join(''));
const field = fc.string({ unit: characters('aZ0._-:#/='), minLength: 1, maxLength: 12 });
const specs = fc.oneof(
  fc.record({ kind: fc.constant('env' as const), variable: label }),
  fc.record({ kind: fc.constant('ext' as const), path: field.map((text) => `/${text}`) }),
  fc.record({ kind: fc.constant('secret' as const), namespace: label, name, field }),
  fc.record({ kind: fc.constant('pullsecret' as const), namespace: label, name }),
  fc.record({
    kind: fc.constant('github-app' as const),
    at: fc.oneof(
      fc.record({ kind: fc.constant('secret' as const), namespace: label, name }),
      fc.record({ kind: fc.constant('folder' as const), path: field.map((text) => `/${text}`) }),
      fc.constant({ kind: 'env' as const }),
    ),
  }),
);

describe('parseCredentialSpec', () => {
  it.each(CREDENTIAL_SPECS)('reads %j', (text, spec) => {
    expect(parseCredentialSpec(text)).toEqual(spec);
  });

  it.each(BROKEN_CREDENTIAL_SPECS)('refuses %j without repeating it', (text) => {
    const error = caught(() => parseCredentialSpec(text));
    expect(error.code).toBe('config-invalid');
    expect(error.message).toMatch(/^expected /);
    expect(error.hint).toContain('pullsecret:NAMESPACE/NAME');
    expect(error.line).not.toContain('hunter2');
    expect(error.cause).toBeUndefined();
  });

  it('reads back every specification that it formats, with a registry in front or not', () => {
    fc.assert(
      fc.property(specs, fc.constantFrom('', 'ghcr.io=', 'localhost:5000='), (spec, prefix) => {
        expect(parseCredentialSpec(`${prefix}${formatCredentialSpec(spec)}`)).toEqual(spec);
      }),
      RUNS,
    );
  });

  it('throws nothing but its own error', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const error = refusal(() => {
          const spec = parseCredentialSpec(text);
          expect(parseCredentialSpec(formatCredentialSpec(spec))).toEqual(spec);
        });
        expect([undefined, 'config-invalid']).toContain(error?.code);
      }),
      RUNS,
    );
  });
});
