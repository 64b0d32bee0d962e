/** Requests to every operation of an OpenAPI description: valid values, near misses and hostile ones, the same for the same seed. */
import fc from 'fast-check';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean;
  required?: string[];
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
}

interface Operation {
  parameters?: { name: string; in: 'path' | 'query'; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

export interface Description {
  paths: Record<string, Record<string, Operation>>;
}

export interface FuzzRequest {
  /** Such as `GET /api/markets/{code}`. */
  operation: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body?: Buffer | undefined;
}

/** What clients send by mistake or in malice. */
const hostileText = fc.oneof(
  fc.constantFrom('', ' ', '\0', 'a\0b', '\ud800', '%', '%00', '../../etc/passwd', '__proto__', 'constructor', 'null'),
  fc.constantFrom("'; DROP TABLE sale; --", '<script>alert(1)</script>', '\u202e', 'é'.repeat(300), 'x'.repeat(3_000)),
  fc.constantFrom(
    '2024-02-30',
    '0000-01-01',
    '0000-00-00',
    '-000001-01-01',
    '99999-12-31',
    '2024-13-01T25:61:61+99:99',
  ),
  fc.constantFrom('NaN', 'Infinity', '1e400', '-1', '-0', '0x10', '9007199254740993', '18446744073709551616', '1e-320'),
  fc.constantFrom('2024-01-01T00:00:00.000000000000Z', 'eyJ2IjoxfQ', 'WyIwMDAwLTAxLTAxIiw5OTk5OTk5OTk5OTk5OTk5OTk5XQ'),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.double().map(String),
);

/** Ids and codes that exist now and then, so that requests reach what is behind the validation. */
const known: Record<string, string[]> = {
  code: ['demo', 'none'],
  id: ['1', '2', '3', '4'],
  market: ['demo', 'none'],
  name: ['none'],
  report: ['property-summary', 'custom/none'],
};

/** Values of a schema. */
function valid(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(valid));
  const { minimum = -1_000, maximum = 1_000_000, minLength = 0, maxLength = 60 } = schema;
  const day = fc.integer({ min: 0, max: 25_000 }).map((days) => new Date(days * 86_400_000).toISOString());
  switch ([schema.type].flat()[0]) {
    case 'integer':
      return fc.oneof(
        fc.constantFrom(minimum, maximum),
        fc.integer({ min: minimum, max: Math.min(maximum, 2 ** 31 - 1) }),
      );
    case 'number':
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valid(schema.items ?? {}), { maxLength: Math.min(schema.maxItems ?? 3, 4) });
    case 'object':
      if (schema.additionalProperties) return openObject;
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, member]) => [
            name,
            name === 'report' ? fc.constantFrom(...(known.report ?? [])) : valid(member),
          ]),
        ),
        { requiredKeys: schema.required ?? [] },
      );
    default:
      if (schema.format === 'date') return day.map((text) => text.slice(0, 10));
      if (schema.format === 'date-time') return day;
      if (schema.format === 'uuid') return fc.uuid();
      return fc.oneof(
        fc.constantFrom('Sydney', 'House', 'NSW', '123 Green St, Sydney', '2000'),
        fc.string({ minLength, maxLength: Math.min(maxLength, 60) }),
      );
  }
}

const openText = fc.oneof(fc.constantFrom('demo', 'a\0b'), hostileText);

/** An object of any members: the parameters of a report, or a definition. */
const openObject = fc.oneof(
  fc.record({ market: openText }),
  fc.record({ title: openText, blocks: openText.map((text) => [{ type: 'text', markdown: text }]) }),
);

const hostileValue = fc.oneof(hostileText, fc.jsonValue(), fc.constantFrom(1e308, -1e308, 2 ** 53, 1e-300, -1));

/** A body with a few members replaced, removed or added. */
function bodyOf(schema: Schema): fc.Arbitrary<unknown> {
  const names = Object.keys(schema.properties ?? {});
  const changes = fc.dictionary(fc.oneof(fc.constantFrom('extra', ...names), hostileText), hostileValue, {
    maxKeys: 2,
  });
  return fc.oneof(
    { weight: 3, arbitrary: valid(schema) },
    {
      weight: 4,
      arbitrary: fc.tuple(valid(schema), changes).map(([value, changed]) => ({ ...(value as object), ...changed })),
    },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
}

/** Files to import or preview. */
const file = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc
    .array(fc.record({ address: hostileText, price: fc.oneof(fc.integer(), hostileValue), sold_on: hostileText }), {
      maxLength: 5,
    })
    .map((rows) => Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'))),
  fc
    .array(fc.array(hostileText, { minLength: 3, maxLength: 3 }), { maxLength: 5 })
    .map((rows) =>
      Buffer.from(['address,price,sold_on', ...rows.map((row) => row.map(quoted).join(','))].join('\r\n')),
    ),
);
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** A form with a file and, now and then, a mapping, or the file as the body itself. */
const upload = fc
  .tuple(file, fc.option(hostileText), fc.option(fc.oneof(hostileText, fc.json())), fc.boolean())
  .map(([content, name, mapping, asForm]) => {
    if (!asForm) return { type: 'application/octet-stream', body: content };
    const part = (disposition: string, content: Buffer) =>
      Buffer.concat([
        Buffer.from(`--x\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`),
        content,
        Buffer.from('\r\n'),
      ]);
    const filename = (name ?? 'sales.csv').replaceAll(/["\r\n]/g, '');
    const parts = [
      ...(mapping === null ? [] : [part('name="mapping"', Buffer.from(mapping))]),
      part(`name="file"; filename="${filename}"`, content),
      Buffer.from('--x--\r\n'),
    ];
    return { type: 'multipart/form-data; boundary=x', body: Buffer.concat(parts) };
  });

const takesFiles = (path: string, method: string) => method === 'post' && /\/imports(\/preview)?$/.test(path);

function requestOf(path: string, method: string, operation: Operation): fc.Arbitrary<FuzzRequest> {
  const parameters = (operation.parameters ?? []).map(({ name, in: where, required = false, schema }) => {
    const examples = fc.constantFrom(...(known[name] ?? ['1']));
    const value = fc.oneof(
      { weight: where === 'path' || known[name] ? 6 : 0, arbitrary: examples },
      { weight: 6, arbitrary: valid(schema) },
      { weight: 2, arbitrary: hostileText },
    );
    // Most optional parameters are absent, so that one wrong value does not hide all others.
    const isPresent =
      where === 'path' || required ? fc.constant(true) : fc.integer({ max: 5, min: 0 }).map((n) => n === 0);
    return fc.tuple(isPresent, value).map(([present, value]) => ({ name, where, present, value }));
  });
  const schema = operation.requestBody?.content['application/json']?.schema;
  const json = fc.tuple(bodyOf(schema ?? {}), fc.integer({ min: 0, max: 20 })).map(([value, broken]) => {
    const text = JSON.stringify(value);
    return { type: 'application/json', body: Buffer.from(broken === 0 ? text.slice(0, -1) : text) };
  });
  const body = takesFiles(path, method) ? upload : schema ? json : fc.constant(undefined);
  return fc.tuple(fc.tuple(...parameters), body).map(([values, body]) => {
    let url = path;
    const query = new URLSearchParams();
    for (const { name, where, present, value } of values) {
      const texts = [value]
        .flat()
        .map((each) => (typeof each === 'string' ? each : JSON.stringify(each)).toWellFormed());
      if (where === 'path') url = url.replace(`{${name}}`, encodeURIComponent(texts[0] ?? '').replaceAll('.', '%2E'));
      else if (present) for (const text of texts) query.append(name, text);
    }
    return {
      operation: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase() as FuzzRequest['method'],
      url: query.size > 0 ? `${url}?${query}` : url,
      headers: (body ? { 'content-type': body.type } : {}) as Record<string, string>,
      body: body?.body,
    };
  });
}

/** Whether a request would take the ground from under the others: their market or their token. */
const isDestructive = ({ method, url }: FuzzRequest) =>
  (method === 'DELETE' && /^\/api\/(markets\/demo|tokens\/\d{1,3}(\?|$))/.test(url)) ||
  (method === 'PATCH' && url.startsWith('/api/markets/demo'));

/** Requests to all operations, about as many to each; fewer to those that start a thread for files. */
export function fuzzRequests(descriptions: Description[], count: number, seed: number): FuzzRequest[] {
  const operations = descriptions.flatMap(({ paths }) =>
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        weight: takesFiles(path, method) ? 1 : 6,
        arbitrary: requestOf(path, method, operation).filter((request) => !isDestructive(request)),
      })),
    ),
  );
  return fc.sample(fc.oneof(...operations), { numRuns: count, seed });
}

/** The operations of descriptions, as in `FuzzRequest`. */
export function operationsOf(descriptions: Description[]): string[] {
  return descriptions.flatMap(({ paths }) =>
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    ),
  );
}
