import { LynceusError } from '../../errors.ts';
import { objectField, parseJsonObject, textField } from '../../http/json.ts';
import type { HttpResponse } from '../../http/message.ts';
import type { Notifier } from '../../ports/notifier.ts';
import type { ServiceSettings } from '../../settings/notification-service.ts';
import { readHiddenUrl } from '../hidden-url.ts';
import type { NotifierParts } from '../notifier-parts.ts';
import { createServiceClient, refusedByStatus } from '../service-client.ts';
import { teamsMessage } from './card.ts';
import { TEAMS_MARKUP } from './markup.ts';

/** Hosts of the connectors of Office 365, which Microsoft has retired. */
const RETIRED = /(?:^|\.)(?:webhook\.office\.com|webhook\.office365\.com)$|^outlook\.office(?:365)?\.com$/;

/** Sends to Microsoft Teams by the webhook of a workflow, to the channel or chat that the workflow is for. */
export function createTeamsNotifier(
  settings: ServiceSettings<'teams'>,
  { name, clock, readSecret, ...parts }: NotifierParts,
): Notifier {
  const client = createServiceClient(settings, { name, ...parts });
  const { webhookFrom } = settings;

  return {
    name,
    markup: TEAMS_MARKUP,
    async send(outgoing, signal) {
      const url = await readHiddenUrl(webhookFrom, readSecret, signal);
      if (RETIRED.test(url.hostname)) throw retired(webhookFrom);
      const headers = { 'content-type': 'application/json; charset=utf-8' };
      const body = JSON.stringify(teamsMessage(outgoing));
      const answer = await client.send({ method: 'POST', url, headers, body }, signal);
      const refusal = refusedByStatus(answer, { now: clock.now(), detail: errorNameOf(answer) });
      if (refusal !== undefined) throw refusal;
    },
    close: () => client.close(),
  };
}

/** Such as `WorkflowTriggerIsNotEnabled`; the rest of the answer is not repeated, as it may hold what was sent. */
function errorNameOf({ body }: HttpResponse): string {
  const content = parseJsonObject(body);
  const code = content === undefined ? '' : textField(objectField(content, 'error'), 'code');
  return /^[A-Za-z]{1,60}$/.test(code) ? code : '';
}

function retired(place: string): LynceusError {
  return new LynceusError(
    'notifier-denied',
    `what ${place} holds is the URL of an Office 365 connector, which Teams has retired`,
    { hint: 'make a workflow "Send webhook alerts to a channel" in Teams and take its URL' },
  );
}
