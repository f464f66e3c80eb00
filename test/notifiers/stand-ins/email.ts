import { onTestFinished } from 'vitest';
import { openMail, startSmtpInbox } from '../../helpers/smtp-inbox.ts';
import type { Answer, KindOfService } from './service-stand-in.ts';

const REFUSALS: Partial<Record<Answer, string>> = { refused: '554 no such thing', failing: '451 come again' };

/** A real SMTP server, to which a login is sent by TLS alone. What is of its own protocol is in test/notifiers/email.test.ts. */
export const EMAIL: KindOfService = {
  knowsItsReceipt: false,
  isByTls: true,
  isHttp: false,
  never: ['limited', 'garbage', 'elsewhere', 'cut', 'silent'],
  recipient: 'team-a@acme.example',
  async start(tls) {
    if (tls === undefined) throw new Error('mail is sent by TLS');
    let how: Answer = 'done';
    const secrets = { 'env:USER': 'robot-7', 'env:PASSWORD': 'pa:ss wörd' };
    const login = {
      get username() {
        return how === 'denied' ? 'nobody' : secrets['env:USER'];
      },
      get password() {
        return secrets['env:PASSWORD'];
      },
    };
    const inbox = await startSmtpInbox({
      login,
      refuses: (step) => (step === 'DATA' ? REFUSALS[how] : undefined),
      server: { key: tls.key, cert: tls.cert },
    });
    onTestFinished(() => inbox.stop());
    return {
      row: {
        email: {
          host: '127.0.0.1',
          port: inbox.port,
          from: 'updates@acme.example',
          to: ['team@acme.example'],
          usernameFrom: 'env:USER',
          passwordFrom: 'env:PASSWORD',
          caFile: tls.caFile,
        },
      },
      secrets,
      get sent() {
        return inbox.mails.map((mail) => () => {
          const { headers, parts } = openMail(mail);
          const [html = '', text = ''] = [parts['text/html'], parts['text/plain']];
          return {
            login: `${mail.user} ${secrets['env:PASSWORD']}`,
            rest: mail.raw,
            shown: [headers['subject'], text.trim()].join('\n'),
            // A link says where it leads: programs for mail make one of every address by themselves.
            marks: (html.match(/<[^>]*>/g) ?? []).filter((tag) => !/^<a href="([^"]*)"|^<\/a>/.test(tag)),
            recipient: mail.to.join(),
          };
        });
      },
      answer(next) {
        how = next;
      },
    };
  },
};
