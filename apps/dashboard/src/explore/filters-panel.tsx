import { Trans, useLingui } from '@lingui/react/macro';
import { endOf, roundRatios } from '@property-insights/charts';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Filters } from '../address.ts';
import { type Question, questions, takeInHand, useAnswer } from '../api/queries.ts';
import type { Histograms } from '../api/types.ts';
import { nextDay } from '../format.ts';
import { useCovered, useMarketFacets } from '../parts/covered.ts';
import {
  endsOf,
  isFlag,
  isYear,
  type Ranged,
  useCategoryNames,
  useDetails,
  useFlags,
  useStatedCategories,
  useStatedDetails,
} from '../parts/details.ts';
import { CategoryChoice, FlagChoice, PlaceChoice, TypeChoice } from '../parts/editors.tsx';
import { Skeleton } from '../parts/states.tsx';
import { usePage } from '../use-page.ts';
import { Brush } from './brush.tsx';
import classes from './filters-panel.module.css';

/** The filters, chosen on histograms of what the others leave. What the market's sales do not state is not offered. */
export function FiltersPanel({ question, answer }: { question: Question; answer: UseQueryResult<Histograms> }) {
  const { t } = useLingui();
  const { filters, format, market } = usePage();
  const stated = useMarketFacets().data?.stated;
  const details = useStatedDetails();
  const namesOfDetails = useDetails();
  const namesOfFlags = useFlags();
  const categories = useStatedCategories();
  const categoryNames = useCategoryNames();
  const { data } = answer;
  const missing = [
    stated?.bedrooms === 0 && t`bedrooms`,
    stated?.land_area === 0 && t`land area`,
    stated?.floor_area === 0 && t`floor area`,
    stated?.latitude === 0 && t`coordinates`,
  ].filter((name) => name !== false);
  const chart = format.chart('month');
  return (
    <div
      className={`${classes.panel} screen`}
      aria-busy={answer.isPlaceholderData}
      onPointerDownCapture={() => takeInHand(question.path)}
      onKeyDownCapture={() => takeInHand(question.path)}
    >
      <Part name={t`Place`}>
        <PlaceChoice />
      </Part>
      <NumberPart
        label={t`Price`}
        bins={data?.price.bins}
        from="price_min"
        to="price_max"
        write={format.price}
        tick={chart.axisPrice}
      />
      {stated?.land_area !== 0 && (
        <NumberPart
          label={t`Land`}
          bins={data?.land_area.bins}
          from="land_area_min"
          to="land_area_max"
          write={format.area}
          tick={chart.axisCount}
        >
          {data && data.land_area.without > 0 && (filters.land_area_min ?? filters.land_area_max) !== undefined && (
            <p className="note">
              <Trans>{format.count(data.land_area.without)} sales don’t state their land, and are left out.</Trans>
            </p>
          )}
        </NumberPart>
      )}
      {stated?.floor_area !== 0 && (
        <NumberPart
          label={t`Floor`}
          bins={data?.floor_area.bins}
          from="floor_area_min"
          to="floor_area_max"
          write={format.area}
          tick={chart.axisCount}
        />
      )}
      {stated !== undefined && stated.bedrooms > 0 && (
        <Part name={t`Bedrooms`} value={range(filters.bedrooms_min, filters.bedrooms_max, format.count)}>
          <BedroomBrush />
        </Part>
      )}
      {details.map((detail) =>
        isFlag(detail) ? (
          <Part key={detail} name={namesOfFlags[detail].name}>
            <FlagChoice flag={detail} bins={data?.details[detail]?.bins} />
          </Part>
        ) : (
          <Part
            key={detail}
            name={namesOfDetails[detail].name}
            value={range(filters[endsOf(detail).from], filters[endsOf(detail).to], namesOfDetails[detail].write)}
          >
            <DetailBrush detail={detail} bins={data?.details[detail]?.bins} />
          </Part>
        ),
      )}
      {categories.map((category) => (
        <Part key={category} name={categoryNames[category]}>
          <CategoryChoice category={category} />
        </Part>
      ))}
      <Part name={t`Signed`} value={format.span(filters.sold_from, filters.sold_to) ?? ''}>
        {data ? <TimeBrush time={data.time} /> : <Skeleton height={88} />}
      </Part>
      <Part name={t`Type`}>
        <TypeChoice />
        <p className="note">
          <Trans>Counts are of what the other filters leave.</Trans>
        </p>
      </Part>
      {missing.length > 0 && (
        <Part name={t`Not in this register`}>
          <p className="note">
            <Trans>
              {market?.name} states no {format.list(missing)}, so there is nothing to choose.
            </Trans>
          </p>
        </Part>
      )}
    </div>
  );
}

function Part({ name, value, children }: { name: string; value?: string; children: ReactNode }) {
  return (
    <fieldset className={classes.part}>
      <legend>
        <b>{name}</b>
        <span>{value}</span>
      </legend>
      {children}
    </fieldset>
  );
}

/** The ends of a range, as text; empty without any. */
function range(low: number | undefined, high: number | undefined, write: (value: number) => string): string {
  if (low === undefined && high === undefined) return '';
  return `${low === undefined ? '' : write(low)} – ${high === undefined ? '' : write(high)}`;
}

function NumberPart({ children, ...brush }: NumberBrushProps & { children?: ReactNode }) {
  const { filters } = usePage();
  return (
    <Part name={brush.label} value={range(filters[brush.from], filters[brush.to], brush.write)}>
      <NumberBrush {...brush} />
      {children}
    </Part>
  );
}

type NumberBrushProps = {
  label: string;
  /** undefined while they are loading. */
  bins: Histograms['price']['bins'] | undefined;
  write(value: number): string;
  tick(value: number): string;
} & (
  | { from: 'price_min'; to: 'price_max' }
  | { from: 'land_area_min'; to: 'land_area_max' }
  | { from: 'floor_area_min'; to: 'floor_area_max' }
);

function NumberBrush({ label, bins, from, to, write, tick }: NumberBrushProps) {
  const { filters, show } = usePage();
  if (!bins) return <Skeleton height={88} />;
  const edges = [...bins.map(({ from }) => from), ...bins.slice(-1).map(({ to }) => to)];
  const [low, high] = [filters[from], filters[to]];
  const first = low === undefined ? 0 : edges.findLastIndex((edge) => edge <= low);
  const last = high === undefined ? bins.length : edges.findIndex((edge) => edge >= high);
  const chosen: [number, number] | undefined =
    low === undefined && high === undefined ? undefined : [Math.max(0, first), last < 0 ? bins.length : last];
  const [lowest, highest] = [edges[0] ?? 1, edges.at(-1) ?? 2];
  const ticks = roundRatios(lowest, highest, 5).flatMap((value) => {
    const at = edges.findIndex((edge) => edge >= value);
    return at < 0 ? [] : [{ at, text: tick(value) }];
  });
  return (
    <Brush
      label={label}
      bins={bins}
      chosen={chosen}
      edge={(i) => write(edges[i] ?? 0)}
      ticks={ticks}
      onChoose={(range) =>
        show({
          [from]: range && range[0] > 0 ? edges[range[0]] : undefined,
          [to]: range && range[1] < bins.length ? edges[range[1]] : undefined,
        })
      }
    />
  );
}

/** The least difference of values that are not whole. */
const fraction = 0.01;

function DetailBrush({ detail, bins }: { detail: Ranged; bins: Histograms['price']['bins'] | undefined }) {
  const { filters, show } = usePage();
  const { name, write } = useDetails()[detail];
  if (!bins) return <Skeleton height={88} />;
  const { from, to } = endsOf(detail);
  const edges = [...bins.map(({ from }) => from), ...bins.slice(-1).map(({ to }) => to)];
  const [low, high] = [filters[from], filters[to]];
  const after = high === undefined ? -1 : edges.findIndex((edge) => edge > high);
  const every = Math.ceil(edges.length / 6);
  return (
    <Brush
      label={name}
      bins={bins}
      chosen={
        low === undefined && high === undefined
          ? undefined
          : [
              Math.max(
                0,
                edges.findLastIndex((edge) => low !== undefined && edge <= low),
              ),
              after < 0 ? bins.length : after,
            ]
      }
      edge={(i) => write(edges[i] ?? 0)}
      ticks={edges.flatMap((edge, at) => (at % every === 0 ? [{ at, text: write(edge) }] : []))}
      onChoose={(range) =>
        show({
          [from]: range && range[0] > 0 ? edges[range[0]] : undefined,
          [to]:
            range && range[1] < bins.length ? (edges[range[1]] as number) - (isYear(detail) ? 1 : fraction) : undefined,
        })
      }
    />
  );
}

/** Bedrooms beyond these are in the last bin. */
const maxBedrooms = 8;

function BedroomBrush() {
  const { t } = useLingui();
  const { filters, format, show } = usePage();
  const { data } = useAnswer(questions.facets(filters));
  if (!data) return <Skeleton height={88} />;
  const bins = Array.from({ length: maxBedrooms + 1 }, () => ({ sales: 0 }));
  for (const { value, sales } of data.bedrooms.values) {
    const bin = value === null ? undefined : bins[Math.min(value, maxBedrooms)];
    if (bin) bin.sales += sales;
  }
  const { bedrooms_min: low, bedrooms_max: high } = filters;
  return (
    <Brush
      label={t`Bedrooms`}
      bins={bins}
      chosen={
        low === undefined && high === undefined
          ? undefined
          : [Math.min(low ?? 0, maxBedrooms), Math.min(high ?? maxBedrooms, maxBedrooms) + 1]
      }
      edge={format.count}
      ticks={bins.map((_, i) => ({ at: i + 0.5, text: i < maxBedrooms ? format.count(i) : `${format.count(i)}+` }))}
      onChoose={(range) =>
        show({
          bedrooms_min: range && range[0] > 0 ? range[0] : undefined,
          bedrooms_max: range && range[1] <= maxBedrooms ? range[1] - 1 : undefined,
        })
      }
    />
  );
}

const dayOf = (day: string, by: number) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10);

/** The bins of the period that has nearly all sales: scattered early ones would compress the rest. */
function denseBins({ unit, bins }: Histograms['time']): { from: string; sales: number }[] {
  const all = bins.reduce((sum, { sales }) => sum + sales, 0);
  let before = 0;
  const start = bins.findIndex(({ sales }) => {
    before += sales;
    return before > all * 0.01;
  });
  const first = bins[Math.max(0, start)]?.from;
  const last = bins.at(-1)?.from;
  if (first === undefined || last === undefined) return [];
  const counts = new Map(bins.map(({ from, sales }) => [from, sales]));
  const filled: { from: string; sales: number }[] = [];
  for (let day = first; day <= last && filled.length < 2_000; ) {
    filled.push({ from: day, sales: counts.get(day) ?? 0 });
    day = unit === 'month' ? nextDay(endOf(day, 'month')) : dayOf(day, unit === 'week' ? 7 : 1);
  }
  return filled;
}

function TimeBrush({ time }: { time: Histograms['time'] }) {
  const { t } = useLingui();
  const { filters, format, show } = usePage();
  const covered = useCovered();
  const bins = denseBins(time).map((bin) => ({
    ...bin,
    loose: covered?.from != null && covered.to !== null && (bin.from < covered.from || bin.from > covered.to),
  }));
  const last = bins.at(-1)?.from;
  const end = last && (time.unit === 'month' ? endOf(last, 'month') : dayOf(last, time.unit === 'week' ? 6 : 0));
  const edges = [...bins.map(({ from }) => from), ...(end ? [nextDay(end)] : [])];
  const { sold_from: from, sold_to: to } = filters;
  const first =
    from === undefined
      ? 0
      : Math.max(
          0,
          edges.findLastIndex((edge) => edge <= from),
        );
  const after = to === undefined ? -1 : edges.findIndex((edge) => edge > to);
  const chosen: [number, number] | undefined =
    from === undefined && to === undefined ? undefined : [first, after < 0 ? bins.length : after];
  const chart = format.chart('month');
  const years = new Set(edges.map((edge) => edge.slice(0, 4))).size;
  const marks = edges.flatMap((edge, at) => {
    const before = edges[at - 1];
    if (before === undefined) return [];
    const newYear = before.slice(0, 4) !== edge.slice(0, 4);
    const newQuarter = before.slice(0, 7) !== edge.slice(0, 7) && ['01', '04', '07', '10'].includes(edge.slice(5, 7));
    if (years > 2 ? !newYear : !newQuarter) return [];
    return [{ at, text: newYear ? edge.slice(0, 4) : chart.period(`${edge.slice(0, 7)}-01`) }];
  });
  const every = Math.ceil(marks.length / 6);
  const fill: Filters = { sold_from: undefined, sold_to: undefined };
  return (
    <Brush
      label={t`Signed`}
      bins={bins}
      chosen={chosen}
      edge={(i) => format.day(edges[i])}
      ticks={marks.filter((_, i) => i % every === 0)}
      onChoose={(range) =>
        show(
          range
            ? {
                sold_from: range[0] > 0 ? edges[range[0]] : undefined,
                sold_to: range[1] < bins.length ? dayOf(edges[range[1]] as string, -1) : undefined,
              }
            : fill,
        )
      }
    />
  );
}
