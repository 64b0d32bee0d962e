import { Trans, useLingui } from '@lingui/react/macro';
import type { IndexMethod } from '../address.ts';
import { questions, useAnswer } from '../api/queries.ts';
import { kindOfMethod, useMethods } from '../parts/index-methods.ts';
import { colourOfKind } from '../parts/kinds.ts';
import { Section } from '../parts/section.tsx';
import { defaultInterval } from '../parts/trend-section.tsx';
import { usePage } from '../use-page.ts';
import classes from './which-to-trust.module.css';

interface WhichToTrustProps {
  /** The first covered day; undefined until it is known. */
  from: string | undefined;
  /** The methods on the chart. */
  shown: IndexMethod[];
}

/** How well each method does on the same sales, and which ones the chart shows. */
export function WhichToTrust({ from, shown }: WhichToTrustProps) {
  const { t } = useLingui();
  const { address, filters, show, format } = usePage();
  const texts = useMethods();
  const question = questions.priceIndex(filters, from, address.interval ?? defaultInterval, undefined, true);
  const answer = useAnswer(question, from !== undefined);
  return (
    <Section
      title={t`Which one to trust`}
      span={4}
      question={question}
      answer={answer}
      height={420}
      note={<Trans>Measured on these sales. Choose the lines of the chart</Trans>}
      footing={({ preferred }) => <span lang="en">{preferred.why}</span>}
    >
      {({ methods, preferred }) => (
        <>
          <table className={`table ${classes.trust}`}>
            <thead>
              <tr>
                <th scope="col">
                  <Trans>Method</Trans>
                </th>
                <th scope="col" className="number">
                  <Trans>Misses a resale by</Trans>
                </th>
                <th scope="col" className="number">
                  <Trans>Later revised by</Trans>
                </th>
              </tr>
            </thead>
            <tbody>
              {methods.map(({ method, count, unit, quality }) => (
                <tr key={method} className={method === preferred.method ? classes.preferred : undefined}>
                  <td>
                    <label>
                      <input
                        type="checkbox"
                        checked={shown.includes(method)}
                        disabled={shown.length === 1 && shown.includes(method)}
                        onChange={({ target }) =>
                          show({
                            method: target.checked ? [...shown, method] : shown.filter((each) => each !== method),
                          })
                        }
                      />
                      <i style={{ background: colourOfKind(kindOfMethod[method]) }} />
                      {texts[method].name}
                    </label>
                    <small>
                      {unit === 'pairs' ? (
                        <Trans>{format.count(count)} pairs</Trans>
                      ) : (
                        <Trans>{format.count(count)} sales</Trans>
                      )}
                      {method === preferred.method && (
                        <>
                          {', '}
                          <Trans>used by default</Trans>
                        </>
                      )}
                    </small>
                  </td>
                  <td className="number">
                    {quality?.accuracy.median_absolute == null ? '–' : format.share(quality.accuracy.median_absolute)}
                  </td>
                  <td className="number">{quality?.revision ? format.share(quality.revision.mean_absolute) : '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <p className="note">
            <Trans>
              <b>Misses a resale by</b>: half of the homes that sold again fetched a price further than this from what
              the index of the other homes says. <b>Later revised by</b>: how much the value of a period moved as more
              periods came in.
            </Trans>
          </p>
        </>
      )}
    </Section>
  );
}
