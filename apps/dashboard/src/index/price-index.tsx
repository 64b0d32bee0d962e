import { Trans, useLingui } from '@lingui/react/macro';
import { useMemo } from 'react';
import { type IndexMethod, type Interval, indexMethods, intervals } from '../address.ts';
import { questions, useAnswer } from '../api/queries.ts';
import { useMarketFacets } from '../parts/covered.ts';
import { useMethods } from '../parts/index-methods.ts';
import { Question } from '../parts/question.tsx';
import { Section } from '../parts/section.tsx';
import { Segmented } from '../parts/segmented.tsx';
import { defaultInterval } from '../parts/trend-section.tsx';
import view from '../parts/view.module.css';
import { usePage } from '../use-page.ts';
import { EveryValue } from './every-value.tsx';
import { IndexChart, indexChartHeight } from './index-chart.tsx';
import { lastCovered, shapeIndex } from './index-shape.ts';
import { MethodCard } from './method-card.tsx';
import { Revisions } from './revisions.tsx';
import { WhichToTrust } from './which-to-trust.tsx';

/** Shown at first, beside the default method: one of each family. */
const shownAtFirst: IndexMethod[] = ['hedonic', 'stratified_median', 'median', 'repeat_sales'];

/** How prices changed, by several methods side by side. */
export function PriceIndexView() {
  const { t } = useLingui();
  const { address, filters, format, show } = usePage();
  const texts = useMethods();
  const interval = address.interval ?? defaultInterval;
  const facets = useMarketFacets();
  const from = facets.data?.covered.from ?? undefined;
  const question = questions.priceIndex(filters, from, interval, address.base, false);
  const answer = useAnswer(question, !facets.isPending);
  const { data } = answer;
  const shape = useMemo(() => data && shapeIndex(data), [data]);
  const preferred = data?.preferred.method as IndexMethod | undefined;
  const shown = address.method ?? indexMethods.filter((each) => each === preferred || shownAtFirst.includes(each));
  const names: Record<Interval, string> = { month: t`Month`, quarter: t`Quarter`, year: t`Year` };
  const own = shape?.series[0];
  const last = shape && own && lastCovered(shape, own);
  const sales = data ? format.count(data.sales) : '';
  return (
    <>
      <Question>
        {data && (
          <>
            <span>
              <Trans>
                <b>{sales}</b> sales
              </Trans>
            </span>
            <span>
              <Trans>{format.period(data.base, interval)} is 100</Trans>
            </span>
          </>
        )}
      </Question>
      <div className={view.grid}>
        <Section
          title={t`Price index`}
          span={8}
          question={question}
          answer={{ ...answer, data: shape }}
          leftOut={data?.left_out}
          height={indexChartHeight}
          note={
            last &&
            own && (
              <Trans>
                By the method {texts[own.method].name}: {format.decimal(last.index)} in{' '}
                {format.period(last.period, interval)}, with a 95% interval of {format.decimal(last.lower)} to{' '}
                {format.decimal(last.upper)}. Dotted and hollow: may still change. Drag the handle to another base, or
                move it by the arrow keys.
              </Trans>
            )
          }
          aside={
            <Segmented
              label={t`Period`}
              value={interval}
              choices={intervals.map((each) => [each, names[each]] as const)}
              onChange={(interval) => show({ interval })}
            />
          }
          table={(shape) => <EveryValue shape={shape} shown={shown} />}
          footing={() => (
            <>
              {address.base && (
                <button type="button" className="button small screen" onClick={() => show({ base: undefined })}>
                  <Trans>Base by default</Trans>
                </button>
              )}
            </>
          )}
        >
          {(shape) => <IndexChart shape={shape} shown={shown} />}
        </Section>
        <WhichToTrust from={from} shown={shown} />
        {shape?.series.map((series) => (
          <MethodCard
            key={series.method}
            shape={shape}
            series={series}
            axis={data?.axis ?? null}
            isDefault={series.method === preferred}
          />
        ))}
        <Section
          title={t`Every value`}
          question={question}
          answer={{ ...answer, data: shape }}
          height={500}
          note={
            <Trans>
              Relative to the base, with half the width of the 95% interval. Grey: may still change, or rests on few
              sales
            </Trans>
          }
        >
          {(shape) => <EveryValue shape={shape} shown={shown} />}
        </Section>
        <Revisions />
      </div>
    </>
  );
}
