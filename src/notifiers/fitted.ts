/** Makes the same with less and less text, until it is as small as the service takes it. */
export function fitted<T>(
  make: (most: number) => T,
  { most, fits }: { readonly most: number; readonly fits: (made: T) => boolean },
): T {
  const made = make(most);
  return most === 0 || fits(made) ? made : fitted(make, { most: Math.floor(most / 2), fits });
}
