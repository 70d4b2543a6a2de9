import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { BarChart, LineChart } from 'echarts/charts';
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  MarkPointComponent,
  TitleComponent,
} from 'echarts/components';
import { init, setPlatformAPI, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { FONT_FAMILY, heightOf, toOption, WIDTH } from './echarts.ts';
import type { Chart } from './chart.ts';

use([
  BarChart,
  GridComponent,
  LegendComponent,
  LineChart,
  MarkLineComponent,
  MarkPointComponent,
  SVGRenderer,
  TitleComponent,
]);

/** Without a browser ECharts guesses by a narrower font; DejaVu Sans takes six tenths of its size for a letter. */
const LETTER_EM = { normal: 0.6, bold: 0.68 };
setPlatformAPI({
  measureText: (text, font = '') => {
    const size = Number(/([\d.]+)px/.exec(font)?.[1] ?? 12);
    return { width: text.length * size * (font.startsWith('bold') ? LETTER_EM.bold : LETTER_EM.normal) };
  },
});

/** Sharp on a phone, and far below the 10 MB and 10,000 px (width and height together) that Telegram takes. */
const PIXEL_RATIO = 2;

const require = createRequire(import.meta.url);
/** The fonts that come with the package: those of the machine have no say. */
const FONT_FILES = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) =>
  require.resolve(`dejavu-fonts-ttf/ttf/${name}`),
);

/** A chart as a PNG. Takes some 100 ms of the thread it runs in. */
export function draw(chart: Chart): Uint8Array {
  const rendered = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: heightOf(chart) });
  try {
    rendered.setOption(toOption(chart));
    const picture = new Resvg(rendered.renderToSVGString(), {
      fitTo: { mode: 'zoom', value: PIXEL_RATIO },
      font: { loadSystemFonts: false, fontFiles: FONT_FILES, defaultFontFamily: FONT_FAMILY },
    });
    return picture.render().asPng();
  } finally {
    rendered.dispose();
  }
}
