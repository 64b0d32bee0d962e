import { Plural, Trans, useLingui } from '@lingui/react/macro';
import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type Filters, filterOfArea } from '../address.ts';
import type { Question } from '../api/queries.ts';
import type { Changes } from '../api/types.ts';
import { Door } from '../parts/door.tsx';
import { Section } from '../parts/section.tsx';
import { useWidth } from '../parts/use-width.ts';
import { usePage } from '../use-page.ts';
import classes from './movers.module.css';

type Area = Changes['areas'][number];

interface MoversProps {
  /** What moved, such as `house prices`. */
  title: string;
  question: Question;
  answer: UseQueryResult<Changes>;
  filters: Filters;
  tall: boolean;
}

/** At most this many rising and falling areas are shown. */
const maxUp = 8;
const maxDown = 6;

/** Areas without a clear change fill up to this many rows. */
const maxRows = 18;

/** The share that the axis ends at. */
const axisEnd = 0.5;

/** Areas whose median moved by more than chance explains, the surest first, below all that can be compared. */
export function Movers({ title, question, answer, filters, tall }: MoversProps) {
  const { t } = useLingui();
  const { format } = usePage();
  const { data } = answer;
  return (
    <Section
      title={title}
      span={6}
      tall={tall}
      question={question}
      answer={answer}
      leftOut={data?.left_out}
      height={560}
      measures={['change', 'luck']}
      note={
        data && (
          <Trans>
            Median, {format.span(data.later.from, data.later.to)} against{' '}
            {format.span(data.earlier.from, data.earlier.to)}, with 95% interval. Of {format.count(data.compared)} areas
            with 30 sales or more in both, <Plural value={data.clear} one="# moved" other="# moved" /> by more than
            chance explains. By luck alone, at most {format.count(Math.ceil(data.expected_by_chance))} would. The mix of
            what is sold is not held constant. Surest first.
          </Trans>
        )
      }
      table={({ areas }) => <Table areas={areas.filter(isSupported)} />}
      footing={({ total, compared }) => (
        <>
          <Trans>{format.count(total - compared)} areas too thin to rank</Trans>{' '}
          <Link to="/app/areas" search={filters} className="screen">
            <Trans>All areas</Trans>
          </Link>
        </>
      )}
    >
      {(data) =>
        data.compared === 0 ? (
          <p className="note">{t`No area has enough sales in both periods.`}</p>
        ) : (
          <Rows data={data} filters={filters} />
        )
      }
    </Section>
  );
}

const isSupported = ({ change, change_interval }: Area) => change !== null && change_interval.support === 'good';

function Rows({ data, filters }: { data: Changes; filters: Filters }) {
  const { t } = useLingui();
  const supported = data.areas.filter(isSupported);
  const clear = supported.filter(({ change_interval }) => change_interval.clear);
  const up = clear.filter(({ change }) => (change as number) > 0).slice(0, maxUp);
  const down = clear.filter(({ change }) => (change as number) < 0).slice(0, maxDown);
  const unclear = supported
    .filter(({ change_interval }) => !change_interval.clear)
    .toSorted((a, b) => b.change_interval.sales - a.change_interval.sales)
    .slice(0, Math.max(0, maxRows - up.length - down.length));
  const groups = [
    { name: t`Risen`, areas: up },
    { name: t`Fallen`, areas: down },
    { name: t`No clear change, most sales first`, areas: unclear },
  ].filter(({ areas }) => areas.length > 0);
  return (
    <div>
      <Strip areas={supported} />
      {/* A hidden caption would be a row to the browser, whose cell decides the widths of the columns. */}
      {groups.map(({ name, areas }) => (
        <table key={name} className={classes.rows} aria-label={name}>
          {areas === unclear && <caption className={classes.caption}>{name}</caption>}
          <tbody>
            {areas.map((area) => (
              <Row key={`${area.area} ${area.region}`} area={area} data={data} filters={filters} />
            ))}
          </tbody>
        </table>
      ))}
      <Axis />
    </div>
  );
}

const at = (share: number, width: number) =>
  ((Math.max(-axisEnd, Math.min(axisEnd, share)) + axisEnd) / (2 * axisEnd)) * width;

function Row({
  area: { area, region, change, change_interval },
  data,
  filters,
}: {
  area: Area;
  data: Changes;
  filters: Filters;
}) {
  const { format } = usePage();
  const { lower, upper, sales, sales_before, clear } = change_interval;
  const value = change as number;
  const kind = !clear ? 'muted' : value > 0 ? 'up' : 'down';
  const place = filterOfArea(data.level, area, region);
  const rows = (period: { from: string; to: string }): Filters => ({
    ...filters,
    ...place,
    sold_from: period.from,
    sold_to: period.to,
  });
  return (
    <tr>
      <th scope="row">{area}</th>
      <td className={classes.counts}>
        <Door rows={rows(data.earlier)}>{format.count(sales_before)}</Door> →{' '}
        <Door rows={rows(data.later)}>{format.count(sales)}</Door>
      </td>
      <td className={classes.picture}>
        <Interval value={value} low={lower} high={upper} colour={colourOf(value, clear)} />
      </td>
      <td className={`${classes.change} ${kind}`}>{format.change(change)}</td>
    </tr>
  );
}

const colourOf = (change: number, clear: boolean) =>
  !clear ? 'var(--flat)' : change > 0 ? 'var(--up)' : 'var(--down)';

interface IntervalProps {
  value: number;
  low: number | null;
  high: number | null;
  colour: string;
}

function Interval({ value, low, high, colour }: IntervalProps) {
  const [ref, width] = useWidth();
  return (
    <div ref={ref}>
      <svg width={width} height="25" aria-hidden="true">
        <path d={`M${width / 2} 0V25`} stroke="var(--ink2)" />
        {[-0.4, -0.2, 0.2, 0.4].map((share) => (
          <path key={share} d={`M${at(share, width)} 0V25`} stroke="var(--rule)" />
        ))}
        {low !== null && high !== null && (
          <path
            d={`M${at(low, width)} 12.5H${at(high, width)}`}
            stroke={colour}
            strokeWidth="3"
            opacity="0.35"
            strokeLinecap="round"
          />
        )}
        <circle cx={at(value, width)} cy="12.5" r="4.5" fill={colour} />
      </svg>
    </div>
  );
}

/** All areas that can be compared, so that the few are seen among the many. */
function Strip({ areas }: { areas: Area[] }) {
  const { t } = useLingui();
  const { format } = usePage();
  const [ref, width] = useWidth();
  const step = 6.5;
  const stacks = new Map<number, number>();
  const dots = areas
    .toSorted((a, b) => (a.change as number) - (b.change as number))
    .map(({ area, region, change, change_interval }) => {
      const column = Math.round(at(change as number, width) / step);
      const row = stacks.get(column) ?? 0;
      stacks.set(column, row + 1);
      const { clear } = change_interval;
      return { key: `${area} ${region}`, x: column * step, row, colour: colourOf(change as number, clear), clear };
    });
  const tallest = Math.max(1, ...stacks.values());
  const height = 96;
  const rise = Math.min(5.4, (height - 8) / tallest);
  return (
    <div className={classes.strip}>
      <p className="note">{t`All ${format.count(areas.length)}`}</p>
      <div ref={ref} className={classes.picture}>
        <svg width={width} height={height} role="img" aria-label={t`The changes of all areas that can be compared`}>
          <path d={`M${width / 2} 0V${height}`} stroke="var(--ink2)" />
          {dots.map(({ key, x, row, colour, clear }) => (
            <circle
              key={key}
              cx={x}
              cy={height - 5 - row * rise}
              r={Math.min(2.4, rise / 2)}
              fill={colour}
              opacity={clear ? 1 : 0.55}
            />
          ))}
        </svg>
      </div>
    </div>
  );
}

function Axis() {
  const { format } = usePage();
  const [ref, width] = useWidth();
  const shares = width < 200 ? [-0.4, 0, 0.4] : [-0.4, -0.2, 0, 0.2, 0.4];
  return (
    <div className={classes.strip}>
      <span />
      <div ref={ref} className={classes.picture}>
        <svg width={width} height="18" aria-hidden="true">
          {shares.map((share) => (
            <text key={share} x={at(share, width)} y="13" textAnchor="middle" fontSize="12" fill="var(--ink3)">
              {share === 0 ? '0' : `${share > 0 ? '+' : '−'}${format.percent(Math.abs(share))}`}
            </text>
          ))}
        </svg>
      </div>
    </div>
  );
}

function Table({ areas }: { areas: Area[] }) {
  const { format } = usePage();
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">
            <Trans>Area</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Before</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>After</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>Change</Trans>
          </th>
          <th scope="col" className="number">
            <Trans>95% interval</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {areas.map(({ area, region, median, median_before, change, change_interval }) => (
          <tr key={`${area} ${region}`}>
            <th scope="row">{area}</th>
            <td className="number">{format.price(median_before)}</td>
            <td className="number">{format.price(median)}</td>
            <td className="number">{format.change(change)}</td>
            <td className="number">
              {format.change(change_interval.lower)} – {format.change(change_interval.upper)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
