import { NOTICE_KINDS, NOTICE_SEVERITIES } from '../core/notices/notice-kind.ts';
import { IMAGE_SELECTOR } from './image-selector.ts';
import { alternatives, key } from './keys.ts';
import { choiceOf, freeText, listOfValues, textLine } from './value-type.ts';

const LONGEST_TEXT = 10_000;

const NOTICE_TEMPLATE = freeText('the text of a template', LONGEST_TEXT, { shortest: 1 });
const NOTICE_KIND_LIST = listOfValues(choiceOf(NOTICE_KINDS));

/** An entry of `notifications.routes`. */
// prettier-ignore
export const NOTIFICATION_ROUTE = {
  ...IMAGE_SELECTOR,
  when: key(`Of what it is sent: ${alternatives(NOTICE_KINDS)}; without it of all`, NOTICE_KIND_LIST, { default: [] }),
  atLeast: key(`Only what is at least so severe: ${alternatives(NOTICE_SEVERITIES)}`, choiceOf(NOTICE_SEVERITIES), { default: 'info' }),
  to: key('Where it is sent: the name of a service, or `service:recipient`', listOfValues(textLine('the name of a service, or service:recipient')), { required: true }),
  title: key('Template of the title, in place of that of the kind', NOTICE_TEMPLATE),
  text: key('Template of the text, in place of that of the kind', NOTICE_TEMPLATE),
};

/** An entry of `notifications.templates`. */
// prettier-ignore
export const NOTIFICATION_TEMPLATE = {
  kinds: key('The kinds of notices that it is for; without it all', NOTICE_KIND_LIST, { default: [] }),
  title: key('Template of the title', NOTICE_TEMPLATE),
  text: key('Template of the text', NOTICE_TEMPLATE),
};
