/** Small trends beside a headline figure. */

interface SparkPoint {
  value: number | null;
  /** Whether the period is covered; others are dotted and hollow, or hatched. */
  covered: boolean;
}

const height = 34;

/** A line of medians. Only covered periods set its scale. */
export function SparkLine({ points, width, colour }: { points: SparkPoint[]; width: number; colour: string }) {
  const firm = points.flatMap(({ value, covered }) => (covered && value !== null ? [value] : []));
  if (firm.length < 2 || width === 0) return <svg width={width} height={height} aria-hidden="true" />;
  const [low, high] = [Math.min(...firm), Math.max(...firm)];
  const x = (i: number) => 4 + (i / Math.max(1, points.length - 1)) * (width - 8);
  const y = (value: number) =>
    Math.max(2, Math.min(height - 2, height - 6 - ((value - low) / (high - low || 1)) * (height - 12)));
  const path = (keep: (i: number) => boolean) =>
    points
      .flatMap(({ value }, i) => (value !== null && keep(i) ? [`${x(i).toFixed(1)} ${y(value).toFixed(1)}`] : []))
      .map((point, i) => `${i === 0 ? 'M' : 'L'}${point}`)
      .join('');
  const last = points.findLastIndex(({ value, covered }) => covered && value !== null);
  const tail = points.slice(last + 1, last + 2).some(({ value }) => value !== null) ? last + 1 : undefined;
  const valueAt = (i: number) => points[i]?.value as number;
  return (
    <svg width={width} height={height} aria-hidden="true">
      <path
        d={path((i) => points[i]?.covered === true)}
        fill="none"
        stroke={colour}
        strokeWidth="2"
        strokeLinejoin="round"
      />
      <circle cx={x(last)} cy={y(valueAt(last))} r="3.2" fill={colour} />
      {tail !== undefined && (
        <>
          <path
            d={path((i) => i === last || i === tail)}
            fill="none"
            stroke={colour}
            strokeWidth="1.5"
            strokeDasharray="2 3"
          />
          <circle cx={x(tail)} cy={y(valueAt(tail))} r="2.6" fill="var(--paper)" stroke={colour} strokeWidth="1.4" />
        </>
      )}
    </svg>
  );
}

/** Bars of counts from 0. */
export function SparkBars({ points, width }: { points: SparkPoint[]; width: number }) {
  if (points.length === 0 || width === 0) return <svg width={width} height={height} aria-hidden="true" />;
  const highest = Math.max(1, ...points.map(({ value }) => value ?? 0));
  const step = width / points.length;
  return (
    <svg width={width} height={height} aria-hidden="true">
      {points.map(({ value, covered }, i) => {
        const tall = ((value ?? 0) / highest) * (height - 4);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: periods in order
            key={i}
            x={i * step}
            y={height - tall - 1}
            width={Math.max(1, step - 2)}
            height={tall}
            fill={covered ? 'var(--bar)' : 'none'}
            stroke={covered ? 'none' : 'var(--bar)'}
            strokeDasharray="2 2"
          />
        );
      })}
      <path d={`M0 ${height - 0.5}H${width}`} stroke="var(--strongRule)" />
    </svg>
  );
}
