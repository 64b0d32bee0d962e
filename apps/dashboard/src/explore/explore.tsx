import { Trans, useLingui } from '@lingui/react/macro';
import { questions, useAnswer } from '../api/queries.ts';
import { Door } from '../parts/door.tsx';
import { LeftOut } from '../parts/left-out.tsx';
import { Question } from '../parts/question.tsx';
import { defaultInterval, TrendSection } from '../parts/trend-section.tsx';
import view from '../parts/view.module.css';
import { usePage } from '../use-page.ts';
import { SalesSection } from './sales-section.tsx';

/** Sales under any filters, each chart filtering all others. */
export function Explore() {
  const { t } = useLingui();
  const { address, filters, format } = usePage();
  const summary = useAnswer(questions.summary(filters));
  const interval = address.interval ?? defaultInterval;
  const trendQuestion = questions.trend(filters, interval, 'none');
  const trend = useAnswer(trendQuestion);
  const { data } = summary;
  return (
    <>
      <Question>
        {data && (
          <>
            <span>
              <Door rows={filters}>
                <b>{format.count(data.sales)}</b>
              </Door>{' '}
              <Trans>sales</Trans>
            </span>
            <span>
              <Trans>
                median <b>{format.price(data.median_price)}</b>
              </Trans>
            </span>
            <span>
              <LeftOut leftOut={data.left_out} filters={filters} />
            </span>
          </>
        )}
      </Question>
      <div className={view.grid}>
        <TrendSection
          title={t`Median by period`}
          span={12}
          question={trendQuestion}
          answer={trend}
          lines={[{ group: null, name: t`Median`, kind: 0, filters }]}
        />
        <SalesSection summary={summary} />
      </div>
    </>
  );
}
