import type { Bar } from './bench.ts';
import { inMs } from './figures.ts';

const width = 720;
const barHeight = 18;
const rowHeight = 26;
const top = 40;
const labelWidth = 250;
const valueWidth = 70;

/**
 * Draws bars as an SVG, shortest first, legible on a light page and on a dark one.
 *
 * @param title what is shown, and in what.
 */
export function plotBars(title: string, bars: readonly Bar[]): string {
  const sorted = [...bars].sort((a, b) => a.ms - b.ms);
  const most = Math.max(...sorted.map(({ ms }) => ms), 1);
  const height = top + sorted.length * rowHeight + 10;
  const rows = sorted.map(({ name, ms, isOurs }, n) => {
    const y = top + n * rowHeight;
    const length = Math.max(1, ((width - labelWidth - valueWidth) * ms) / most);
    const middle = y + barHeight / 2 + 4;
    return [
      `<text x="${labelWidth - 10}" y="${middle}" text-anchor="end">${escaped(name)}</text>`,
      `<rect x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2"${isOurs ? ' class="ours"' : ''}/>`,
      `<text x="${(labelWidth + length + 6).toFixed(1)}" y="${middle}">${inMs(ms)} ms</text>`,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 14px; }
rect { fill: #9aa4b0; }
.ours { fill: #1f6feb; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } rect { fill: #59636e; } .ours { fill: #58a6ff; } }
</style>
<text class="title" x="10" y="22">${escaped(title)}</text>
${rows.join('\n')}
</svg>
`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
