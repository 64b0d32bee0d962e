import { Trans } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { questions, useAnswer, useRevisions } from '../api/queries.ts';
import { usePage } from '../use-page.ts';
import classes from './notices.module.css';

/** The page shows an earlier version: says so, with today's figures beside those of then. */
export function Past() {
  const { address, filters, market, format } = usePage();
  const isPast = address.as_of !== undefined && market !== undefined;
  const then = useAnswer(questions.summary(filters), isPast);
  const now = useAnswer(questions.summary({ ...filters, as_of: undefined }), isPast);
  const written = useRevisions(isPast ? market.code : undefined).data?.find(({ version }) => version === address.as_of);
  if (!isPast) return null;
  const today = now.data;
  return (
    <div role="status" className={classes.past}>
      <p>
        <Trans>
          You see <b>version {address.as_of}</b>
        </Trans>
        {written && (
          <>
            {' '}
            <Trans>of {format.moment(written.created_at)}</Trans>
          </>
        )}
        {then.data && today && (
          <>
            {': '}
            <Trans>
              {format.count(then.data.sales)} sales, median {format.price(then.data.median_price)}. Today, in version{' '}
              {today.version}:{' '}
              <b>
                {format.count(today.sales)} sales, median {format.price(today.median_price)}
              </b>
              .
            </Trans>
          </>
        )}
      </p>
      <Link to="." search={(before) => ({ ...before, as_of: undefined })} className="button small screen">
        <Trans>Go to today</Trans>
      </Link>
    </div>
  );
}
