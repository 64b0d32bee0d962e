import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { filterOfArea } from '../address.ts';
import { questions, useAnswer } from '../api/queries.ts';
import { Door } from '../parts/door.tsx';
import { Section } from '../parts/section.tsx';
import { without } from '../parts/sentence.ts';
import { usePage } from '../use-page.ts';
import classes from './most.module.css';

const shown = 11;

/** The areas with the most of the chosen sales. A name chooses the area. */
export function Most({ span }: { span: 6 | 12 }) {
  const { t } = useLingui();
  const { address, filters, format, show } = usePage();
  const question = questions.areas(without(filters, 'place'), { level: address.level, sort: 'sales' }, shown);
  const answer = useAnswer(question);
  return (
    <Section
      title={t`Most of them in`}
      span={span}
      note={
        answer.data && (
          <Plural
            value={answer.data.total}
            one="# area; number of sales and their median"
            other="# areas; number of sales and their median"
          />
        )
      }
      question={question}
      answer={answer}
      leftOut={answer.data?.left_out}
      height={shown * 27}
      measures={['sales', 'median']}
    >
      {({ areas, level }) => {
        const most = Math.max(1, ...areas.map(({ sales }) => sales));
        return (
          <table className={`table ${classes.most}`}>
            <thead className="hidden">
              <tr>
                <th scope="col">
                  <Trans>Area</Trans>
                </th>
                <th scope="col">
                  <Trans>Sales</Trans>
                </th>
                <th scope="col">
                  <Trans>Median</Trans>
                </th>
              </tr>
            </thead>
            <tbody>
              {areas.map(({ area, region, sales, median, support }) => {
                const place = filterOfArea(level, area, region);
                const isChosen = filters[level === 'postcode_prefix' ? 'postcode' : level]?.includes(area);
                const rows = { ...without(filters, 'place'), ...place };
                return (
                  <tr key={`${area} ${region}`}>
                    <th scope="row">
                      <button
                        type="button"
                        aria-pressed={isChosen === true}
                        onClick={() =>
                          show({ region: undefined, locality: undefined, postcode: undefined, ...(!isChosen && place) })
                        }
                      >
                        {area}
                      </button>
                    </th>
                    <td className={classes.bar}>
                      <i
                        style={{
                          width: `${(sales / most) * 68}%`,
                          background: isChosen ? 'var(--kind-0)' : 'var(--bar)',
                        }}
                      />
                      <Door rows={rows}>{format.count(sales)}</Door>
                    </td>
                    <td className={`number ${support === 'good' ? '' : 'muted'}`}>
                      <Door rows={rows}>{format.price(median)}</Door>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        );
      }}
    </Section>
  );
}
