import type { CheckValues } from '../core/verification/check-template.ts';
import type { CheckSubject } from '../ports/checks.ts';

/** What the placeholders of a question stand for: once, or once for each image where it names one. */
export function valuesOf(subject: CheckSubject, isForEachImage: boolean): readonly CheckValues[] {
  const { application, destinationNamespace, commit, images } = subject;
  const { namespace, name } = application;
  const values = { application: name, namespace, destinationNamespace, commit, image: '', tag: '' };
  return isForEachImage ? images.map(({ image, tag }) => ({ ...values, image, tag })) : [values];
}
