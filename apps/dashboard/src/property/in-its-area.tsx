import { Trans, useLingui } from '@lingui/react/macro';
import type { Filters } from '../address.ts';
import { questions, useAnswer } from '../api/queries.ts';
import type { Sale } from '../api/types.ts';
import { Door } from '../parts/door.tsx';
import { PriceDots } from '../parts/price-dots.tsx';
import { Section } from '../parts/section.tsx';
import { useSentence } from '../parts/sentence.ts';
import { usePage } from '../use-page.ts';
import classes from './property.module.css';

/** Months before and after a sale whose prices are compared with its own. */
const months = 6;

/** Where the price of a sale lies among those of its type and area at that time. */
export function InItsArea({ sale }: { sale: Sale }) {
  const { t } = useLingui();
  const { address, format } = usePage();
  const { type, locality, postcode, region, contract_date: day, price } = sale;
  const place: Filters =
    locality !== null
      ? { locality: [locality], ...(region !== null && { region: [region] }) }
      : postcode !== null
        ? { postcode: [postcode] }
        : region !== null
          ? { region: [region] }
          : {};
  const filters: Filters = {
    market: address.market,
    as_of: address.as_of,
    ...(type !== null && { type: [type] }),
    ...place,
    ...(day !== null && { sold_from: shifted(day, -months), sold_to: shifted(day, months) }),
  };
  const cheaper: Filters = { ...filters, price_max: price - 1 };
  const question = questions.distribution(filters, 'linear');
  const answer = useAnswer(question);
  const below = useAnswer(questions.summary(cheaper)).data;
  return (
    <Section
      title={t`Its price in its area`}
      span={6}
      note={useSentence(filters)}
      question={question}
      answer={answer}
      leftOut={answer.data?.left_out}
      height={220}
    >
      {(distribution) => (
        <>
          <PriceDots distribution={distribution} marked={price} />
          {below && (
            <p className={`note ${classes.middle}`}>
              <Trans>
                <Door rows={cheaper}>{format.count(below.sales)}</Door> of{' '}
                <Door rows={filters}>{format.count(distribution.sales)}</Door> sold for less, within half a year before
                or after it.
              </Trans>
            </p>
          )}
        </>
      )}
    </Section>
  );
}

/** A day some months later. */
function shifted(day: string, by: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + by);
  return date.toISOString().slice(0, 10);
}
