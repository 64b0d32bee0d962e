/**
 * Where sales lie that state no coordinates of their own, as the gazetteers of their market tell: where their locality with its postcode lies,
 * or else the middle of their postcode; of a British postcode that no gazetteer knows, that of its outward code. Following from other rows, that is
 * worked out here and not kept in PostgreSQL.
 *
 * Names are compared by keys, since sources spell one name in several ways.
 */

/** SQL: `St. Mary's`, `ST MARYS` and `Saint Marys` are one locality, and so are `Mt Druitt` and `MOUNT DRUITT`. */
function localityKey(name: string): string {
  const words = `regexp_replace(regexp_replace(upper(strip_accents(${name})), '[''’.]', '', 'g'), '[^\\pL\\pN]+', ' ', 'g')`;
  const inFull = Object.entries({ ST: 'SAINT', MT: 'MOUNT', FT: 'FORT' }).reduce(
    (text, [short, long]) => `regexp_replace(${text}, '\\b${short}\\b', '${long}', 'g')`,
    words,
  );
  return `nullif(trim(${inFull}), '')`;
}

/** SQL: `RG30 1AB` and `rg301ab` are one postcode, and so are `0800` and `800`, which a spreadsheet has had. */
function postcodeKey(postcode: string): string {
  return `nullif(ltrim(upper(regexp_replace(${postcode}, '\\s', '', 'g')), '0'), '')`;
}

/** SQL: `RG30` of the key of `RG30 1AB`, which is all that GeoNames publishes; null of other postcodes. The rest, `1AB`, is always of three signs. */
function outwardKey(key: string): string {
  return `nullif(regexp_extract(${key}, '^([A-Z]{1,2}[0-9][A-Z0-9]?)[0-9][A-Z]{2}$', 1), '')`;
}

/**
 * SQL for the rows of the table `gazetteer`, from places. Of several places the middle is the median of their latitudes and that of their
 * longitudes, each of which one of them has: half a degree off is a mistake that gazetteers make, and a mean between 179° E and 179° W lies on
 * the other side of the Earth. A row without a locality is the middle of its postcode.
 */
export function gazetteerRows(places: string): string {
  const middle = 'quantile_disc(latitude, 0.5), quantile_disc(longitude, 0.5)';
  const keyed = `SELECT market_id, ${localityKey('name')} AS locality, ${postcodeKey('postcode')} AS postcode, latitude, longitude FROM ${places}`;
  return `WITH place AS MATERIALIZED (SELECT * FROM (${keyed}) WHERE postcode IS NOT NULL)
    SELECT market_id, locality, postcode, ${middle} FROM place WHERE locality IS NOT NULL GROUP BY ALL
    UNION ALL SELECT market_id, NULL, postcode, ${middle} FROM place GROUP BY ALL`;
}

/**
 * SQL for each locality and postcode that sales of a market name (`market_id, locality, postcode`, as they spell it), with where it lies
 * (`latitude, longitude`) and what that is approximate to (`approximate`: locality, postcode); nulls where no gazetteer knows it.
 * @param names a table with the names
 */
export function positions(names: string): string {
  const known = `coalesce(whole.postcode, ${outwardKey('postcode_key')})`;
  return `SELECT name.market_id, name.locality, name.postcode,
      coalesce(precise.latitude, middle.latitude) AS latitude, coalesce(precise.longitude, middle.longitude) AS longitude,
      CASE WHEN precise.latitude IS NOT NULL THEN 'locality' WHEN middle.latitude IS NOT NULL THEN 'postcode' END AS approximate
    FROM (
      SELECT *, ${localityKey('locality')} AS locality_key, ${postcodeKey('postcode')} AS postcode_key
      FROM (SELECT DISTINCT market_id, locality, postcode FROM ${names})
    ) AS name
    LEFT JOIN gazetteer AS whole
      ON whole.market_id = name.market_id AND whole.locality IS NULL AND whole.postcode = postcode_key
    LEFT JOIN gazetteer AS precise
      ON precise.market_id = name.market_id AND precise.locality = locality_key AND precise.postcode = ${known}
    LEFT JOIN gazetteer AS middle
      ON middle.market_id = name.market_id AND middle.locality IS NULL AND middle.postcode = ${known}`;
}

/** SQL condition for a row of `positions` to be that of a row with the same names. */
export function sameNames(sale: string, position: string): string {
  return ['market_id', 'locality', 'postcode']
    .map((name) => `${sale}.${name} IS NOT DISTINCT FROM ${position}.${name}`)
    .join(' AND ');
}
