import { Trans, useLingui } from '@lingui/react/macro';
import type { Answer } from '@property-insights/api-types';
import { roundRatios } from '@property-insights/charts';
import type { Filters } from '../address.ts';
import { usePage } from '../use-page.ts';
import { type Mark, Marked } from './cursor.tsx';
import { Door } from './door.tsx';
import { colourOfKind } from './kinds.ts';
import { useWidth } from './use-width.ts';

interface SpreadChartProps {
  spreads: Spread[];
}

export type Spread = Answer<'/api/analytics/distribution'> & {
  name: string;
  kind: number | undefined;
  /** The sales whose prices are drawn. */
  filters: Filters;
};

const height = 190;

/** Histograms on a scale of equal ratios. Areas are shares of sales, whatever the widths of the bins. */
export function SpreadChart({ spreads }: SpreadChartProps) {
  const { t } = useLingui();
  const { format } = usePage();
  const [ref, width] = useWidth();
  const edges = spreads.flatMap(({ bins }) => bins.flatMap(({ from, to }) => [from, to]));
  if (edges.length === 0) return <div ref={ref} style={{ height }} />;
  const [low, high] = [Math.min(...edges), Math.max(...edges)];
  const x = (value: number) => ((Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low) || 1)) * width;
  const densities = spreads.map(({ bins, sales }) =>
    bins.map(({ from, to, sales: inBin }) => inBin / sales / Math.log(to / from)),
  );
  const tallest = Math.max(...densities.flat());
  const y = (density: number) => height - (density / tallest) * (height - 36);
  const chart = format.chart('month');
  const marks = spreads.map(({ bins, name, kind, sales, filters }, i) =>
    bins.flatMap((bin, j): Mark[] => {
      if (bin.sales === 0) return [];
      return [
        {
          x: x(Math.sqrt(bin.from * bin.to)),
          y: y(densities[i]?.[j] ?? 0),
          title: [`${format.price(bin.from)} – ${format.price(bin.to)}`, name].join(', '),
          facts: [
            [t`Sales`, format.count(bin.sales)],
            [t`Share`, format.share(bin.sales / sales)],
          ],
          rows: { ...filters, ...pricesOf(bin, filters) },
          colour: colourOfKind(kind),
        },
      ];
    }),
  );
  return (
    <div ref={ref}>
      {width > 0 && (
        <Marked
          label={t`How prices spread: ${spreads.map(({ name }) => name).join(', ')}`}
          width={width}
          height={height + 26}
          lines={marks}
          below={26}
          byColumn
        >
          <svg width={width} height={height + 26} aria-hidden="true">
            {roundRatios(low, high, width < 300 ? 4 : 6).map((value) => (
              <g key={value}>
                <path d={`M${x(value)} 8V${height}`} stroke="var(--rule)" />
                <text
                  x={Math.max(16, Math.min(width - 16, x(value)))}
                  y={height + 18}
                  textAnchor="middle"
                  fontSize="12"
                  fill="var(--ink3)"
                >
                  {chart.axisPrice(value)}
                </text>
              </g>
            ))}
            {spreads.map(({ bins, name, kind }, i) => {
              const line = bins
                .map(
                  ({ from, to }, j) =>
                    `${x(from).toFixed(1)} ${y(densities[i]?.[j] ?? 0).toFixed(1)}H${x(to).toFixed(1)}`,
                )
                .join('L');
              const colour = colourOfKind(kind);
              return (
                <g key={name}>
                  <path d={`M${x(bins[0]?.from ?? low)} ${height}L${line}V${height}Z`} fill={colour} opacity="0.14" />
                  <path d={`M${line}`} fill="none" stroke={colour} strokeWidth="1.8" strokeLinejoin="round" />
                </g>
              );
            })}
            {spreads.map(({ name, kind, percentiles }, i) => {
              const median = percentiles.find(({ percent }) => percent === 50)?.value;
              if (median == null) return null;
              const at = x(median);
              const right = at < width / 2 ? i % 2 === 0 : false;
              return (
                <g key={name}>
                  <path d={`M${at} ${14 + i * 18}V${height}`} stroke={colourOfKind(kind)} strokeDasharray="2 3" />
                  <text
                    x={at + (right || i % 2 === 0 ? 6 : -6)}
                    y={18 + i * 18}
                    textAnchor={right || i % 2 === 0 ? 'start' : 'end'}
                    fontSize="12"
                    fontWeight="600"
                    fill={kind === undefined ? 'var(--ink3)' : `var(--letter-${kind})`}
                    stroke="var(--paper)"
                    strokeWidth="4"
                    paintOrder="stroke"
                  >
                    {name} {format.shortPrice(median)}
                  </text>
                </g>
              );
            })}
            <path d={`M0 ${height + 0.5}H${width}`} stroke="var(--ink2)" />
          </svg>
        </Marked>
      )}
    </div>
  );
}

/** The sales at each range of prices, of each type. */
export function SpreadTable({ spreads }: SpreadChartProps) {
  const { format } = usePage();
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">
            <Trans>Type</Trans>
          </th>
          <th scope="col">
            <Trans>Price</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Sales</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Share</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {spreads.flatMap(({ name, bins, sales, filters }) =>
          bins.map((bin) => (
            <tr key={`${name} ${bin.from}`}>
              <th scope="row">{name}</th>
              <td>
                {format.price(bin.from)} – {format.price(bin.to)}
              </td>
              <td className="number">
                <Door rows={{ ...filters, ...pricesOf(bin, filters) }}>{format.count(bin.sales)}</Door>
              </td>
              <td className="number">{format.share(bin.sales / sales)}</td>
            </tr>
          )),
        )}
      </tbody>
    </table>
  );
}

/** The prices of a bin that the filters select too. Prices are whole, and the end of a bin is not in it. */
function pricesOf({ from, to }: Spread['bins'][number], filters: Filters) {
  return {
    price_min: Math.max(Math.ceil(from), filters.price_min ?? 0),
    price_max: Math.min(Math.ceil(to) - 1, filters.price_max ?? Number.POSITIVE_INFINITY),
  };
}
