/** The letterhead of documents: who publishes them. */
import { imageSize } from 'image-size';
import Type from 'typebox';
import type { Letterhead, ReportDocument } from './document.ts';
import { type Renderer, RendererBusy, TooLargeToTypeset } from './render/renderer.ts';

/** Characters of a data URL: 32 KiB of a picture. */
const maxLogo = 44_000;
const maxPixels = 2_000;
/** The contrast between text and paper that people with low vision need (WCAG 2, level AA). */
const minContrast = 4.5;

/** One paragraph or more, without control characters. */
const lines = '^(?=[^]*\\S)[^\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f\\ud800-\\udfff]*$';

export const letterheadSchema = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 100,
      pattern: '^(?=.*\\S)[^\\p{Cc}\\p{Cs}]*$',
      'x-expected': 'one line of text, of 1 to 100 characters',
      description: 'Who publishes the documents.',
    }),
    accent: Type.Optional(
      Type.String({
        pattern: '^#[0-9a-fA-F]{6}$',
        'x-expected': 'a colour, such as #1f5f8b',
        description: `The colour of the name and of rules. Its contrast to white is at least ${minContrast}:1.`,
      }),
    ),
    logo: Type.Optional(
      Type.String({
        maxLength: maxLogo,
        pattern: '^data:image/(png|jpeg);base64,[A-Za-z0-9+/]+=*$',
        'x-expected': 'a PNG or JPEG of at most 32 KiB as a data URL: data:image/png;base64,…',
        description: `A PNG or JPEG of at most 32 KiB and ${maxPixels} × ${maxPixels} pixels, as a data URL.`,
      }),
    ),
    disclaimer: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2000,
        pattern: lines,
        'x-expected': 'text of 1 to 2000 characters',
        description: 'The last paragraph of every document.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** A letterhead cannot be used. Services answer 400. */
export class InvalidLetterhead extends Error {
  override readonly name = 'InvalidLetterhead';
}

/**
 * Checks what the schema does not: the contrast of the colour, and by typesetting a page, that the logo can be drawn.
 * @throws InvalidLetterhead, RendererBusy, TooLargeToTypeset
 */
export async function checkLetterhead(letterhead: Letterhead, renderer: Renderer): Promise<void> {
  const { accent, logo } = letterhead;
  if (accent && contrastToWhite(accent) < minContrast) {
    throw new InvalidLetterhead(
      `Member "accent" must have a contrast of at least ${minContrast}:1 to white; that of ${accent} is ${contrastToWhite(accent).toFixed(1)}:1. Choose a darker colour.`,
    );
  }
  if (!logo) return;
  const unreadable = new InvalidLetterhead('Member "logo" must be a complete PNG or JPEG, as its data URL states.');
  const { width, height, type } = sizeOf(Buffer.from(logo.slice(logo.indexOf(',') + 1), 'base64')) ?? {};
  if (!width || !height || logo.startsWith('data:image/png') !== (type === 'png')) throw unreadable;
  if (width > maxPixels || height > maxPixels) {
    throw new InvalidLetterhead(
      `Member "logo" may have ${maxPixels} × ${maxPixels} pixels, and has ${width} × ${height}.`,
    );
  }
  try {
    await renderer.render(sampleOf(letterhead), { kind: 'pdf', paper: 'a4' });
  } catch (error) {
    if (error instanceof RendererBusy || error instanceof TooLargeToTypeset) throw error;
    throw unreadable;
  }
}

/** Reads the header of a PNG or JPEG. */
function sizeOf(bytes: Buffer): ReturnType<typeof imageSize> | undefined {
  const isPng = bytes.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
  const isJpeg = bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]));
  try {
    return isPng || isJpeg ? imageSize(bytes) : undefined;
  } catch {
    return undefined;
  }
}

/** An empty document. */
function sampleOf(letterhead: Letterhead): ReportDocument {
  return {
    report: 'preview',
    language: 'en',
    kind: '',
    title: letterhead.name,
    subtitle: '',
    market: { code: '', name: '', currency: 'EUR' },
    version: 1,
    written_on: '2000-01-01',
    attribution: null,
    blocks: [],
    letterhead,
    citation: null,
  };
}

/** The ratio of luminances, from 1 to 21, as WCAG 2 defines it. */
function contrastToWhite(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}
