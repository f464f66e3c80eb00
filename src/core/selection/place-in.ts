/** Where a version stands; one without a digest is met by its tag. */
export function placeIn(order: readonly string[], version: string): number | undefined {
  const exact = order.indexOf(version);
  if (exact >= 0) return exact;
  const [tag] = version.split('@');
  const near = order.findIndex(
    (one) => one.split('@')[0] === tag && !(one.includes('@') && version.includes('@')),
  );
  return near < 0 ? undefined : near;
}
