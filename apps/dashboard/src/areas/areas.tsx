import { Trans, useLingui } from '@lingui/react/macro';
import { monthsOf } from '@property-insights/charts';
import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { filterOfArea, type Interval, type Level } from '../address.ts';
import { areasOnPage, questionOptions, questions, useAreas } from '../api/queries.ts';
import type { Area } from '../api/types.ts';
import { useCovered, useStatedLevels } from '../parts/covered.ts';
import { Door } from '../parts/door.tsx';
import { LeftOut } from '../parts/left-out.tsx';
import { Panels } from '../parts/panels.tsx';
import { Question } from '../parts/question.tsx';
import { Section } from '../parts/section.tsx';
import { Segmented } from '../parts/segmented.tsx';
import { without } from '../parts/sentence.ts';
import { ShowMore } from '../parts/show-more.tsx';
import { SparkLine } from '../parts/spark.tsx';
import { shapeTrend } from '../parts/trend-shape.ts';
import { usePage } from '../use-page.ts';
import classes from './areas.module.css';
import { Compare, maxCompared } from './compare.tsx';

type Sort = 'sales' | 'median' | 'change' | 'change_over_three_years' | 'change_over_five_years';

/** Areas ranked, and up to ten of them compared. */
export function Areas() {
  const { t } = useLingui();
  const { address, filters, format, show } = usePage();
  const sort = address.sort ?? 'sales';
  const order = address.order ?? 'desc';
  const ranking = { level: address.level, sort, order };
  // For the file and the citation.
  const question = questions.areas(filters, ranking, 1_000);
  const answer = useAreas(filters, ranking);
  const { data } = answer;
  const level = data?.level ?? address.level ?? 'locality';
  const names: Record<Level, string> = {
    region: t`Region`,
    locality: t`Locality`,
    postcode_prefix: t`Postcode prefix`,
    postcode: t`Postcode`,
  };
  const stated = useStatedLevels();
  const compared = address.area ?? [];
  const total = data ? format.count(data.total) : '';
  return (
    <>
      <Question>
        {data && (
          <>
            <span>
              <Trans>
                <b>{total}</b> areas
              </Trans>
            </span>
            {data.unplaced > 0 && (
              <span>
                <Trans>{format.count(data.unplaced)} sales state none</Trans>
              </span>
            )}
            <span>
              <LeftOut leftOut={data.left_out} filters={filters} />
            </span>
          </>
        )}
      </Question>
      <Panels>
        {compared.length > 0 && <Compare level={level} areas={compared} />}
        <Section
          title={t`Areas, ranked`}
          note={
            <Trans>
              By median or change, areas with 30 sales or more come first. Choose up to {maxCompared} to compare them.
              ≈: fewer than 30 sales
            </Trans>
          }
          aside={
            <Segmented
              label={t`Level`}
              value={level}
              choices={stated.map((each) => [each, names[each]] as const)}
              onChange={(level) => show({ level, area: undefined })}
            />
          }
          question={question}
          everyPage
          answer={answer}
          height={700}
          measures={['sales', 'median', 'interval', 'areaChange']}
          footing={({ areas, total }) => (
            <>
              <Trans>
                {format.count(areas.length)} of {format.count(total)} shown
              </Trans>{' '}
              <ShowMore list={answer}>
                <Trans>Show {Math.min(areasOnPage.further, total - areas.length)} more</Trans>
              </ShowMore>
            </>
          )}
        >
          {({ areas }) =>
            areas.length === 0 ? (
              <p className="note">
                <Trans>No sale states a place of this level.</Trans>
              </p>
            ) : (
              <Ranking areas={areas} level={level} sort={sort} order={order} />
            )
          }
        </Section>
      </Panels>
    </>
  );
}

/** The name that identifies an area: with its region if another shown area has the same name. */
function labelsOf(areas: Area[]): string[] {
  const seen = new Map<string, number>();
  for (const { area } of areas) seen.set(area, (seen.get(area) ?? 0) + 1);
  return areas.map(({ area, region }) => ((seen.get(area) ?? 0) > 1 && region !== null ? `${area}, ${region}` : area));
}

interface RankingProps {
  areas: Area[];
  level: Level;
  sort: Sort;
  order: 'asc' | 'desc';
}

function Ranking({ areas, level, sort, order }: RankingProps) {
  const { t } = useLingui();
  const { address, filters, format, show } = usePage();
  const labels = useMemo(() => labelsOf(areas), [areas]);
  const compared = address.area ?? [];
  const interval = useSparkInterval();
  const lines = useSparks(labels, level, interval);
  const growth = (
    [
      ['change', t`1 year`],
      ['change_over_three_years', t`3 years`],
      ['change_over_five_years', t`5 years`],
    ] as const
  ).filter(([member]) => areas.some((area) => area[member] !== null));
  /** A phone has room for one of them. */
  const growthClass = (member: Sort) =>
    member === (growth.some(([each]) => each === sort) ? sort : 'change') ? 'number' : `number ${classes.wide}`;
  const head = (member: Sort, name: string, className = 'number') => (
    <th
      key={member}
      scope="col"
      className={className}
      aria-sort={member === sort ? (order === 'asc' ? 'ascending' : 'descending') : 'none'}
    >
      <button
        type="button"
        onClick={() => show({ sort: member, order: member === sort && order === 'desc' ? 'asc' : undefined })}
      >
        {name}
        {member === sort && <span aria-hidden="true">{order === 'desc' ? ' ↓' : ' ↑'}</span>}
      </button>
    </th>
  );
  return (
    <table className={`table ${classes.ranking}`}>
      <thead>
        <tr>
          <th scope="col" className={classes.check}>
            <span className="hidden">
              <Trans>Compare</Trans>
            </span>
          </th>
          <th scope="col">
            <Trans>Area</Trans>
          </th>
          {head('sales', t`Sales`)}
          <th scope="col" className={classes.spark}>
            {interval === 'month' ? <Trans>Median by month</Trans> : <Trans>Median by quarter</Trans>}
          </th>
          {head('median', t`Median`)}
          <th scope="col" className={`number ${classes.wide}`}>
            <Trans>95% interval</Trans>
          </th>
          {growth.map(([member, name]) => head(member, name, growthClass(member)))}
        </tr>
      </thead>
      <tbody>
        {areas.map((area, i) => {
          const label = labels[i] as string;
          const place = filterOfArea(level, area.area, area.region);
          const rows = { ...without(filters, 'place'), ...place };
          const isCompared = compared.includes(label);
          const firm = area.support === 'good';
          return (
            <tr key={`${area.area} ${area.region}`} className={firm ? undefined : classes.thin}>
              <td className={classes.check}>
                <input
                  type="checkbox"
                  aria-label={t`Compare ${label}`}
                  checked={isCompared}
                  disabled={!isCompared && compared.length >= maxCompared}
                  onChange={() =>
                    show({ area: isCompared ? compared.filter((each) => each !== label) : [...compared, label] })
                  }
                />
              </td>
              <th scope="row">{label}</th>
              <td className="number">
                <Door rows={rows}>{format.count(area.sales)}</Door>
              </td>
              <td className={classes.spark}>{lines.get(label)}</td>
              <td className="number">
                {firm ? '' : '≈ '}
                <Door rows={rows}>{firm ? format.price(area.median) : format.roughPrice(area.median)}</Door>
              </td>
              <td className={`number muted ${classes.wide}`}>
                {area.median_lower === null
                  ? '–'
                  : `${format.shortPrice(area.median_lower)} – ${format.shortPrice(area.median_upper)}`}
              </td>
              {growth.map(([member]) => {
                const interval = area[`${member}_interval`];
                const change = area[member];
                const clear = interval.clear && change !== null;
                return (
                  <td key={member} className={growthClass(member)}>
                    <span className={clear ? (change > 0 ? 'up' : 'down') : 'muted'}>{format.change(change)}</span>
                    {interval.lower !== null && change !== null && (
                      <span className={classes.interval}>
                        {format.change(interval.lower)} – {format.change(interval.upper)}
                      </span>
                    )}
                  </td>
                );
              })}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Small trends are by quarter, unless that leaves too few points. */
function useSparkInterval(): Interval {
  const covered = useCovered();
  return covered?.from && covered.to && monthsOf(covered.from, covered.to) < 24 ? 'month' : 'quarter';
}

/** Small trends of areas, asked ten at a time. */
function useSparks(labels: string[], level: Level, interval: Interval) {
  const { filters } = usePage();
  const batches = Array.from({ length: Math.ceil(labels.length / maxCompared) }, (_, i) =>
    labels.slice(i * maxCompared, (i + 1) * maxCompared),
  );
  const answers = useQueries({
    queries: batches.map((area) =>
      questionOptions(questions.compare(without(filters, 'place'), interval, level, area)),
    ),
  });
  const sparks = new Map<string, React.ReactNode>();
  for (const { data } of answers) {
    if (!data) continue;
    const { groups, periods } = shapeTrend(data);
    for (const { name, points } of groups) {
      if (name === null) continue;
      const line = points.map((point, i) => ({
        value: point?.median ?? null,
        covered: periods[i]?.coverage === 'covered',
      }));
      sparks.set(name, <SparkLine points={line} width={110} colour="var(--kind-0)" />);
    }
  }
  return sparks;
}
