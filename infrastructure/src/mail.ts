import { EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';
import type { MailConfiguration } from './configuration.ts';
import type { Service } from './service.ts';

/** The address that reports are sent from. SES asks its owner to confirm it. */
export class Mail extends Construct {
  private readonly identity: EmailIdentity;
  private readonly configuration: MailConfiguration;

  constructor(scope: Construct, id: string, configuration: MailConfiguration) {
    super(scope, id);
    this.configuration = configuration;
    this.identity = new EmailIdentity(this, 'Identity', { identity: Identity.email(configuration.from) });
  }

  /** Lets a service send e-mail from the address. */
  useIn(service: Service): void {
    const { from, domains } = this.configuration;
    // A raw message, as a report with its attachment is, needs both.
    service.allow(['ses:SendEmail', 'ses:SendRawEmail'], this.identity.emailIdentityArn);
    service.setVariable('MAIL_FROM', from);
    if (domains.length > 0) service.setVariable('MAIL_DOMAINS', domains.join(','));
  }
}
