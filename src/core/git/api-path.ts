/** Parts of the path of a Git remote, decoded. What cannot be decoded stays as it is. */
export function segmentsOf(path: string): readonly string[] {
  return path.split('/').map((segment) => {
    try {
      return decodeURIComponent(segment);
    } catch {
      return segment;
    }
  });
}

/** The path of an API again: `/acme/Our%20Project`; `''` of nothing. */
export function apiPathOf(segments: readonly string[]): string {
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join('');
}
