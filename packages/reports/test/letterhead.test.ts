import { crc32, deflateSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { fixtureMarket } from '../../analytics/test/fixture-market.ts';
import { checkLetterhead, Renderer, type ReportDocument } from '../src/index.ts';
import { render } from '../src/render/render.ts';
import { documentOf } from './fixture.ts';

const renderer = new Renderer();
afterAll(() => renderer.close());

/** A grey PNG, whose checksums are right. */
function png(width: number, height: number, rows = height): string {
  const chunk = (type: string, data: Buffer) => {
    const content = Buffer.concat([Buffer.from(type), data]);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(data.length);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(content));
    return Buffer.concat([head, content, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const bytes = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(rows * (width + 1), 0))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return `data:image/png;base64,${bytes.toString('base64')}`;
}

const name = 'Müller & Söhne <b>';

describe('a letterhead', () => {
  test('is accepted with a dark colour and a complete logo', async () => {
    await checkLetterhead({ name, accent: '#1f5f8b', logo: png(40, 20) }, renderer);
  });

  test.each<[string, object, string]>([
    ['a pale colour', { accent: '#ffcc00' }, 'have a contrast of at least 4.5:1 to white; that of #ffcc00 is 1.5:1'],
    ['another type', { logo: png(40, 20).replace('png', 'jpeg') }, 'a complete PNG or JPEG'],
    ['no picture', { logo: 'data:image/png;base64,AAAA' }, 'a complete PNG or JPEG'],
    ['SVG as PNG', { logo: `data:image/png;base64,${btoa('<svg onload="alert(1)"/>')}` }, 'a complete PNG or JPEG'],
    ['too many pixels', { logo: png(3_000, 10) }, '2000 × 2000 pixels, and has 3000 × 10'],
    ['a picture that ends early', { logo: png(40, 20).slice(0, 90) }, 'a complete PNG or JPEG'],
    ['pixels that are missing', { logo: png(1_000, 1_000, 3) }, 'a complete PNG or JPEG'],
  ])('is refused with %s', async (_, parts, message) => {
    await expect(checkLetterhead({ name, ...parts }, renderer)).rejects.toThrow(message);
  });

  test('is on every form of a document, and does not change its digest', async () => {
    const plain = await documentOf(await fixtureMarket().store(), 'data-quality');
    const letterhead = { name, accent: '#1f5f8b', logo: png(40, 20), disclaimer: 'Not advice.\n<i>Really</i>.' };
    const document: ReportDocument = { ...plain, letterhead };
    const html = Buffer.from(await render(document, { kind: 'html' })).toString();
    expect(html).toContain('<span dir="auto">Müller &#38; Söhne &#60;b&#62;</span>');
    expect(html).toContain('<main style="--accent:#1f5f8b">');
    expect(html).toContain('<img src="data:image/png;base64,');
    expect(html).toContain('<p dir="auto">&#60;i&#62;Really&#60;/i&#62;.</p>');
    expect(html).not.toContain('Property Insights</span>');
    const pdf = Buffer.from(await render(document, { kind: 'pdf', paper: 'a4' }));
    expect(pdf.toString('latin1')).toMatch(/\/Subtype ?\/Image/);
    expect(
      Buffer.from(await render(document, { kind: 'xlsx' }))
        .subarray(0, 2)
        .toString(),
    ).toBe('PK');
  });
});
