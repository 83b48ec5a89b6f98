/**
 * Writes all dashboards into deploy/grafana/dashboards, and removes what is not built any more.
 *
 *   npm run dashboards
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { builtDashboards } from './dashboards.ts'

const folder = join(import.meta.dirname, '..', 'dashboards')
rmSync(folder, { recursive: true, force: true })
for (const { path, dashboard } of builtDashboards()) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), JSON.stringify(dashboard, null, 2) + '\n')
  process.stdout.write(`${path}: ${dashboard.panels.length} panels\n`)
}
