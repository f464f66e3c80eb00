import { z } from 'zod';

/** So many columns a dashboard has ("Dashboard JSON model", `gridPos`). */
const COLUMNS = 24;

const dataSource = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('${datasource}') });

const gridPos = z
  .strictObject({
    x: z
      .int()
      .min(0)
      .max(COLUMNS - 1),
    y: z.int().min(0),
    w: z.int().min(1).max(COLUMNS),
    h: z.int().min(1),
  })
  .refine(({ x, w }) => x + w <= COLUMNS, 'it is wider than the dashboard');

const base = { id: z.int().positive(), title: z.string().min(1), gridPos };

/** Identifiers of Grafana's `@grafana/data` (`getCategories`). */
const unit = z.enum(['short', 's', 'percentunit', 'bytes', 'reqps', 'none', 'ops', 'percent']);

const color = z.strictObject({ color: z.string().min(1), value: z.number().nullable() });

const defaults = z.strictObject({
  unit: unit.optional(),
  decimals: z.int().min(0).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  thresholds: z.strictObject({ mode: z.enum(['absolute', 'percentage']), steps: z.array(color) }).optional(),
  custom: z
    .strictObject({
      stacking: z.strictObject({ mode: z.enum(['none', 'normal', 'percent']) }).optional(),
      fillOpacity: z.number().min(0).max(100).optional(),
      axisPlacement: z.string().optional(),
    })
    .optional(),
});

const override = z.strictObject({
  matcher: z.strictObject({
    id: z.enum(['byName', 'byRegexp', 'byFrameRefID', 'byType']),
    options: z.string(),
  }),
  properties: z.array(z.strictObject({ id: z.string(), value: z.unknown() })).min(1),
});

const target = z
  .strictObject({
    datasource: dataSource,
    expr: z.string().min(1),
    legendFormat: z.string(),
    refId: z.string().regex(/^[A-Z]$/),
    instant: z.boolean().optional(),
    range: z.boolean().optional(),
    format: z.enum(['table', 'time_series', 'heatmap']).optional(),
  })
  .refine(({ instant, range }) => instant !== true || range === false, 'it is asked for twice');

const query = {
  ...base,
  description: z.string(),
  datasource: dataSource,
  fieldConfig: z.strictObject({ defaults, overrides: z.array(override) }),
  targets: z
    .array(target)
    .min(1)
    .refine(
      (targets) => new Set(targets.map(({ refId }) => refId)).size === targets.length,
      'each has its own refId',
    ),
};

const panel = z.discriminatedUnion('type', [
  z.strictObject({
    ...base,
    type: z.literal('row'),
    collapsed: z.boolean(),
    panels: z.array(z.never()),
  }),
  z.strictObject({
    ...query,
    type: z.literal('stat'),
    options: z.strictObject({
      colorMode: z.enum(['none', 'value', 'background']),
      graphMode: z.enum(['none', 'area']),
      reduceOptions: z.strictObject({ calcs: z.array(z.enum(['lastNotNull', 'max', 'mean'])) }),
    }),
  }),
  z.strictObject({
    ...query,
    type: z.literal('timeseries'),
    options: z.strictObject({
      legend: z.strictObject({
        displayMode: z.enum(['list', 'table', 'hidden']),
        placement: z.enum(['bottom', 'right']),
      }),
      tooltip: z.strictObject({ mode: z.enum(['single', 'multi', 'none']) }),
    }),
  }),
  z.strictObject({
    ...query,
    type: z.literal('table'),
    options: z.strictObject({}),
    transformations: z.array(
      z.strictObject({
        id: z.literal('organize'),
        options: z.strictObject({
          excludeByName: z.record(z.string(), z.boolean()),
          renameByName: z.record(z.string(), z.string()),
        }),
      }),
    ),
  }),
]);

/** A dashboard as Grafana documents it ("Dashboard JSON model"), as far as ours uses it: what is not here is a slip. */
export const DASHBOARD_MODEL = z.strictObject({
  uid: z.string().max(40),
  title: z.string().min(1),
  description: z.string(),
  tags: z.array(z.string()),
  schemaVersion: z.int().min(36),
  version: z.int().positive(),
  editable: z.boolean(),
  graphTooltip: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  refresh: z.string().regex(/^\d+[smhd]$/),
  time: z.strictObject({ from: z.string().startsWith('now'), to: z.literal('now') }),
  timezone: z.enum(['browser', 'utc', '']),
  annotations: z.strictObject({ list: z.array(z.unknown()) }),
  links: z.array(z.unknown()),
  templating: z.strictObject({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
  panels: z
    .array(panel)
    .min(1)
    .refine(
      (panels) => panels.every(({ gridPos: { y } }, index) => y >= (panels[index - 1]?.gridPos.y ?? 0)),
      'they are in the order in which they are seen',
    ),
});
