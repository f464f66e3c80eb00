import { describe, expect, test } from 'vitest';
import { limitPerRegistry } from '../../src/app/limit-per-registry.ts';

describe('what asks registries', () => {
  test('runs so many at once for each, and a registry that does not answer keeps nobody else waiting', async () => {
    const limit = limitPerRegistry(2);
    const begun: string[] = [];
    const ask = (registry: string, path: string, answer: Promise<void>): Promise<void> =>
      limit({ registry, path }, () => {
        begun.push(`${registry}/${path}`);
        return answer;
      });
    let thaw = (): void => undefined;
    const frozen = new Promise<void>((resolve) => (thaw = resolve));

    const slow = ['a', 'b', 'c'].map((path) => ask('frozen.test', path, frozen));
    await Promise.all(['a', 'b', 'c'].map((path) => ask('good.test', path, Promise.resolve())));

    expect(begun).toEqual(
      expect.arrayContaining(['frozen.test/a', 'frozen.test/b', 'good.test/a', 'good.test/b', 'good.test/c']),
    );
    expect(begun).not.toContain('frozen.test/c');
    thaw();
    await Promise.all(slow);
    expect(begun).toHaveLength(6);
  });
});
