/** The parts of ECharts that the page uses. Loaded with the first chart. */
import '@property-insights/charts/echarts-without-proto';
import { CustomChart, LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';

use([LineChart, CustomChart, GridComponent, LabelLayout, SVGRenderer]);

export type { ECharts, EChartsCoreOption } from 'echarts/core';
export { init };
