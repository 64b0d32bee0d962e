import { Plural, Trans } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { type Address, carriedOver, type Filters, type Interval } from '../address.ts';
import { addressOfQuestion, questions, useAnswer } from '../api/queries.ts';
import { usePage } from '../use-page.ts';
import { Dialog } from './dialog.tsx';
import classes from './rows-drawer.module.css';
import { useSentence } from './sentence.ts';
import { Failure, Skeleton } from './states.tsx';

interface PairsDrawerProps {
  filters: Filters;
  interval: Interval;
  /** A day of the period. */
  day: string;
  onClose(): void;
}

/** The pairs behind a value of a repeat-sales index. */
export function PairsDrawer({ filters, interval, day, onClose }: PairsDrawerProps) {
  const { format } = usePage();
  const sentence = useSentence(filters);
  const question = questions.indexPairs(filters, interval, day);
  const { data, error, refetch } = useAnswer(question);
  const count = format.count(data?.total ?? 0);
  return (
    <Dialog
      kind="drawer"
      title={data ? <Plural value={data.total} one="This pair" other={`These ${count} pairs`} /> : <Trans>Pairs</Trans>}
      onClose={onClose}
    >
      <p className="note">
        <Trans>
          {sentence}. Two sales of one property, one of them in {format.period(day, interval)}; the largest increase
          first.
        </Trans>
      </p>
      {error && !data ? (
        <Failure title={<Trans>The pairs have not loaded.</Trans>} error={error} retry={refetch} />
      ) : !data ? (
        <Skeleton height={400} />
      ) : (
        <div className={classes.pairs}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">
                  <Trans>Address</Trans>
                </th>
                <th scope="col" className="number">
                  <Trans>Earlier</Trans>
                </th>
                <th scope="col" className="number">
                  <Trans>Later</Trans>
                </th>
                <th scope="col" className="number">
                  <Trans>Change</Trans>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.pairs.map((pair) => (
                <tr key={pair.second_id}>
                  <th scope="row">
                    <Link
                      to="/app/property"
                      search={(before: Address) => ({ ...carriedOver(before), property: pair.property_id })}
                    >
                      {pair.address}
                    </Link>
                  </th>
                  <td className="number">
                    {format.price(pair.first_price)}
                    <small>{format.day(pair.first_date)}</small>
                  </td>
                  <td className="number">
                    {format.price(pair.second_price)}
                    <small>{format.day(pair.second_date)}</small>
                  </td>
                  <td className="number">{format.change(pair.change)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {data.pairs.length < data.total && (
            <p className="note">
              <Trans>The first {format.count(data.pairs.length)} of them</Trans>
            </p>
          )}
        </div>
      )}
      <p className={`buttons ${classes.actions}`}>
        <a className="button quiet" href={addressOfQuestion(question)}>
          JSON
        </a>
      </p>
    </Dialog>
  );
}
