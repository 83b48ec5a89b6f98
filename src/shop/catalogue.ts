/** The shop's tables and statements. */

import type postgres from 'postgres'

export const itemCount = 20_000
export const categoryCount = 100
/** What most customers want: these rows are written again and again. */
export const hotItems = 20
const pageItems = 20

/** Makes and fills the tables; the same for each shop. */
export async function openCatalogue(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    create table items (
      id integer primary key, category integer not null, name text not null,
      price integer not null, stock integer not null
    ) with (fillfactor = 50);
    create table orders (
      id bigserial primary key, item integer not null, price integer not null,
      ordered timestamptz not null default now()
    );
    insert into items
      select i, i % ${categoryCount}, 'item ' || md5(i::text), 100 + i % 900, 1000000000
      from generate_series(0, ${itemCount - 1}) i;
    create index on items (category, price);
    analyze;
  `)
}

/** A row of a page. */
export interface Item {
  readonly id: number
  readonly name: string
  readonly price: number
  readonly stock: number
}

export async function browse(sql: postgres.Sql, category: number): Promise<readonly Item[]> {
  return sql<Item[]>`
    select id, name, price, stock from items where category = ${category}
    order by price limit ${pageItems}`
}

export async function search(sql: postgres.Sql, text: string): Promise<readonly Item[]> {
  const pattern = `%${text}%`
  return sql<Item[]>`
    select id, name, price, stock from items where name like ${pattern} limit ${pageItems}`
}

/** Takes one of an item, inside a transaction: locks its row until the end of that. */
export async function take(sql: postgres.Sql, item: number): Promise<readonly Item[]> {
  return sql<Item[]>`
    update items set stock = stock - 1 where id = ${item} returning id, name, price, stock`
}

export async function order(sql: postgres.Sql, { id, price }: Item): Promise<void> {
  await sql`insert into orders (item, price) values (${id}, ${price})`
}
