/** SVG path data of diagonal lines that fill a rectangle: the mark of what is only partly known. It is drawn the same by every renderer. */
export function hatch(x: number, y: number, width: number, height: number, gap = 6): string {
  if (width <= 0 || height <= 0) return '';
  const lines: string[] = [];
  // Lines x + y = c. Multiples of the gap, so that adjacent rectangles continue each other's lines.
  for (let c = Math.ceil((x + y) / gap) * gap; c < x + y + width + height; c += gap) {
    const x1 = Math.min(x + width, c - y);
    const x2 = Math.max(x, c - y - height);
    if (x1 > x2) lines.push(`M${round(x1)} ${round(c - x1)}L${round(x2)} ${round(c - x2)}`);
  }
  return lines.join('');
}

const round = (value: number) => Math.round(value * 10) / 10;
