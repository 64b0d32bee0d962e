/** The fields that a table can fill: the kind of their values, and the usual names of their columns. */

import { type Attribute, type AttributeName, eachAttribute } from '@property-insights/database';

export type FieldKind = 'text' | 'date' | 'moment' | 'money' | 'whole' | 'number' | 'area';

export interface Field {
  kind: FieldKind;
  description: string;
  /** Bounds of a number. */
  minimum?: number;
  maximum?: number;
  /** The usual names of its columns, in lower-case letters and digits only, the best first. */
  names: string;
  /** Words in the name of a column that exclude the field. */
  not?: string;
}

const otherMoney =
  'list listing asking ask per sqm sqft previous prior last assessed assessment tax rent rental estimate estimated median average mean avg';

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
      'wohnflaeche wohnflache surface surfacereellebati surfacehabitable superficie superficieconstruida superficieutil woonoppervlakte areautil areaconstruida squarefeet squarefootage sqft squaremetres squaremeters',
    not: 'land lot site plot basement above number',
  },
  year_built: { names: 'yearbuilt yrbuilt builtyear constructionyear baujahr anneeconstruction', not: 'renovated' },
  lease_start: { names: 'leasestart leasecommencedate leasestartyear', not: 'end' },
  lease_remaining: { names: 'leaseremaining remaininglease' },
  storey: { names: 'storey floornumber floorlevel storeynumber', not: 'area range' },
  grade: { names: 'grade bldggrade buildinggrade constructiongrade' },
  new_build: { names: 'newbuild isnewbuild' },
  year_renovated: { names: 'yearrenovated yrrenovated' },
  tenure: { names: 'tenure tenuretype duration' },
  flat_model: { names: 'flatmodel' },
  zoning: { names: 'zoning zone zoningcode', not: 'time' },
  latitude: {
    names: 'latitude lat lattitude ycoord breitengrad latitud latitudine',
  },
  longitude: {
    names: 'longitude lon long lng longtitude xcoord laengengrad longitud longitudine',
  },
};

function attributeField(name: AttributeName, attribute: Attribute): Field {
  const columns = attributeColumns[name] ?? { names: name.replaceAll('_', '') };
  if (attribute.type === 'text') return { kind: 'text', description: attribute.description, ...columns };
  const { type, unit, minimum, maximum, description } = attribute;
  const kind = unit === 'm²' ? 'area' : type === 'smallint' ? 'whole' : 'number';
  return { kind, description, minimum, maximum, ...columns };
}

/** Earlier fields come first when two fit the same column. The names are English, German, French, Spanish, Italian, Dutch and Portuguese. */
export const fields = {
  price: {
    kind: 'money',
    description: 'The price, in whole currency units',
    names:
      'saleprice price saleamount sellprice sellingprice soldprice purchaseprice pricepaid contractprice transactionprice resaleprice consideration amount saleamt saleprc salesprice ' +
      'preis kaufpreis verkaufspreis prix prixvente valeurfonciere montant precio precioventa importe prezzo prezzovendita prijs koopprijs verkoopprijs koopsom preco valor valorvenda',
    not: otherMoney,
  },
  contract_date: {
    kind: 'date',
    description: 'The contract date',
    names:
      'contractdate saledate dateofsale salesdate datesold solddate soldon sold dateofcontract transactiondate dateoftransfer transferdate purchasedate deeddate transactionmonth date month salemonth monthsold ' +
      'datum verkaufsdatum kaufdatum vertragsdatum datevente datemutation fecha fechaventa datavendita data datavenda transportdatum verkoopdatum koopdatum',
    not: 'list listing birth built updated update issued settlement recorded recording lease',
  },
  settlement_date: {
    kind: 'date',
    description: 'The settlement date',
    names: 'settlementdate settled dateofsettlement settledate completiondate closingdate closedate closed dateclosed',
  },
  address: {
    kind: 'text',
    description: 'The address; by default, it is composed of unit, house number, street and locality',
    names:
      'address fulladdress streetaddress propertyaddress siteaddress situsaddress addr addressline1 location ' +
      'adresse anschrift direccion indirizzo adres endereco',
    not: 'owner vendor purchaser buyer seller mailing mail email city suburb id type numero suffixe suffix code',
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
      'housenumber houseno housenum streetnumber streetno buildingnumber block blockno paon number primaryaddress hausnummer hausnr numero huisnummer civico propertyhousenum propertyhousenumber adressenumero novoie',
    not: 'unit flat bedrooms bathrooms rooms phone disposition',
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
      'locality suburb suburbname town towncity city cityname propertycity placename neighbourhood neighborhood village municipality ' +
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
      'postcode postalcode zipcode zip propertyzip postal postcodezip plz postleitzahl codepostal codigopostal cp cap codicepostale cep',
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
    description: 'The dealing; several properties in one dealing are non-standard sales',
    names:
      'dealing dealingnumber dealingno instrument instrumentnumber documentnumber docnumber deednumber documentnum docnum deednum titleinstrument idmutation',
  },
  non_standard: {
    kind: 'text',
    description: 'The reason why the sale is non-standard; empty for a standard sale',
    names: 'nonstandard',
  },
  property_key: {
    kind: 'text',
    description: 'Identifies the property; by default, the parts of the address do',
    names: 'propertykey propertyid propertynumber parcelid parcelnumber parcel parid apn pin pinx uprn bbl lotplan',
    not: 'type',
  },
  sale_key: {
    kind: 'text',
    description: 'Identifies the sale; by default, property, contract date and price do',
    names: 'salekey saleid transactionid transactionuniqueidentifier transactionnumber saleno salenumber',
    not: 'type',
  },
  issued_at: {
    kind: 'moment',
    description:
      'When the source issued the row, such as 2025-01-31T09:30:00Z; of two rows for one sale, the one issued later counts',
    names: 'issuedat',
  },
} satisfies Record<string, Field>;

export type FieldName = keyof typeof fields;
export const fieldNames = Object.keys(fields) as FieldName[];

export function fieldOf(name: FieldName): Field {
  return fields[name];
}

/** Words in the names of columns about people, which are not kept. */
export const personalColumn =
  /owner|vendor|purchaser|buyer|seller|grantor|grantee|agent|email|phone|firstname|lastname|surname|contact|eigentuemer|kaeufer|acheteur|vendeur|comprador|vendedor/;
