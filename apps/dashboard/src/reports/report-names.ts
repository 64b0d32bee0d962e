import { useLingui } from '@lingui/react/macro';
import type { Form, Report } from '../api/reporting.ts';

interface Names {
  title: string;
  summary: string;
}

/** The names of reports in the reader's language. Custom reports have those that their authors gave them. */
export function useReportNames(): (report: Pick<Report, 'name'> & { summary?: string }) => Names {
  const { t } = useLingui();
  const names: Record<string, Names> = {
    'market-report': {
      title: t`Market report`,
      summary: t`Headline figures, prices over time, an index, the distribution, areas and a map`,
    },
    'area-comparison': {
      title: t`Area comparison`,
      summary: t`Up to ten regions, localities or postcodes side by side`,
    },
    valuation: { title: t`Valuation`, summary: t`What a dwelling would sell for, and the sales that show it` },
    'property-summary': {
      title: t`Property summary`,
      summary: t`Properties, sales and prices by region, type or locality`,
    },
    'data-quality': { title: t`Data quality`, summary: t`Sources, what is left out, and what is suspicious` },
  };
  return ({ name, summary = '' }) => names[name] ?? { title: titled(name.replace(/^custom\//, '')), summary };
}

const titled = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');

export function useFormNames(): Record<Form, string> {
  const { t } = useLingui();
  return { pdf: 'PDF', html: t`Web page`, xlsx: 'Excel', csv: 'CSV', json: 'JSON', png: t`Picture` };
}

/** What a link, a schedule or a job is of: the report, its market and its places. */
export function useSubjectWords() {
  const names = useReportNames();
  return (report: string, parameters: object) => {
    const { market, locality, postcode, region, area } = parameters as Record<string, string | string[] | undefined>;
    return [names({ name: report }).title, market, locality ?? postcode ?? region ?? area]
      .flat()
      .filter(Boolean)
      .join(', ');
  };
}
