import { escapeHtml } from '@property-insights/reports';
import { type App, problems } from '@property-insights/service';
import { type Static, Type } from 'typebox';
import { findSubscription, type Subscription, subscribe, unsubscribe } from '../data/schedules.ts';
import type { ReportParts } from '../make-report.ts';
import { page } from '../page.ts';

const params = Type.Object({
  secret: Type.String({
    pattern: '^[\\w-]{1,100}$',
    'x-expected': 'that of an e-mail',
    description: 'The secret of a recipient, from an e-mail.',
  }),
});
const config = { scope: 'none', secretPath: true } as const;

/**
 * The page on which the recipient of a schedule confirms and unsubscribes. Programs that scan e-mails open its address, so that only `POST` changes something;
 * mail programs send one by the header `List-Unsubscribe` (RFC 8058).
 */
export function subscriptionRoutes(app: App, { database }: ReportParts): void {
  const path = '/reporting/subscriptions/:secret';
  /** @throws a 404 problem */
  const find = async ({ secret }: Static<typeof params>): Promise<Subscription> => {
    const found = await findSubscription(database, secret);
    if (!found) throw problems.notFound('There is no such subscription: the schedule may have been deleted.');
    return found;
  };
  const schema = { params, querystring: Type.Object({}) };

  app.get(
    path,
    { config, schema: { ...schema, summary: 'The page on which a recipient of e-mail confirms and unsubscribes' } },
    async (request, reply) =>
      reply
        .headers({ 'x-robots-tag': 'noindex' })
        .type('text/html; charset=utf-8')
        .send(pageOf(await find(request.params))),
  );

  void app.register(async (scope) => {
    // What forms and mail programs send has no content that matters.
    scope.addContentTypeParser(
      ['application/x-www-form-urlencoded', 'multipart/form-data'],
      { parseAs: 'string', bodyLimit: 4096 },
      (_request, _body, done) => done(null, undefined),
    );
    const answer = (title: string, text: string) => page(title, `<p>${escapeHtml(text)}</p>`);
    scope.post(
      path,
      { config, schema: { ...schema, summary: 'Unsubscribe from the e-mail of a schedule' } },
      async (request, reply) => {
        const { secret, title } = await find(request.params as Static<typeof params>);
        await unsubscribe(database, secret);
        return reply
          .type('text/html; charset=utf-8')
          .send(answer('You are unsubscribed', `You get no more e-mail with “${title}”.`));
      },
    );
    scope.post(
      `${path}/confirmation`,
      { config, schema: { ...schema, summary: 'Confirm the e-mail of a schedule' } },
      async (request, reply) => {
        const { secret, title } = await find(request.params as Static<typeof params>);
        await subscribe(database, secret);
        return reply
          .type('text/html; charset=utf-8')
          .send(answer('You are subscribed', `You get e-mail with “${title}”. Each one has a link to unsubscribe.`));
      },
    );
  });
}

function pageOf({ secret, title, author, address, confirmed_at, unsubscribed_at }: Subscription): string {
  const isSubscribed = confirmed_at && !unsubscribed_at;
  const form = (action: string, text: string) =>
    `<form method="post" action="/reporting/subscriptions/${secret}${action}"><button>${text}</button></form>`;
  return page(
    `Reports by e-mail: ${escapeHtml(title)}`,
    `<p>${escapeHtml(author)} sends this report to <strong>${escapeHtml(address)}</strong>.</p>
      ${isSubscribed ? '' : form('/confirmation', 'Confirm: send it to me')}
      ${unsubscribed_at ? '<p>You are unsubscribed.</p>' : form('', isSubscribed ? 'Unsubscribe' : 'Refuse')}`,
  );
}
