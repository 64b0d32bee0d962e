import { Trans } from '@lingui/react/macro';
import type { PriceIndex } from '../api/types.ts';
import { kindOfMethod, useMethods } from '../parts/index-methods.ts';
import { colourOfKind } from '../parts/kinds.ts';
import { useWidth } from '../parts/use-width.ts';
import { usePage } from '../use-page.ts';
import type { IndexSeries, IndexShape } from './index-shape.ts';
import classes from './method-card.module.css';

const height = 140;
const bottom = 18;
const left = 34;

interface MethodCardProps {
  shape: IndexShape;
  series: IndexSeries;
  /** The range of all cards, which thin periods do not set. */
  axis: PriceIndex['axis'];
  isDefault: boolean;
}

/** One method: its line among those of the others, what it does, and when it misleads. */
export function MethodCard({ shape, series, axis, isDefault }: MethodCardProps) {
  const { name, does, misleads } = useMethods()[series.method];
  const { format } = usePage();
  const [ref, width] = useWidth();
  const { periods } = shape;
  const { lower: low, upper: high } = rangeOf(axis);
  const x = (i: number) => left + ((i + 0.5) / periods.length) * (width - left);
  const y = (value: number) =>
    Math.max(2, Math.min(height - bottom, 6 + ((high - value) / (high - low)) * (height - bottom - 12)));
  const isFirm = (i: number) => periods[i]?.coverage === 'covered';
  const path = ({ values }: IndexSeries) => {
    let isJoined = false;
    return values
      .map((value, i) => {
        const drawn = value !== undefined && !value.thin && isFirm(i);
        const part = drawn ? `${isJoined ? 'L' : 'M'}${x(i).toFixed(1)} ${y(value.value).toFixed(1)}` : '';
        isJoined = drawn;
        return part;
      })
      .join('');
  };
  const banded = series.values.flatMap((value, i) =>
    value && value.low !== null && value.high !== null && !value.thin && isFirm(i)
      ? [{ i, low: value.low, high: value.high }]
      : [],
  );
  const corners = (end: 'low' | 'high') => banded.map((each) => `${x(each.i).toFixed(1)} ${y(each[end]).toFixed(1)}`);
  const band = [...corners('high'), ...corners('low').reverse()].join('L');
  const colour = colourOfKind(kindOfMethod[series.method]);
  const [first, last] = [periods[0]?.day, periods.at(-1)?.day];
  return (
    <section className={classes.card}>
      <header>
        <h2>{name}</h2>
        {isDefault && (
          <span className={classes.default}>
            <Trans>used by default</Trans>
          </span>
        )}
      </header>
      <div ref={ref}>
        <svg width={width} height={height} aria-hidden="true">
          {[high, (high + low) / 2, low].map((value) => (
            <g key={value}>
              <path d={`M${left} ${y(value)}H${width}`} stroke="var(--rule)" />
              <text x={left - 8} y={y(value) + 4} textAnchor="end">
                {Math.round(value)}
              </text>
            </g>
          ))}
          {shape.series
            .filter((other) => other !== series)
            .map((other) => (
              <path key={other.method} d={path(other)} fill="none" stroke="var(--strongRule)" strokeWidth="1.3" />
            ))}
          {banded.length > 1 && <path d={`M${band}Z`} fill={colour} opacity="0.18" />}
          <path d={path(series)} fill="none" stroke={colour} strokeWidth="2.2" strokeLinejoin="round" />
          {series.values.map(
            (value, i) =>
              value?.thin && (
                <circle
                  key={periods[i]?.day}
                  cx={x(i)}
                  cy={y(value.value)}
                  r="2.6"
                  fill="var(--paper)"
                  stroke={colour}
                  strokeWidth="1.3"
                />
              ),
          )}
          {first && last && (
            <>
              <text x={left} y={height - 3}>
                {format.period(first, shape.interval)}
              </text>
              <text x={width} y={height - 3} textAnchor="end">
                {format.period(last, shape.interval)}
              </text>
            </>
          )}
        </svg>
      </div>
      <p>{does}</p>
      <p className="note">{misleads}</p>
    </section>
  );
}

/** Round ends of the axis; those around 100 where the answer has none. */
function rangeOf(axis: PriceIndex['axis']): { lower: number; upper: number } {
  const [from, to] = [axis?.from ?? 95, axis?.to ?? 105];
  const step = to - from > 60 ? 20 : 10;
  const [lower, upper] = [Math.floor(from / step) * step, Math.ceil(to / step) * step];
  return lower < upper ? { lower, upper } : { lower: lower - step, upper: upper + step };
}
