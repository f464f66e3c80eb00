import { applicationKey } from '../identity/application.ts';
import { formatName } from '../image/reference.ts';
import type { TrackedImage } from '../policy.ts';
import type { WriteResult } from './write-result.ts';

/** Whether a result is of this image. */
export function isResultOf(result: WriteResult, { application, alias, image }: TrackedImage): boolean {
  return (
    applicationKey(result.application) === applicationKey(application) &&
    result.alias === alias &&
    result.image === formatName(image)
  );
}
