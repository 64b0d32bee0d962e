import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { type Address, carriedOver, type Filters } from '../address.ts';
import { questions, useAnswer } from '../api/queries.ts';
import type { Sale } from '../api/types.ts';
import { NearbyMap, nearbyHeight } from '../parts/nearby-map.tsx';
import { Section } from '../parts/section.tsx';
import { usePage } from '../use-page.ts';
import classes from './property.module.css';

/** Kilometres to each side in which neighbours are searched, until there are enough. */
const reaches = [0.3, 1, 4, 16];
const shown = 20;
/** Kilometres per degree of latitude. */
const degree = 111.195;

/** The sales around a property: by distance, or of its street and locality where sales have no coordinates of their own. */
export function Nearby({ sale }: { sale: Sale }) {
  const { t } = useLingui();
  const { address } = usePage();
  const [reach, setReach] = useState(0);
  const { latitude, longitude, approximate, locality, postcode, region } = sale;
  const at = approximate === null && latitude !== null && longitude !== null ? { latitude, longitude } : undefined;
  const filters: Filters = {
    market: address.market,
    as_of: address.as_of,
    ...(at
      ? { within: boxAround(at, reaches[reach] as number) }
      : locality !== null
        ? { locality: [locality], ...(region !== null && { region: [region] }) }
        : postcode !== null
          ? { postcode: [postcode] }
          : {}),
  };
  const question = questions.sales(filters, 'contract_date', 'desc', 0, 1000);
  const answer = useAnswer(question);
  const isFew = at && answer.data && !answer.isPlaceholderData && answer.data.total <= shown;
  useEffect(() => {
    if (isFew) setReach((before) => Math.min(before + 1, reaches.length - 1));
  }, [isFew]);
  return (
    <Section
      title={t`Sold nearby`}
      note={
        at ? (
          <Trans>The nearest of the latest 1,000 sales around it</Trans>
        ) : (
          <Trans>
            The latest sales of its locality, those of its street first; they state no coordinates of their own
          </Trans>
        )
      }
      question={question}
      answer={answer}
      leftOut={answer.data?.left_out}
      height={nearbyHeight}
    >
      {({ sales }) => <Neighbours sale={sale} at={at} sales={sales} />}
    </Section>
  );
}

interface Point {
  latitude: number;
  longitude: number;
}

/** `west,south,east,north` around a point. */
function boxAround({ latitude, longitude }: Point, km: number): string {
  const [north, east] = [km / degree, km / degree / Math.cos((latitude * Math.PI) / 180)];
  return [longitude - east, latitude - north, longitude + east, latitude + north].map((one) => one.toFixed(5)).join();
}

function Neighbours({ sale, at, sales }: { sale: Sale; at: Point | undefined; sales: Sale[] }) {
  const { format, show } = usePage();
  const away = (other: Sale) =>
    at === undefined || other.latitude === null || other.longitude === null
      ? undefined
      : degree *
        Math.hypot(
          other.latitude - at.latitude,
          (other.longitude - at.longitude) * Math.cos((at.latitude * Math.PI) / 180),
        );
  const nearest = sales
    .filter(({ property_id }) => property_id !== sale.property_id)
    .map((other) => ({ other, distance: away(other), isStreet: other.street !== null && other.street === sale.street }))
    .sort((a, b) => (a.distance ?? 0) - (b.distance ?? 0) || Number(b.isStreet) - Number(a.isStreet))
    .slice(0, shown);
  const list = (
    <div className={classes.list}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">
              <Trans>Address</Trans>
            </th>
            <th scope="col">
              <Trans>Signed</Trans>
            </th>
            {at && (
              <th scope="col" className="number">
                <Trans>Away</Trans>
              </th>
            )}
            <th scope="col" className={classes.wide}>
              <Trans>Type</Trans>
            </th>
            <th scope="col" className="number">
              <Trans>Price</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {nearest.map(({ other, distance }, i) => (
            <tr key={other.id}>
              <th scope="row">
                {at && <i>{i + 1}</i>}
                <Link to="." search={(before: Address) => ({ ...carriedOver(before), property: other.property_id })}>
                  {other.address}
                </Link>
              </th>
              <td>{format.day(other.contract_date)}</td>
              {at && <td className="number">{distance === undefined ? '–' : format.distance(distance)}</td>}
              <td className={classes.wide}>{other.type ?? '–'}</td>
              <td className="number">{format.price(other.price)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
  if (!at) return list;
  return (
    <div className={classes.nearby}>
      <NearbyMap
        around={{ ...at, type: sale.type }}
        points={nearest.map(({ other }, i) => ({ ...other, number: i + 1, size: 10 }))}
        onChoose={(number) => show({ property: nearest[number - 1]?.other.property_id })}
      />
      {list}
    </div>
  );
}
