import { Trans, useLingui } from '@lingui/react/macro';
import { questions, useAnswer } from '../api/queries.ts';
import { useReasons } from '../parts/left-out.tsx';
import { Section } from '../parts/section.tsx';
import { usePage } from '../use-page.ts';

/** Every sale of the property that is valued. */
export function OwnSales({ id }: { id: number }) {
  const { t } = useLingui();
  const { address, format } = usePage();
  const reasonOf = useReasons();
  const question = questions.property(address.market, id);
  const answer = useAnswer(question);
  return (
    <Section title={t`Its own sales`} span={6} question={question} answer={answer} height={140}>
      {({ sales }) => (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">
                <Trans>Signed</Trans>
              </th>
              <th scope="col" className="number">
                <Trans>Sold for</Trans>
              </th>
              <th scope="col" className="number">
                <Trans>Change</Trans>
              </th>
              <th scope="col">
                <Trans>Left out of figures</Trans>
              </th>
            </tr>
          </thead>
          <tbody>
            {sales.map((sale) => (
              <tr key={sale.id}>
                <th scope="row">{format.day(sale.contract_date)}</th>
                <td className="number">{format.price(sale.price)}</td>
                <td className="number">{format.change(sale.change)}</td>
                <td>{sale.non_standard ? reasonOf(sale.non_standard).name : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}
