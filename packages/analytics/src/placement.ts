/**
 * The placement of sales that state no coordinates, by the gazetteers of their market. A sale gets the coordinates of its locality with its postcode, or
 * else the middle of its postcode. A British postcode that no gazetteer has gets the middle of its outward code. Placements depend on other rows, so they
 * are computed here and not stored in PostgreSQL.
 *
 * Names are compared by keys, because sources spell a name in several ways.
 */

/** SQL: the same key for `St. Mary's`, `ST MARYS` and `Saint Marys`, and for `Mt Druitt` and `MOUNT DRUITT`. */
function localityKey(name: string): string {
  const words = `regexp_replace(regexp_replace(upper(strip_accents(${name})), '[''’.]', '', 'g'), '[^\\pL\\pN]+', ' ', 'g')`;
  const inFull = Object.entries({ ST: 'SAINT', MT: 'MOUNT', FT: 'FORT' }).reduce(
    (text, [short, long]) => `regexp_replace(${text}, '\\b${short}\\b', '${long}', 'g')`,
    words,
  );
  return `nullif(trim(${inFull}), '')`;
}

/** SQL: the same key for `RG30 1AB` and `rg301ab`, and for `0800` and `800`, which spreadsheets make of it. */
function postcodeKey(postcode: string): string {
  return `nullif(ltrim(upper(regexp_replace(${postcode}, '\\s', '', 'g')), '0'), '')`;
}

/** SQL: the outward code `RG30` for the key of `RG30 1AB`; null for other postcodes. GeoNames publishes outward codes only. The rest always has three characters. */
function outwardKey(key: string): string {
  return `nullif(regexp_extract(${key}, '^([A-Z]{1,2}[0-9][A-Z0-9]?)[0-9][A-Z]{2}$', 1), '')`;
}

/**
 * SQL: the rows of the table `gazetteer`, from places. The middle of several places is the median of their latitudes and of their longitudes. A mean
 * would be moved by the errors of half a degree that gazetteers have, and the mean of 179° E and 179° W is on the other side of the Earth. A row without a
 * locality is the middle of its postcode.
 */
export function gazetteerRows(places: string): string {
  const middle = 'quantile_disc(latitude, 0.5), quantile_disc(longitude, 0.5)';
  const keyed = `SELECT ${localityKey('name')} AS locality, ${postcodeKey('postcode')} AS postcode, latitude, longitude FROM ${places}`;
  return `WITH place AS MATERIALIZED (SELECT * FROM (${keyed}) WHERE postcode IS NOT NULL)
    SELECT locality, postcode, ${middle} FROM place WHERE locality IS NOT NULL GROUP BY ALL
    UNION ALL SELECT NULL, postcode, ${middle} FROM place GROUP BY ALL`;
}

/**
 * SQL: each distinct locality and postcode of sales (`locality, postcode`, as spelled there), with its coordinates (`latitude, longitude`)
 * and whose middle they are (`approximate`: locality or postcode); null if no gazetteer has it.
 * @param names a table with the names
 */
export function positions(names: string): string {
  const known = `coalesce(whole.postcode, ${outwardKey('postcode_key')})`;
  return `SELECT name.locality, name.postcode,
      coalesce(precise.latitude, middle.latitude) AS latitude, coalesce(precise.longitude, middle.longitude) AS longitude,
      CASE WHEN precise.latitude IS NOT NULL THEN 'locality' WHEN middle.latitude IS NOT NULL THEN 'postcode' END AS approximate
    FROM (
      SELECT *, ${localityKey('locality')} AS locality_key, ${postcodeKey('postcode')} AS postcode_key
      FROM (SELECT DISTINCT locality, postcode FROM ${names})
    ) AS name
    LEFT JOIN gazetteer AS whole
      ON whole.locality IS NULL AND whole.postcode = postcode_key
    LEFT JOIN gazetteer AS precise
      ON precise.locality = locality_key AND precise.postcode = ${known}
    LEFT JOIN gazetteer AS middle
      ON middle.locality IS NULL AND middle.postcode = ${known}`;
}

/** SQL condition: a sale and a row of `positions` have the same names. */
export function sameNames(sale: string, position: string): string {
  return ['locality', 'postcode']
    .map((name) => `${sale}.${name} IS NOT DISTINCT FROM ${position}.${name}`)
    .join(' AND ');
}
