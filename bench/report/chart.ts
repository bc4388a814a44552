// The chart of a run: rates on the left, CPU per order by process on the right. Plain SVG,
// readable on light and dark pages.
import { cpuOf, type Rounds, rate } from '../measure/measurement.ts';
import { beforeMark } from '../round.ts';
import { shown } from './table.ts';

const barHeight = 18;
const rowHeight = 26;
const labelWidth = 70;
const panelWidth = 430;
const valueWidth = 90;
const top = 44;

const colours = [
  '#3366cc',
  '#dc8a1a',
  '#2e8b57',
  '#b0413e',
  '#7a5bb0',
  '#1f9aa8',
  '#a0743c',
  '#c2569b',
  '#6b7785',
  '#94a336',
];

type Bar = { label: string; total: number; parts: readonly { name: string; value: number }[] };

const quoted = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const text = (x: number, y: number, content: string, extra = '') =>
  `<text x="${x}" y="${y}" ${extra}>${quoted(content)}</text>`;

function panel(x: number, title: string, bars: readonly Bar[], colourOf: (part: string) => string): string {
  const largest = Math.max(...bars.map(({ total }) => total), 1);
  const scale = (panelWidth - labelWidth - valueWidth) / largest;
  const rows = bars.map(({ label, total, parts }, index) => {
    const y = top + index * rowHeight;
    let left = x + labelWidth;
    const rects = parts.map(({ name, value }) => {
      const width = value * scale;
      const rect = `<rect x="${left.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${barHeight}" fill="${colourOf(name)}"/>`;
      left += width;
      return rect;
    });
    return [
      text(x + labelWidth - 8, y + 13, label, 'text-anchor="end"'),
      ...rects,
      text(left + 6, y + 13, shown(total)),
    ].join('');
  });
  return text(x + labelWidth, 26, title, 'font-weight="bold"') + rows.join('\n');
}

/** F4 and F5 only answer constants and would dwarf the rest; at rest there is no order. */
const leftOut = new Set(['F4', 'F5', 'rest']);

/** Draws the medians of all other segments, of this tree only. */
export function drawChart(rounds: Rounds): string {
  const names = [...rounds.segments.keys()].filter((name) => !leftOut.has(name) && !name.endsWith(beforeMark));
  const rates = names.map((label): Bar => {
    const total = rounds.spread(label, rate).median;
    return { label, total, parts: [{ name: 'rate', value: total }] };
  });
  const processes = [...new Set(names.flatMap((name) => Object.keys(rounds.of(name)[0]!.cpuUs)))];
  const cpu = names
    .filter((name) => name !== 'idle')
    .map((label): Bar => {
      const parts = processes.map((name) => ({
        name,
        value: rounds.spread(label, ({ cpuUs }) => cpuUs[name] ?? 0).median,
      }));
      return { label, total: rounds.spread(label, cpuOf).median, parts };
    });
  const colourOf = (name: string) =>
    name === 'rate' ? colours[0]! : colours[processes.indexOf(name) % colours.length]!;
  const legendTop = top + names.length * rowHeight + 12;
  const legend = processes.map((name, index) => {
    const [x, y] = [labelWidth + (index % 6) * 130, legendTop + Math.floor(index / 6) * 20];
    return `<rect x="${x}" y="${y}" width="12" height="12" fill="${colourOf(name)}"/>${text(x + 18, y + 10, name)}`;
  });
  const height = legendTop + Math.ceil(processes.length / 6) * 20 + 12;
  const width = 2 * panelWidth + 20;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="#ffffff"/>
${panel(0, 'per second (median)', rates, colourOf)}
${panel(panelWidth + 20, 'CPU µs each, by process (median)', cpu, colourOf)}
${legend.join('\n')}
</svg>
`;
}
