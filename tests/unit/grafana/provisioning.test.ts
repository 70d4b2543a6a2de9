import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildDashboards } from '../../../grafana/build.ts';
import { service } from '../../compose/compose-file.ts';
import { dashboards } from './dashboards.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): unknown => parse(readFileSync(join(root, 'grafana/provisioning', path), 'utf8'));

describe('provisioning', () => {
  it('gives Prometheus the uid that the variable of the dashboards names', () => {
    const file = read('datasources/prometheus.yml') as { datasources: { uid: string }[] };
    expect(file).not.toHaveProperty('prune');
    expect(file.datasources).toMatchObject([{ type: 'prometheus', isDefault: true }]);
    for (const [, { templating }] of dashboards)
      expect(templating.list[0]).toMatchObject({ current: { value: file.datasources[0]?.uid } });
  });

  it('shows the silences of Alertmanager', () => {
    expect(read('datasources/alertmanager.yml')).toMatchObject({
      datasources: [{ type: 'alertmanager', jsonData: { implementation: 'prometheus' } }],
    });
  });

  it('reads the dashboards as files that nobody edits in the browser, and removes one whose file is gone', () => {
    expect(read('dashboards/expensebot.yml')).toMatchObject({
      providers: [{ type: 'file', allowUiUpdates: false, disableDeletion: false }],
    });
  });

  it('finds exactly the generated files', () => {
    const names = ['ru', 'en'].flatMap((locale) =>
      readdirSync(join(root, 'grafana/generated', locale)).map(
        (name) => `grafana/generated/${locale}/${name}`,
      ),
    );
    expect(readdirSync(join(root, 'grafana/generated')).toSorted()).toEqual(['en', 'ru']);
    expect(names.toSorted()).toEqual([...buildDashboards().keys()].toSorted());
  });
});

describe('the Grafana of docker-compose.yml', () => {
  const { environment = {}, volumes = [], secrets = [] } = service('grafana');

  it('mounts the dashboards of LOCALE, and begins with the overview', () => {
    expect(volumes).toContain('./grafana/generated/${LOCALE:-ru}:/etc/grafana/dashboards:ro');
    expect(environment).toMatchObject({
      GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: '/etc/grafana/dashboards/overview.json',
      GF_USERS_DEFAULT_LANGUAGE: 'detect',
    });
  });

  it('speaks to nobody elsewhere', () => {
    expect(environment).toMatchObject({
      GF_ANALYTICS_REPORTING_ENABLED: 'false',
      GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
      GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
      GF_ANALYTICS_FEEDBACK_LINKS_ENABLED: 'false',
      GF_NEWS_NEWS_FEED_ENABLED: 'false',
      GF_PLUGINS_PREINSTALL_DISABLED: 'true',
      GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED: 'true',
      GF_SECURITY_DISABLE_GRAVATAR: 'true',
      GF_SNAPSHOTS_EXTERNAL_ENABLED: 'false',
    });
  });

  it('lets in nobody without a password, which stands in a file, unless told to', () => {
    expect(environment).toMatchObject({
      GF_SECURITY_ADMIN_PASSWORD: '$$__file{/run/secrets/grafana_admin_password}',
      GF_AUTH_ANONYMOUS_ENABLED: '${GRAFANA_ANONYMOUS:-false}',
      GF_USERS_ALLOW_SIGN_UP: 'false',
    });
    expect(secrets).toEqual(['grafana_admin_password']);
  });

  it('makes links that a phone can open', () => {
    expect(environment['GF_SERVER_ROOT_URL']).toBe(
      '${GRAFANA_PUBLIC_URL:-http://127.0.0.1:${GRAFANA_PORT:-3000}}',
    );
  });
});
