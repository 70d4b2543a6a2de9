import { ai } from './catalog/ai.ts';
import { celery } from './catalog/celery.ts';
import { components } from './catalog/components.ts';
import { daily } from './catalog/daily.ts';
import { product } from './catalog/product.ts';
import { service } from './catalog/service.ts';
import { traffic } from './catalog/traffic.ts';

/**
 * Every metric family the exporter serves. Dashboards and rules are held against this list.
 * A family exists only where its subject exists: an absent series is not a zero.
 */
export const catalog = {
  ...service,
  ...components,
  ...celery,
  ...product,
  ...daily,
  ...traffic,
  ...ai,
} as const;
