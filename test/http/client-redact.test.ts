import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactUrl } from '../../src/http/redact-url.ts';

describe('a URL in a message', () => {
  test.each([
    [
      'https://ghcr.io/v2/acme/api/tags/list?n=1000&last=1.0',
      'https://ghcr.io/v2/acme/api/tags/list?n=…&last=…',
    ],
    ['https://user:s3cret@ghcr.io:5000/v2/', 'https://ghcr.io:5000/v2/'],
    [
      'https://store.example/blob?X-Signature=s3cret&X-Signature=again#s3cret',
      'https://store.example/blob?X-Signature=…',
    ],
    ['https://ghcr.io', 'https://ghcr.io/'],
    ['not a url with s3cret', '(not a URL)'],
  ])('%s reads %s', (url, expected) => {
    expect(redactUrl(url)).toBe(expected);
  });

  test('never shows what stands for the user, the password, a value of the query or the fragment', () => {
    const secret = fc.stringMatching(/^[a-z0-9]{12,20}$/);
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom('u:S@', 'S:p@', 'S@'),
        fc.constantFrom('?a=S', '?S', '#S', '?a=1&b=S#x'),
        (value, user, rest) => {
          const text = redactUrl(
            `https://${user}host.example/path${rest === '?S' ? '' : rest}`.replaceAll('S', value),
          );
          expect(text).not.toContain(value);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
