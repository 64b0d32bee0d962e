/** Our fields as any table may fill them: what kind of value each takes, and what such columns are called. */

import { type Attribute, type AttributeName, eachAttribute } from '@property-insights/database';

export type FieldKind = 'text' | 'date' | 'moment' | 'money' | 'whole' | 'number' | 'area';

export interface Field {
  kind: FieldKind;
  description: string;
  /** Bounds of a number. */
  least?: number;
  most?: number;
  /** What columns of it are called: lower case letters and digits only, in the order of how well they fit. */
  names: string;
  /** Words that say that a column is something else. */
  not?: string;
}

const otherMoney =
  'list listing asking ask per sqm sqft previous prior last assessed assessment tax rent rental estimate estimated';

/** The column names of each attribute. An attribute that is missing here is recognised by its own name. */
const attributeColumns: Partial<Record<AttributeName, Pick<Field, 'names' | 'not'>>> = {
  bedrooms: {
    names:
      'bedrooms beds bed bedroom bedroomcount numbedrooms noofbedrooms bedrms bdrms br schlafzimmer chambres dormitorios habitaciones camere slaapkamers quartos',
  },
  bathrooms: {
    names:
      'bathrooms baths bath bathroom bathroomcount numbathrooms noofbathrooms bathrms badezimmer sallesdebain banos bagni badkamers banheiros',
    not: 'half',
  },
  car_spaces: {
    names:
      'carspaces cars car carspace parking parkingspaces garage garages garagecars carports stellplaetze parkings parkeerplaatsen vagas',
    not: 'area',
  },
  land_area: {
    names:
      'landarea lotarea lotsize landsize lot land sitearea parcelarea plotarea plotsize area block grundstuecksflaeche grundstucksflache surfaceterrain superficieterreno perceeloppervlakte areaterreno',
    not: 'floor building living number no id name',
  },
  floor_area: {
    names:
      'floorarea buildingarea livingarea living grossfloorarea gfa internalarea size housesize totalfloorarea totalarea tot ' +
      'wohnflaeche wohnflache surface surfacereellebati surfacehabitable superficie superficieconstruida superficieutil woonoppervlakte areautil areaconstruida',
    not: 'land lot site plot basement above number',
  },
  latitude: {
    names: 'latitude lat lattitude ycoord breitengrad latitud latitudine',
  },
  longitude: {
    names: 'longitude lon long lng longtitude xcoord laengengrad longitud longitudine',
  },
};

function attributeField(name: AttributeName, { type, unit, minimum, maximum, description }: Attribute): Field {
  const kind = unit === 'm²' ? 'area' : type === 'smallint' ? 'whole' : 'number';
  return {
    kind,
    description,
    least: minimum,
    most: maximum,
    ...(attributeColumns[name] ?? { names: name.replaceAll('_', '') }),
  };
}

/** In the order in which columns are given to them, where two want the same. Names in English, German, French, Spanish, Italian, Dutch, Portuguese. */
export const fields = {
  price: {
    kind: 'money',
    description: 'What was paid, in whole currency units',
    names:
      'saleprice price saleamount sellprice sellingprice soldprice purchaseprice pricepaid contractprice transactionprice resaleprice consideration amount saleamt saleprc salesprice ' +
      'preis kaufpreis verkaufspreis prix prixvente valeurfonciere montant precio precioventa importe prezzo prezzovendita prijs koopprijs verkoopprijs koopsom preco valor valorvenda',
    not: otherMoney,
  },
  contract_date: {
    kind: 'date',
    description: 'When it was sold',
    names:
      'contractdate saledate dateofsale salesdate datesold solddate soldon sold dateofcontract transactiondate dateoftransfer transferdate purchasedate deeddate transactionmonth date month salemonth monthsold ' +
      'datum verkaufsdatum kaufdatum vertragsdatum datevente datemutation fecha fechaventa datavendita data datavenda transportdatum verkoopdatum koopdatum',
    not: 'list listing birth built updated update issued settlement recorded recording lease',
  },
  settlement_date: {
    kind: 'date',
    description: 'When it changed hands',
    names: 'settlementdate settled dateofsettlement settledate completiondate closingdate closedate closed dateclosed',
  },
  address: {
    kind: 'text',
    description: 'The address; without it, it is put together from unit, house number, street and locality',
    names:
      'address fulladdress streetaddress propertyaddress siteaddress situsaddress addr addressline1 location ' +
      'adresse anschrift direccion indirizzo adres endereco',
    not: 'owner vendor purchaser buyer seller mailing mail email city suburb id type',
  },
  unit: {
    kind: 'text',
    description: 'Flat or unit',
    names:
      'unit unitnumber unitno unitnum flat flatnumber flatno apartmentnumber aptnumber apt aptno saon suite secondaryaddress',
    not: 'price type model area measure',
  },
  house_number: {
    kind: 'text',
    description: 'House number or name',
    names:
      'housenumber houseno housenum streetnumber streetno buildingnumber block blockno paon number primaryaddress hausnummer hausnr numero huisnummer civico',
    not: 'unit flat bedrooms bathrooms rooms phone',
  },
  street: {
    kind: 'text',
    description: 'Street',
    names: 'street streetname road roadname strasse voie adressenomvoie rue calle via straat straatnaam rua',
    not: 'number no type code',
  },
  locality: {
    kind: 'text',
    description: 'Suburb, town or city',
    names:
      'locality suburb suburbname town towncity city cityname placename neighbourhood neighborhood village municipality ' +
      'ort stadt gemeinde commune nomcommune ville localidad municipio ciudad comune citta plaats woonplaats gemeente cidade bairro',
    not: 'code id',
  },
  region: {
    kind: 'text',
    description: 'State, county or province',
    names:
      'region state statecode county province regionname bundesland kreis departement provincia comunidad regione provincie estado distrito',
    not: 'id',
  },
  postcode: {
    kind: 'text',
    description: 'Postcode',
    names:
      'postcode postalcode zipcode zip postal postcodezip plz postleitzahl codepostal codigopostal cp cap codicepostale cep',
    not: 'id',
  },
  type: {
    kind: 'text',
    description: 'Dwelling type, such as House or Unit',
    names:
      'type propertytype proptype dwellingtype housetype flattype hometype buildingtype usetype propertyclass ' +
      'typelocal objektart immobilientyp tipo tipologia tipoinmueble woningtype',
    not: 'sale deed area street transaction',
  },
  ...eachAttribute(attributeField),
  dealing: {
    kind: 'text',
    description: 'The instrument that conveyed it; several properties in one make none of them a standard sale',
    names:
      'dealing dealingnumber dealingno instrument instrumentnumber documentnumber docnumber deednumber titleinstrument',
  },
  non_standard: {
    kind: 'text',
    description: 'Why the sale is not standard, if it is not',
    names: 'nonstandard',
  },
  property_key: {
    kind: 'text',
    description: 'Tells properties apart; without it, the parts of the address do',
    names: 'propertykey propertyid propertynumber parcelid parcelnumber parcel apn pin pinx uprn bbl lotplan',
    not: 'type',
  },
  sale_key: {
    kind: 'text',
    description: 'Tells sales apart; without it, property, contract date and price do',
    names: 'salekey saleid transactionid transactionuniqueidentifier transactionnumber saleno salenumber idmutation',
    not: 'type',
  },
  issued_at: {
    kind: 'moment',
    description:
      'When the source issued the row, such as 2025-01-31T09:30:00Z; of two rows for one sale, the one issued later stands',
    names: 'issuedat',
  },
} satisfies Record<string, Field>;

export type FieldName = keyof typeof fields;
export const fieldNames = Object.keys(fields) as FieldName[];

export function fieldOf(name: FieldName): Field {
  return fields[name];
}

/** Columns with words like these are of people, who are nobody's business here. */
export const ofPeople =
  /owner|vendor|purchaser|buyer|seller|grantor|grantee|agent|email|phone|firstname|lastname|surname|contact|eigentuemer|kaeufer|acheteur|vendeur|comprador|vendedor/;
