// SVG pictures of what a section kept as its series, drawn by Apache ECharts without a
// browser. Colours are of middle lightness, so that they stand on white and on black.
import * as echarts from 'echarts';

const INK = '#808890';
const COLOURS = ['#2f81f7', '#d9822b', '#3fa45b', '#b0589e', '#8a8f98'];

/** By name: `series => { title, svg }`. */
export const CHARTS = {
  growth: ({ points }) =>
    lines({
      title: 'Seconds of a backup against the size of the SQLite database',
      x: { type: 'log', name: 'GB' },
      y: { type: 'log', name: 's' },
      series: [
        ['ours, quick check, zstd', points.map((point) => [gigabytes(point), point.ours])],
        ['cp + zstd', points.map((point) => [gigabytes(point), point['cp+zstd']])],
        ['restic, first', points.map((point) => [gigabytes(point), point.restic])],
        ['.backup, not compressed', points.map((point) => [gigabytes(point), point['.backup']])],
      ],
    }),
  stall: ({ points }) => {
    const on = (filesystem, value) =>
      points
        .filter((point) => point.filesystem === filesystem)
        .map((point) => [gigabytes(point), value(point)]);
    return lines({
      title: 'The longest wait of a writer (rollback journal)',
      x: { type: 'value', name: 'GB' },
      y: { type: 'value', name: 's' },
      series: [
        ['ours on ext4 (copy)', on('ext4', ({ longest }) => longest / 1000)],
        ['ours on XFS (clone)', on('xfs', ({ longest }) => longest / 1000)],
        ['stopped for cp, ext4', on('ext4', ({ stopped }) => stopped)],
      ],
    });
  },
  differential: ({ days, room }) =>
    lines({
      title: `Room over ${days} daily backups of an SQLite database`,
      x: { type: 'value', name: 'day', max: days },
      y: { type: 'value', name: 'GB' },
      series: Object.entries(room).map(([name, list]) => [
        name,
        list.map((size, day) => [day + 1, size / 1e9]),
      ]),
    }),
  storage: ({ days, sources, ways }) => {
    const byDay = (list) => list.map((bytes, day) => [day + 1, bytes / 1e6]);
    return lines({
      title: `Storage over ${days} daily backups`,
      x: { type: 'value', name: 'day', max: days },
      y: { type: 'value', name: 'MB' },
      series: [
        ...Object.entries(ways).map(([name, list]) => [name, byDay(list)]),
        ['the source itself', byDay(sources)],
      ],
    });
  },
};

function gigabytes({ bytes }) {
  return bytes / 1e9;
}

function lines({ title, x, y, series }) {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 760, height: 440 });
  const axis = {
    nameTextStyle: { color: INK },
    axisLabel: { color: INK, formatter: (value) => String(Number(value.toPrecision(3))) },
    axisLine: { show: true, lineStyle: { color: INK } },
    splitLine: { lineStyle: { color: INK, opacity: 0.3 } },
  };
  chart.setOption({
    animation: false,
    backgroundColor: 'transparent',
    color: COLOURS,
    textStyle: { fontFamily: 'sans-serif' },
    title: { text: title, left: 'center', textStyle: { color: INK, fontSize: 15 } },
    // The gap is wide because a browser's font may be wider than ECharts reckons.
    legend: { bottom: 0, width: 740, itemGap: 26, textStyle: { color: INK } },
    grid: { left: 60, right: 50, top: 55, bottom: 95 },
    xAxis: { ...axis, ...x, ...domain(x, series, 0) },
    yAxis: { ...axis, ...y, ...domain(y, series, 1) },
    series: series.map(([name, data]) => ({
      name,
      data,
      type: 'line',
      symbol: 'circle',
      symbolSize: data.length > 10 ? 3 : 7,
      lineStyle: { width: 2 },
    })),
  });
  const svg = plain(chart.renderToSVGString());
  chart.dispose();
  return { title, svg: `${svg}\n` };
}

/** A logarithmic axis begins and ends at a power of ten, or a hair beyond one. */
function domain({ type }, series, index) {
  if (type !== 'log') return {};
  const values = series.flatMap(([, data]) => data.map((point) => point[index]));
  const exponents = values.map(Math.log10);
  return {
    minorSplitLine: { show: true, lineStyle: { color: INK, opacity: 0.12 } },
    min: 10 ** Math.floor(Math.min(...exponents) + 0.02),
    max: 10 ** Math.ceil(Math.max(...exponents) - 0.02),
  };
}

/** The same drawing gives the same bytes: ids count up within a process. */
function plain(svg) {
  return svg.replace(/zr\d+-/g, 'zr-');
}
