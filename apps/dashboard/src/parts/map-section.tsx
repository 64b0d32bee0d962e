import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useMemo } from 'react';
import type { Filters } from '../address.ts';
import { questions, useAnswer } from '../api/queries.ts';
import { usePage } from '../use-page.ts';
import { useMarketFacets } from './covered.ts';
import { Door } from './door.tsx';
import { MapChart } from './map-chart.tsx';
import { classBreaks, classOf, shadeOf } from './map-classes.ts';
import type { MapPoint } from './map-frame.ts';
import classes from './map-section.module.css';
import { Section } from './section.tsx';

interface MapSectionProps {
  title: string;
  note: ReactNode;
  span?: 6 | 12;
  tall?: boolean;
  /** Which sales are on the map; undefined until it is known. */
  filters: Filters | undefined;
  height: number;
  onChoose(area: string, region: string | null): void;
  onArea?(area: string | undefined): void;
}

/** Localities as points, or the sales themselves where a market has no localities. */
export function MapSection({
  title,
  note,
  span = 6,
  tall,
  filters: selected,
  height,
  onChoose,
  onArea,
}: MapSectionProps) {
  const { t } = useLingui();
  const { format } = usePage();
  const whole = useMarketFacets();
  const hasLocalities = whole.data === undefined || whole.data.locality.total > 1;
  const filters = selected ?? {};
  const question = questions.map(filters, hasLocalities ? 'locality' : 'sales');
  // A question that the next answer changes would be cancelled.
  const answer = useAnswer(question, selected !== undefined && !whole.isPending);
  const points = useMemo(
    () =>
      answer.data?.features.map(({ geometry, properties }): MapPoint & { region: string | null } => ({
        name: properties.area,
        region: properties.region,
        longitude: geometry.coordinates[0] as number,
        latitude: geometry.coordinates[1] as number,
        sales: properties.sales,
        median: properties.median,
        few: hasLocalities && properties.sales < 10,
      })) ?? [],
    [answer.data, hasLocalities],
  );
  return (
    <Section
      title={title}
      note={note}
      span={span}
      tall={tall}
      question={question}
      answer={answer}
      leftOut={answer.data?.left_out}
      height={height + 76}
      measures={['median', 'colours']}
      footing={({ approximate, unlocated }) => (
        <>
          {approximate > 0 && <Trans>Each sale placed at the middle of its locality or postcode</Trans>}
          {unlocated > 0 && <span>{t`${format.count(unlocated)} can’t be placed`}</span>}
        </>
      )}
      table={({ features }) => (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">
                <Trans>Place</Trans>
              </th>
              <th scope="col" className="number">
                <Trans>Sales</Trans>
              </th>
              <th scope="col" className="number">
                <Trans>Median</Trans>
              </th>
            </tr>
          </thead>
          <tbody>
            {features.map(({ properties: { area, region, id, address, sales, median } }) => (
              <tr key={`${area} ${region} ${id} ${median}`}>
                <th scope="row">{area ?? address ?? '–'}</th>
                <td className="number">
                  {area === null ? (
                    format.count(sales)
                  ) : (
                    <Door rows={{ ...filters, locality: [area], region: region === null ? undefined : [region] }}>
                      {format.count(sales)}
                    </Door>
                  )}
                </td>
                <td className="number">{format.price(median)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    >
      {({ features }) =>
        features.length === 0 ? (
          <p className="note">
            <Trans>No sale has coordinates. A gazetteer, loaded as a file, places them by locality or postcode.</Trans>
          </p>
        ) : (
          <>
            <MapChart
              label={t`${title}. Arrow keys go to the next place, with Shift they move the map; plus and minus change its scale. Enter opens a place.`}
              points={points}
              height={height}
              area={filters.within}
              onArea={onArea}
              onChoose={(point) => {
                const { name, region } = point as MapPoint & { region: string | null };
                if (name !== null) onChoose(name, region);
              }}
            />
            <Legend points={points} />
          </>
        )
      }
    </Section>
  );
}

/** The classes of colour, as a histogram of the places in each. */
function Legend({ points }: { points: MapPoint[] }) {
  const { format } = usePage();
  const breaks = classBreaks(points);
  const counts = Array.from({ length: breaks.length + 1 }, () => 0);
  for (const { median, few } of points) {
    const index = classOf(breaks, median);
    if (!few) counts[index] = (counts[index] ?? 0) + 1;
  }
  const most = Math.max(1, ...counts);
  const texts = breaks.map(format.chart('month').axisPrice);
  const step = Math.max(48, ...texts.map(({ length }) => 6 * length));
  return (
    <div className={classes.legend}>
      <ol style={{ width: counts.length * step }}>
        {counts.map((count, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: classes in order
          <li key={i}>
            <span>{format.count(count)}</span>
            <i style={{ height: 4 + (count / most) * 16, background: `var(--more-${shadeOf(i, counts.length)})` }} />
            {i < breaks.length && <b>{texts[i]}</b>}
          </li>
        ))}
      </ol>
      <p className="note">
        <Trans>Bars count the places of each colour</Trans>
      </p>
    </div>
  );
}
