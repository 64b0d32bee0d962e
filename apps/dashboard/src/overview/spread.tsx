import { Trans, useLingui } from '@lingui/react/macro';
import { useQueries } from '@tanstack/react-query';
import { type Filters, withType } from '../address.ts';
import { questionOptions, questions } from '../api/queries.ts';
import type { Summary } from '../api/types.ts';
import { useKindNames, useKinds } from '../parts/kinds.ts';
import { Section } from '../parts/section.tsx';
import { SpreadChart, SpreadTable } from '../parts/spread-chart.tsx';

/** How the prices of the leading types spread. */
export function Spread({ leading, filters, span }: { leading: Summary['by_type']; filters: Filters; span: 4 | 6 }) {
  const { t } = useLingui();
  const kindOf = useKinds();
  const kindName = useKindNames();
  const asked = leading.map(({ type }) => questions.distribution(withType(filters, type), 'log'));
  const answers = useQueries({ queries: asked.map(questionOptions) });
  const spreads = answers.flatMap(({ data }, i) => {
    const type = leading[i]?.type ?? null;
    return data ? [{ ...data, name: kindName(type).many, kind: kindOf(type), filters: withType(filters, type) }] : [];
  });
  const first = answers[0];
  return (
    <Section
      title={t`How prices spread`}
      span={span}
      note={<Trans>Share of sales at each price, on a scale of equal ratios</Trans>}
      question={asked[0]}
      answer={{
        data: spreads.length > 0 && spreads.length === leading.length ? spreads : undefined,
        error: answers.find(({ error }) => error)?.error ?? null,
        isPlaceholderData: first?.isPlaceholderData ?? false,
        refetch: () => answers.map(({ refetch }) => refetch()),
      }}
      height={230}
      measures={['spread', 'ratios', 'median']}
      table={(spreads) => <SpreadTable spreads={spreads} />}
    >
      {(spreads) => <SpreadChart spreads={spreads} />}
    </Section>
  );
}
