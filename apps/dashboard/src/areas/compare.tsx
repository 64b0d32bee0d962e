import { useLingui } from '@lingui/react/macro';
import { filterNameOf, filterOfArea, type Level, scales } from '../address.ts';
import { questions, useAnswer } from '../api/queries.ts';
import { Segmented } from '../parts/segmented.tsx';
import { without } from '../parts/sentence.ts';
import { defaultInterval, type TrendLine, TrendSection } from '../parts/trend-section.tsx';
import { usePage } from '../use-page.ts';
import classes from './compare.module.css';

export const maxCompared = 10;

/** Areas on one chart, as prices or as an index. */
export function Compare({ level, areas }: { level: Level; areas: string[] }) {
  const { t } = useLingui();
  const { address, filters, show } = usePage();
  const interval = address.interval ?? defaultInterval;
  const question = questions.compare(without(filters, 'place'), interval, level, areas);
  const answer = useAnswer(question);
  const scale = address.scale ?? 'price';
  // The answer's names may have their region.
  const groups = [...new Set(answer.data?.periods.map(({ group }) => group))].filter((group) => group !== null);
  const lines = groups.map((group, i): TrendLine => {
    const [name, region] = group.split(', ');
    const place = filterOfArea(level, name as string, region ?? null);
    return { group, name: group, kind: i, filters: { ...without(filters, 'place'), ...place } };
  });
  const places = lines.map(({ filters }) => filters);
  const regions = new Set(places.map(({ region }) => region?.[0]));
  // Localities of one name in several regions cannot be selected with others elsewhere.
  const together =
    level === 'region' || regions.size <= 1
      ? { ...places[0], [filterNameOf(level)]: places.flatMap((place) => place[filterNameOf(level)] ?? []) }
      : null;
  const names = { price: t`Prices`, index: t`First covered period = 100` };
  return (
    <TrendSection
      title={t`Compared`}
      span={12}
      question={question}
      answer={answer}
      lines={lines}
      leftOutFilters={together}
      volumes={false}
      indexed={scale === 'index'}
      note={
        <span className={classes.note}>
          {areas.map((area) => (
            <button
              key={area}
              type="button"
              aria-label={t`Remove ${area}`}
              onClick={() => show({ area: areas.filter((each) => each !== area) })}
            >
              {area} <span aria-hidden="true">×</span>
            </button>
          ))}
        </span>
      }
      footing={
        <Segmented
          label={t`Scale`}
          value={scale}
          choices={scales.map((each) => [each, names[each]] as const)}
          onChange={(scale) => show({ scale })}
        />
      }
    />
  );
}
