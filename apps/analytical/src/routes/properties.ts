import type { Replica } from '@property-insights/analytics';
import {
  type AttributeValues,
  boundsOf,
  type Database,
  eachAttribute,
  maxAttributeLength,
  type NumberAttribute,
  type NumberAttributeName,
  vanishes,
} from '@property-insights/database';
import { type App, authorOf, problems } from '@property-insights/service';
import { page, parseNumber, readPage } from '@property-insights/service/pagination';
import { id, line, market, nullable, optional } from '@property-insights/service/schemas';
import { type Static, Type } from 'typebox';
import { findMarket, findMarketId } from '../data/markets.ts';
import { addProperty, correctProperty, findProperty, listProperties, removeProperty } from '../data/properties.ts';

const numberOf = ({ type }: NumberAttribute, options: Type.TNumberOptions) =>
  type === 'smallint' ? Type.Integer(options) : Type.Number(options);

const NewProperty = Type.Object({
  address: line(300),
  price: Type.Integer({ minimum: 1, maximum: 1e12 }),
  type: optional(line(60)),
  region: optional(line(100)),
  locality: optional(line(100)),
  postcode: optional(line(20)),
  sold_on: optional(Type.String({ format: 'date' })),
  ...eachAttribute(
    (_, attribute) => optional(numberOf(attribute, boundsOf(attribute))),
    () => optional(line(maxAttributeLength)),
  ),
});

const Property = Type.Object({
  id,
  market: Type.String(),
  address: Type.String(),
  price: Type.Integer({ description: "The latest sale's, in whole units of the market's currency" }),
  type: nullable(Type.String()),
  region: nullable(Type.String()),
  locality: nullable(Type.String()),
  postcode: nullable(Type.String()),
  sold_on: nullable(Type.String({ format: 'date' })),
  ...eachAttribute(
    (_, attribute) => nullable(numberOf(attribute, { description: attribute.description })),
    (_, { description }) => nullable(Type.String({ description })),
  ),
  approximate: nullable(
    Type.Enum(['locality', 'postcode'], {
      description: 'The place whose centre the coordinates are, if the sale states no coordinates',
    }),
  ),
});

export function propertyRoutes(app: App, database: Database, replica: Promise<Replica>): void {
  app.get(
    '/api/properties',
    {
      schema: {
        summary: 'Properties, as of their latest sale',
        querystring: Type.Object({ market, ...page }),
        response: { 200: Type.Array(Property) },
      },
    },
    async (request, reply) => {
      const marketId = await findMarketId(database, request.query.market);
      const items = await readPage(request, reply, {
        parse: parseNumber,
        read: (after = 0, limit) => listProperties(database, replica, marketId, after, limit),
        positionOf: ({ id }) => id,
      });
      return reply.send(items);
    },
  );

  app.get(
    '/api/properties/:id',
    {
      schema: {
        summary: 'One property, as of its latest sale',
        params: Type.Object({ id }),
        querystring: Type.Object({}),
        response: { 200: Property },
      },
    },
    async (request, reply) => {
      const property = await findProperty(database, replica, request.params.id);
      if (!property) throw problems.notFound(`There is no property ${request.params.id}.`);
      return reply.send(property);
    },
  );

  app.post(
    '/api/properties',
    {
      config: { scope: 'write' },
      schema: {
        summary: 'Enter a property and its sale',
        querystring: Type.Object({ market }),
        body: NewProperty,
        response: { 201: Property },
      },
      // The message of the original API for the most frequent mistake. Others get the message of their schema.
      preValidation: async ({ body }) => {
        if (isObject(body) && (isMissing(body.address) || isMissing(body.price))) {
          throw problems.invalid('Missing address or price');
        }
      },
    },
    async (request, reply) => {
      const { body } = request;
      checkAttributes(body);
      const { id: marketId, time_zone: timeZone } = await findMarket(database, request.query.market);
      const propertyId = await addProperty(
        database,
        marketId,
        {
          address: body.address.trim(),
          price: body.price,
          type: body.type?.trim() ?? null,
          region: body.region?.trim() ?? null,
          locality: body.locality?.trim() ?? null,
          postcode: body.postcode?.trim() ?? null,
          sold_on: saleDate(body.sold_on, timeZone),
          ...eachAttribute(
            (name) => body[name] ?? null,
            (name) => body[name]?.trim() ?? null,
          ),
        },
        authorOf(request),
      );
      const property = (await findProperty(database, replica, propertyId)) as Static<typeof Property>;
      return reply.code(201).header('location', `/api/properties/${propertyId}`).send(property);
    },
  );

  const params = Type.Object({ id });

  app.patch(
    '/api/properties/:id',
    {
      config: { scope: 'write' },
      schema: {
        summary: 'Correct a property that was entered by hand',
        description:
          'Members that are left out stay as they are; null removes a value. Refused with `409` if the sales of the property come from a file.',
        params,
        querystring: Type.Object({}),
        body: Type.Partial(NewProperty, { minProperties: 1 }),
        response: { 200: Property },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { sold_on, ...changes } = request.body;
      checkAttributes(changes);
      const trimmed = Object.fromEntries(
        Object.entries(changes).map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value]),
      );
      const when = sold_on === undefined ? {} : { sold_on: saleDate(sold_on, 'UTC') };
      await correctProperty(database, id, { ...trimmed, ...when }, authorOf(request));
      return reply.send((await findProperty(database, replica, id)) as Static<typeof Property>);
    },
  );

  app.delete(
    '/api/properties/:id',
    {
      config: { scope: 'write' },
      schema: {
        summary: 'Remove a property that was entered by hand',
        description:
          'The history keeps the property, and undoing the revision restores it. Refused with `409` if the sales of the property come from a file.',
        params,
        querystring: Type.Object({}),
        response: { 204: Type.Unsafe<undefined>({ description: 'Removed' }) },
      },
    },
    async (request, reply) => {
      await removeProperty(database, request.params.id, authorOf(request));
      return reply.code(204).send(undefined);
    },
  );
}

/** @throws a 400 problem for one coordinate without the other, and for a number that is too small to be stored */
function checkAttributes(given: { [Name in keyof AttributeValues]?: AttributeValues[Name] | undefined }): void {
  const { latitude = null, longitude = null } = given;
  if ((latitude === null) !== (longitude === null)) {
    throw problems.invalid('Members "latitude" and "longitude" must be given together.');
  }
  const isTiny = eachAttribute(
    (name, attribute) => vanishes(attribute, given[name] ?? 0),
    () => false,
  );
  const tiny = (Object.keys(isTiny) as NumberAttributeName[]).find((name) => isTiny[name]);
  if (tiny) throw problems.invalid(`Member "${tiny}" must be 0 or at least 1e-45, not ${given[tiny]}.`);
}

/** The given day, or today in the market. @throws a 400 problem for a day that has not begun anywhere on Earth, or before 1900 */
function saleDate(day: string | null | undefined, timeZone: string): string {
  if (day === null || day === undefined) return today(timeZone);
  const latest = today('Pacific/Kiritimati');
  if (day >= '1900-01-01' && day <= latest) return day;
  throw problems.invalid(`Member "sold_on" must be a date from 1900-01-01 to today (${latest}), not "${day}".`);
}

/** The current date in a time zone, as `YYYY-MM-DD`, which is the format of Sweden. */
function today(timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone }).format();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}
