/** E-mail, sent by Amazon SES. */
import type { SESv2Client } from '@aws-sdk/client-sesv2';

export interface Message {
  to: string;
  subject: string;
  text: string;
  /** Identifies the message: the same one has the same bytes. */
  id: string;
  date: Date;
  /** The address of the page on which the recipient unsubscribes. */
  unsubscribe: string;
  attachment?: { filename: string; content: Buffer; contentType: string };
}

/** Bytes of an attachment, beyond which servers of recipients refuse messages. */
export const maxAttachment = 7 * 1024 * 1024;

export class Mail {
  readonly #from: string;
  /** The domains whose addresses need not confirm, in lower case. */
  readonly domains: readonly string[];
  #client: Promise<SESv2Client> | undefined;

  /** The sender of the variable `MAIL_FROM`, with the domains of `MAIL_DOMAINS`, separated by commas; undefined if there is no sender. */
  static fromEnvironment({ MAIL_FROM: from, MAIL_DOMAINS }: NodeJS.ProcessEnv = process.env): Mail | undefined {
    return from ? new Mail(from, MAIL_DOMAINS?.split(',').filter(Boolean) ?? []) : undefined;
  }

  constructor(from: string, domains: readonly string[], client?: SESv2Client) {
    this.#from = from;
    this.domains = domains.map((domain) => domain.trim().toLowerCase());
    this.#client = client && Promise.resolve(client);
  }

  /** @throws if SES refuses the message, or cannot be reached */
  async send(message: Message): Promise<void> {
    const [client, { SendEmailCommand }] = await Promise.all([this.#open(), import('@aws-sdk/client-sesv2')]);
    await client.send(
      new SendEmailCommand({
        FromEmailAddress: this.#from,
        Destination: { ToAddresses: [message.to] },
        Content: { Raw: { Data: await this.#compose(message) } },
      }),
    );
  }

  async #compose({ to, subject, text, id, date, unsubscribe, attachment }: Message): Promise<Buffer> {
    const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
    const mail = new MailComposer({
      from: { name: 'Property Insights', address: this.#from },
      // As an object, so that nothing in an address is another recipient.
      to: { name: '', address: to },
      subject,
      text,
      date,
      messageId: `<${id}@${this.#from.split('@')[1]}>`,
      // RFC 8058: a mail program unsubscribes by one click.
      headers: { 'List-Unsubscribe': `<${unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
      ...(attachment && { attachments: [attachment] }),
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    return mail.compile().build();
  }

  #open(): Promise<SESv2Client> {
    this.#client ??= import('@aws-sdk/client-sesv2').then(({ SESv2Client }) => new SESv2Client({}));
    return this.#client;
  }
}
