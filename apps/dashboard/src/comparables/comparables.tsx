import { Trans, useLingui } from '@lingui/react/macro';
import { useMemo } from 'react';
import { toValue } from '../address.ts';
import { questions, type Subject, useAnswer } from '../api/queries.ts';
import { NearbyMap, NoMap, nearbyHeight } from '../parts/nearby-map.tsx';
import { PropertyLink } from '../parts/property-link.tsx';
import { Section } from '../parts/section.tsx';
import { Failure, Skeleton } from '../parts/states.tsx';
import view from '../parts/view.module.css';
import { OwnSales } from '../property/own-sales.tsx';
import { usePage } from '../use-page.ts';
import { AddComparable } from './add-comparable.tsx';
import { Bridge } from './bridge.tsx';
import { ChooseSubject } from './choose-subject.tsx';
import classes from './comparables.module.css';
import { LeftOutTable } from './left-out-table.tsx';
import { StepsTable } from './steps-table.tsx';
import { readSubject, useSubjectSentence } from './subject.ts';
import { Value } from './value.tsx';

/** What a dwelling would sell for, and the sales that say so. */
export function Comparables() {
  const { address } = usePage();
  return address.subject ? (
    <Valued text={address.subject} />
  ) : (
    <>
      <h1>
        <Trans>What would it sell for?</Trans>
      </h1>
      <ChooseSubject />
    </>
  );
}

function Valued({ text }: { text: string }) {
  const { t } = useLingui();
  const { address, market, format, show } = usePage();
  const sentence = useSubjectSentence();
  const subject = useMemo(
    (): Subject => ({ ...readSubject(text), market: address.market, as_of: address.as_of }),
    [text, address.market, address.as_of],
  );
  const { exclude, include } = address;
  const isChosen = exclude !== undefined || include !== undefined;
  const question = questions.estimate({ ...subject, exclude, include });
  const answer = useAnswer(question);
  // What the choice of the reader changes.
  const unchosen = useAnswer(questions.estimate(subject), isChosen);
  const { data } = answer;
  const another = (
    <button type="button" className="button small screen" onClick={() => show(toValue(undefined))}>
      <Trans>Value another</Trans>
    </button>
  );
  if (!data) {
    return (
      <>
        <h1>
          <Trans>What would it sell for?</Trans>
        </h1>
        {answer.error ? (
          <>
            <Failure
              title={<Trans>It cannot be valued like this.</Trans>}
              error={answer.error}
              retry={answer.refetch}
            />
            {isChosen ? (
              <p className="buttons">
                <button type="button" className="button main" onClick={() => show(toValue(text))}>
                  <Trans>Without your choice of comparables</Trans>
                </button>
              </p>
            ) : (
              <ChooseSubject />
            )}
          </>
        ) : (
          <Skeleton height={600} />
        )}
      </>
    );
  }
  const { comparables, index, left_out: leftOut, subject: dwelling } = data;
  // Ranks have gaps, since similar sales without weight are not listed.
  const at = Math.max(
    0,
    comparables.findIndex(({ rank }) => rank === address.rank),
  );
  const chosen = comparables[at];
  const rank = chosen?.rank ?? 1;
  const isMapped = dwelling.latitude !== null && comparables.some(({ latitude }) => latitude !== null);
  const go = (to: number) => show({ rank: comparables[to]?.rank });
  return (
    <>
      <div className={classes.head}>
        <h1>
          {sentence(data)}, <Trans>valued {format.day(data.valued_on)}</Trans>
        </h1>
        <p className={classes.meta}>
          <span>
            <Trans>Market: {market?.name}</Trans>
          </span>
          <span>
            <Trans>
              <b>{comparables.length}</b> comparables
            </Trans>
          </span>
          <span>
            <Trans>prices adjusted by the trend of the price model, to {format.period(index.to, index.interval)}</Trans>
          </span>
          {dwelling.property_id !== null && <PropertyLink id={dwelling.property_id} />}
          {another}
        </p>
      </div>
      <div className={view.grid}>
        <Section
          title={t`What it would sell for`}
          span={5}
          question={question}
          answer={answer}
          height={420}
          footing={() => !isMapped && <NoMap />}
        >
          {(data) => <Value estimate={data} unchosen={isChosen ? unchosen.data : undefined} />}
        </Section>
        {isMapped && (
          <Section
            title={t`What sold that is like it`}
            span={7}
            note={<Trans>Numbered by how similar they are; the larger, the more they count</Trans>}
            answer={answer}
            height={nearbyHeight}
            footing={({ comparables }) =>
              comparables.some(({ approximate }) => approximate !== null) && (
                <Trans>Some are placed at the middle of their locality or postcode</Trans>
              )
            }
          >
            {(data) => (
              <NearbyMap
                around={data.subject}
                points={data.comparables.map((each) => ({
                  ...each,
                  number: each.rank,
                  size: 9 + Math.sqrt(each.weight) * 14,
                }))}
                chosen={rank}
                onChoose={(to) => show({ rank: to })}
              />
            )}
          </Section>
        )}
        <Section
          title={t`From its price to ours`}
          span={!isMapped ? 7 : data.subject.property_id === null ? 12 : 6}
          answer={answer}
          height={360}
          note={
            <Trans>
              Comparable {rank}, {chosen?.address}, signed {format.day(chosen?.contract_date)}
            </Trans>
          }
          aside={
            <span className={`${classes.pager} screen`}>
              <button
                type="button"
                aria-label={t`The comparable before`}
                disabled={at === 0}
                onClick={() => go(at - 1)}
              >
                ‹
              </button>
              <span>
                <Trans>
                  {at + 1} of {comparables.length}
                </Trans>
              </span>
              <button
                type="button"
                aria-label={t`The next comparable`}
                disabled={at >= comparables.length - 1}
                onClick={() => go(at + 1)}
              >
                ›
              </button>
            </span>
          }
        >
          {() => <Bridge comparable={chosen} />}
        </Section>
        {data.subject.property_id !== null && <OwnSales id={data.subject.property_id} span={isMapped ? 6 : 12} />}
        <Section
          title={t`Step by step`}
          answer={answer}
          question={question}
          height={420}
          note={
            <Trans>
              What each difference adds to the price of the comparable. The estimate is the mean by the weights, with
              that of the price model
            </Trans>
          }
          aside={<AddComparable subject={dwelling} day={data.valued_on} />}
        >
          {(data) => <StepsTable estimate={data} rank={rank} />}
        </Section>
        {leftOut.length > 0 && (
          <Section
            title={t`Left out`}
            answer={answer}
            height={120}
            note={
              <Trans>
                Similar sales that the estimate does not rest on. Compare one all the same, and see what changes.
              </Trans>
            }
          >
            {(data) => <LeftOutTable leftOut={data.left_out} />}
          </Section>
        )}
      </div>
    </>
  );
}
