import { Trans, useLingui } from '@lingui/react/macro';
import { questions, useAnswer } from '../api/queries.ts';
import { useMethods } from '../parts/index-methods.ts';
import { Section } from '../parts/section.tsx';
import { defaultInterval } from '../parts/trend-section.tsx';
import { usePage } from '../use-page.ts';

/** How much later loads revised the index of the default method. */
export function Revisions() {
  const { t } = useLingui();
  const { address, filters, format } = usePage();
  const texts = useMethods();
  const interval = address.interval ?? defaultInterval;
  const question = questions.indexRevisions(filters, interval);
  const answer = useAnswer(question);
  return (
    <Section
      title={t`What later files changed`}
      question={question}
      answer={answer}
      height={200}
      leftOut={answer.data?.left_out}
      note={
        answer.data && (
          <Trans>
            The values of the method {texts[answer.data.method].name} as they were after each load, compared with those
            of today, in index points
          </Trans>
        )
      }
    >
      {({ loads }) =>
        loads.length === 0 ? (
          <p className="note">
            <Trans>All sales came with one load: nothing was revised yet.</Trans>
          </p>
        ) : (
          <table className="table">
            <thead>
              <tr>
                <th scope="col">
                  <Trans>Load</Trans>
                </th>
                <th scope="col" className="number">
                  <Trans>Sales until then</Trans>
                </th>
                <th scope="col">
                  <Trans>Covered to</Trans>
                </th>
                <th scope="col" className="number">
                  <Trans>Mean revision</Trans>
                </th>
                <th scope="col" className="number">
                  <Trans>Largest</Trans>
                </th>
              </tr>
            </thead>
            <tbody>
              {loads.map((load) => (
                <tr key={load.revision}>
                  <th scope="row">{format.count(load.revision)}</th>
                  <td className="number">{format.count(load.sales)}</td>
                  <td>{format.day(load.covered_to)}</td>
                  <td className="number">{format.decimal(load.mean_absolute, 2)}</td>
                  <td className="number">{format.decimal(load.max_absolute, 2)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )
      }
    </Section>
  );
}
