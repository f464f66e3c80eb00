import { describe, expect, test } from 'vitest';
import { unknownKeyText } from '../../src/config/checked-tree.ts';

describe('unknownKeyText', () => {
  test.each([
    ['shedule', ['schedule', 'server'], 'schedule'],
    ['api-url', ['apiUrl', 'name'], 'apiUrl'],
    ['API_URL', ['apiUrl', 'name'], 'apiUrl'],
    ['intervall', ['interval', 'cron'], 'interval'],
    ['credsexpire', ['credentials', 'credentialsExpire'], 'credentialsExpire'],
  ])('%s', (name, known, meant) => {
    expect(unknownKeyText(name, known)).toBe(`is no known key; did you mean ${meant}?`);
  });

  test.each([
    ['x', ['y', 'z'], 'y, z'],
    ['', ['y'], 'y'],
    ['banana', ['schedule'], 'schedule'],
    ['x'.repeat(10_000), ['schedule'], 'schedule'],
  ])('%s', (name, known, listed) => {
    expect(unknownKeyText(name, known)).toBe(`is no known key; known here: ${listed}`);
  });
});
