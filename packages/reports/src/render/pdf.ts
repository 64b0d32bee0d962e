/** A page as PDF/UA-1, typeset by Typst: tagged, with embedded fonts, vector charts and an outline. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeCompiler, type NodeTypstDocument, PdfStandard } from '@myriaddreamin/typst-ts-node-compiler';
import { type Covered, coverage, fontFiles } from './fonts.ts';
import type { Page, PageBlock, PageColumns } from './page.ts';
import type { Paper } from './paper.ts';

const fonts = fontFiles.map((file) => readFileSync(file));

/** All that Typst can read. It is removed once the fonts are loaded, so that no process leaves a folder behind. */
const workspace = mkdtempSync(join(tmpdir(), 'typst-'));

/** The fonts of the system would otherwise be used too, and the bytes would depend on them. */
function withoutSystemFonts<T>(work: () => T): T {
  const configuration = join(workspace, 'fonts.conf');
  writeFileSync(configuration, `<fontconfig><dir>${workspace}</dir></fontconfig>`);
  process.env.FONTCONFIG_FILE = configuration;
  try {
    return work();
  } finally {
    rmSync(workspace, { recursive: true });
  }
}

const compiler = withoutSystemFonts(() => NodeCompiler.create({ workspace, fontArgs: [{ fontBlobs: fonts }] }));
const template = readFileSync(new URL('page.typ', import.meta.url));

/** Words that may have to be broken. */
const longWord = /[^\s\u200b]{25,}/g;

/**
 * @param writtenOn the day of the version, which becomes the date of the PDF
 * @throws if Typst cannot typeset the page
 */
export function pdfOf(page: Page, paper: Paper, writtenOn: string): Uint8Array {
  const shadow = (name: string, bytes: Buffer) => compiler.mapShadow(join(workspace, name), bytes);
  const text = withKnownCharacters(page, coverage(fonts));
  const named = text.blocks.map((block, i) => withFiles(block, `${i}`, shadow));
  const { qr = null, ...citation } = text.citation ?? {};
  if (qr) shadow('qr.svg', Buffer.from(qr));
  const logo = text.logo ? logoOf(text.logo) : null;
  if (logo) shadow(logo.file, logo.bytes);
  const data = {
    ...text,
    blocks: named,
    citation: text.citation && { ...citation, file: qr ? 'qr.svg' : null },
    logo: logo?.file ?? null,
  };
  shadow('page.typ', template);
  shadow('page.json', Buffer.from(JSON.stringify(data)));
  try {
    const compiled = compiler.compile({
      mainFilePath: join(workspace, 'page.typ'),
      inputs: { paper: paper === 'letter' ? 'us-letter' : 'a4' },
    });
    if (!compiled.result) {
      const error = compiled.takeDiagnostics();
      throw new Error(`Typst: ${JSON.stringify(error?.shortDiagnostics)}`);
    }
    // A copy: the bytes belong to Typst, whose cache is emptied.
    return Uint8Array.from(exported(compiled.result, Date.parse(writtenOn) / 1000));
  } finally {
    compiler.resetShadow();
    compiler.evictCache(0);
  }
}

/** PDF/UA-1, except where a font joins characters of a script, such as Arabic, into glyphs that stand for none: then tagged PDF without that promise. */
function exported(document: NodeTypstDocument, creationTimestamp: number): Buffer {
  try {
    return compiler.pdf(document, { pdfStandard: PdfStandard.UA_1, creationTimestamp });
  } catch (error) {
    if (!String(error).includes('missing codepoints')) throw error;
    return compiler.pdf(document, { creationTimestamp });
  }
}

function logoOf(logo: string): { file: string; bytes: Buffer } {
  if (logo.startsWith('<svg')) return { file: 'logo.svg', bytes: Buffer.from(logo) };
  const [, type = 'png', data = ''] = /^data:image\/(\w+)(?:;[^,]*)?,(.*)$/.exec(logo) ?? [];
  return { file: `logo.${type}`, bytes: Buffer.from(data, 'base64') };
}

type Shadow = (name: string, bytes: Buffer) => void;

/** Pictures become files beside the page. */
function withFiles(block: PageBlock | PageColumns, id: string, shadow: Shadow): object {
  if (block.type === 'columns') {
    return {
      ...block,
      columns: block.columns.map((column, k) => column.map((each, n) => withFiles(each, `${id}-${k}-${n}`, shadow))),
    };
  }
  if (block.type !== 'picture') return block;
  const { svg, ...picture } = block;
  const file = `picture-${id}.svg`;
  shadow(file, Buffer.from(svg));
  return { ...picture, file };
}

/** Members that are addresses of links, and not text. */
const addresses = new Set(['link', 'address']);

/** PDF/UA forbids a character that no font has: it becomes a square. Long words may break anywhere, addresses at their separators. */
function withKnownCharacters<T>(value: T, isCovered: Covered): T {
  if (typeof value === 'string') {
    const known = knownIn(value, isCovered);
    return (/^(<svg|data:)/.test(value) ? known : known.replace(longWord, breakable)) as T;
  }
  if (Array.isArray(value)) return value.map((each) => withKnownCharacters(each, isCovered)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, each]) => [
    name,
    addresses.has(name) ? each : withKnownCharacters(each, isCovered),
  ]);
  return Object.fromEntries(members) as T;
}

function breakable(word: string): string {
  return /^https?:/.test(word) ? word.replace(/[/?&=]/g, '$&\u200b') : Array.from(word).join('\u200b');
}

function knownIn(text: string, isCovered: Covered): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is in every font.
  if (/^[\u0000-\u007f]*$/.test(text)) return text;
  return Array.from(text, (character) => (isCovered(character.codePointAt(0) as number) ? character : '□')).join('');
}
