import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { questions, useAnswer } from '../api/queries.ts';
import { useReasons } from '../parts/left-out.tsx';
import { SaleDetails } from '../parts/sale-details.tsx';
import { Section } from '../parts/section.tsx';
import { usePage } from '../use-page.ts';

interface OwnSalesProps {
  /** Of the property. */
  id: number;
  /** Columns of the page. */
  span: 6 | 12;
}

/** Every sale of a property, each of which can be opened. */
export function OwnSales({ id, span }: OwnSalesProps) {
  const { t } = useLingui();
  const { address, format } = usePage();
  const reasonOf = useReasons();
  const question = questions.property(address.market, id);
  const answer = useAnswer(question);
  const [open, setOpen] = useState<number>();
  return (
    <Section title={t`Its own sales`} span={span} question={question} answer={answer} height={140}>
      {({ sales }) => (
        <>
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
                  <th scope="row">
                    <button type="button" className="door" onClick={() => setOpen(sale.id)}>
                      {format.day(sale.contract_date)}
                    </button>
                  </th>
                  <td className="number">{format.price(sale.price)}</td>
                  <td className="number">{format.change(sale.change)}</td>
                  <td>
                    {[sale.non_standard && reasonOf(sale.non_standard).name, sale.set_aside].filter(Boolean).join(': ')}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {open !== undefined && (
            <SaleDetails sale={sales.find(({ id }) => id === open)} onClose={() => setOpen(undefined)} />
          )}
        </>
      )}
    </Section>
  );
}
