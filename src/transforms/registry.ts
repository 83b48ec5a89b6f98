/** The table of transforms, by the name that configuration gives them. */

import type { AnyOptions } from '../core/options.ts'
import { Filter, filterOptions } from './filter.ts'
import type { FilterOptions } from './filter.ts'
import { Group, groupOptions } from './group.ts'
import type { GroupOptions } from './group.ts'
import { Rate, rateOptions } from './rate.ts'
import type { RateOptions } from './rate.ts'
import { Relabel, relabelOptions } from './relabel.ts'
import type { RelabelOptions } from './relabel.ts'
import { Rollup, rollupOptions } from './rollup.ts'
import type { RollupOptions } from './rollup.ts'
import type { TransformRow } from './transform.ts'

export const transforms = {
  filter: {
    about: 'Leaves out observations by their labels or their value.',
    options: filterOptions,
    stateless: true,
    create: (options: AnyOptions) => new Filter(options as FilterOptions),
  },
  group: {
    about: 'Puts fields of a record together, so that one detector judges them as a group.',
    options: groupOptions,
    stateless: true,
    joinsBy: () => 'record',
    create: (options: AnyOptions) => new Group(options as GroupOptions),
  },
  relabel: {
    about: 'Renames, sets, splits and drops labels; makes one name out of several.',
    options: relabelOptions,
    stateless: true,
    create: (options: AnyOptions) => new Relabel(options as RelabelOptions),
  },
  rate: {
    about: 'Turns counters into rates per second.',
    options: rateOptions,
    create: (options: AnyOptions) => new Rate(options as RateOptions),
  },
  rollup: {
    about: 'Joins series in windows of time: counts, means, maxima, quantiles of each window.',
    options: rollupOptions,
    joinsBy: (options: AnyOptions) => (options as RollupOptions).groupBy,
    makes: (options: AnyOptions) => (options as RollupOptions).name,
    create: (options: AnyOptions) => new Rollup(options as RollupOptions),
  },
} as const satisfies Readonly<Record<string, TransformRow>>
