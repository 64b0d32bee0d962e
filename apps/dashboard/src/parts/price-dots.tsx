import { useLingui } from '@lingui/react/macro';
import type { Answer } from '@property-insights/api-types';
import { roundScale } from '@property-insights/charts';
import { usePage } from '../use-page.ts';
import { useWidth } from './use-width.ts';

type Distribution = Answer<'/api/analytics/distribution'>;

/** Up to this many sales each one is a dot. */
const maxDots = 400;
const height = 84;

function ticksOf(low: number, high: number): number[] {
  const { interval } = roundScale(0, high - low, 5);
  const from = Math.ceil(low / interval);
  return Array.from({ length: Math.floor(high / interval) - from + 1 }, (_, i) => (from + i) * interval);
}

interface PriceDotsProps {
  distribution: Distribution;
  /** A price that is marked among them. */
  marked?: number;
}

/** The prices of some sales, each a dot if they are few, and their median. */
export function PriceDots({ distribution: { bins, percentiles, sales }, marked }: PriceDotsProps) {
  const { t } = useLingui();
  const { format } = usePage();
  const [ref, width] = useWidth();
  const median = percentiles.find(({ percent }) => percent === 50)?.value;
  const [first, last] = [bins[0]?.from, bins.at(-1)?.to];
  const chart = format.chart('month');
  const label = median == null ? t`Prices` : t`The prices of the sales; their median is ${format.price(median)}`;
  if (first === undefined || last === undefined || median == null) return <div ref={ref} />;
  const x = (value: number) => 4 + ((value - first) / (last - first || 1)) * (width - 8);
  const highest = Math.max(...bins.map(({ sales }) => sales));
  const dots = sales <= maxDots && highest <= 24;
  const step = Math.min(7, (height - 4) / highest);
  const within = (value: number) => Math.max(4, Math.min(width - 4, x(value)));
  const lines = [
    { at: within(median), text: t`median ${format.price(median)}`, colour: 'var(--ink)', top: -2 },
    ...(marked === undefined
      ? []
      : [{ at: within(marked), text: t`this one ${format.price(marked)}`, colour: 'var(--letter-1)', top: -20 }]),
  ];
  return (
    <div ref={ref} style={{ paddingTop: marked === undefined ? 24 : 42 }}>
      {width > 0 && (
        <svg width={width} height={height + 26} role="img" aria-label={label}>
          {bins.map(({ from, to, sales }) => {
            const [left, right] = [x(from), x(to)];
            if (!dots) {
              const tall = (sales / highest) * (height - 4);
              return (
                <rect
                  key={from}
                  x={left + 0.5}
                  width={Math.max(1, right - left - 1)}
                  y={height - tall}
                  height={tall}
                  fill="var(--bar)"
                />
              );
            }
            return Array.from({ length: sales }, (_, i) => i).map((i) => (
              <circle
                key={`${from} ${i}`}
                cx={(left + right) / 2}
                cy={height - 4 - i * step}
                r={Math.min(2.6, step / 2.3)}
                fill="var(--bar)"
              />
            ));
          })}
          <path d={`M0 ${height + 0.5}H${width}`} stroke="var(--ink2)" />
          {lines.map(({ at, text, colour, top }) => (
            <g key={text}>
              <path d={`M${at} ${top - 4}V${height}`} stroke={colour} strokeWidth="1.5" />
              <text
                x={at + (at > width / 2 ? -7 : 7)}
                y={top}
                textAnchor={at > width / 2 ? 'end' : 'start'}
                fontSize="12"
                fontWeight="600"
                fill={colour}
              >
                {text}
              </text>
            </g>
          ))}
          {ticksOf(first, last).map((value) => (
            <text key={value} x={x(value)} y={height + 18} textAnchor="middle" fontSize="12" fill="var(--ink3)">
              {chart.axisPrice(value)}
            </text>
          ))}
        </svg>
      )}
    </div>
  );
}
