import {
  type Category,
  categorySchema,
  describeDetails,
  type Item,
  itemPropertiesSchema,
  itemSchema,
  SommelierError,
  zodDetails,
} from '@sommelier/contracts';
import type { z } from 'zod';
import { type Item as ItemRow, Prisma } from '../generated/mysql/client.ts';
import type { Client, Connection } from './client.ts';
import type { DatabaseProvider, ItemStore } from './database.ts';
import { readNullableJson } from './stored-json.ts';
import { inTransaction } from './transaction.ts';
import { writeCategoriesChange, writeChanges } from './write-changes.ts';

const ROWS_PER_STATEMENT = 5_000;
/** A replica reads all items while it answers: a page must not keep it from that for long. */
const ITEMS_PER_PAGE = 500;

/** Items and categories, see {@link ItemStore}. */
export class PrismaItemStore implements ItemStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async upsertItems(items: readonly Item[]): Promise<void> {
    const rows = items.map((item, index) => {
      const { itemId, categoryId, available, price, properties, updatedAtMs } = parsed(
        itemSchema,
        item,
        index,
      );
      const known = Object.keys(properties).length > 0 ? JSON.stringify(properties) : '';
      // A missing price is left out: JSON's null is not everywhere SQL's.
      const row = [itemId, categoryId ?? '', available ? 1 : 0, updatedAtMs, known];
      return price === null ? row : [...row, price];
    });
    await this.#upsert(rows, upsertItemsSql, (writer) =>
      writeChanges(
        writer,
        'item',
        items.map(({ itemId }) => itemId),
      ),
    );
  }

  async upsertCategories(categories: readonly Category[]): Promise<void> {
    const rows = categories.map((category, index) => {
      const { categoryId, parentId } = parsed(categorySchema, category, index);
      return [categoryId, parentId ?? ''];
    });
    await this.#upsert(rows, upsertCategoriesSql, writeCategoriesChange);
  }

  async #upsert(
    rows: unknown[][],
    toSql: UpsertSql,
    announce: (writer: { client: Client; provider: DatabaseProvider }) => Promise<void>,
  ): Promise<void> {
    if (rows.length === 0) return;
    const { provider } = this.#connection;
    await inTransaction(this.#connection, async (client) => {
      for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
        const part = JSON.stringify(rows.slice(start, start + ROWS_PER_STATEMENT));
        await client.$executeRaw(toSql(provider, part));
      }
      await announce({ client, provider });
    });
  }

  async findItems(itemIds: readonly string[]): Promise<Item[]> {
    const { client, run } = this.#connection;
    const ids = [...new Set(itemIds)];
    const found: Item[] = [];
    for (let start = 0; start < ids.length; start += ROWS_PER_STATEMENT) {
      const part = ids.slice(start, start + ROWS_PER_STATEMENT);
      const rows = await run(() => client.item.findMany({ where: { id: { in: part } } }));
      found.push(...rows.map(toItem));
    }
    return found;
  }

  async *readItemPages(): AsyncIterable<Item[]> {
    const { client, run } = this.#connection;
    let after = '';
    for (;;) {
      const rows = await run(() =>
        client.item.findMany({
          where: { id: { gt: after } },
          orderBy: { id: 'asc' },
          take: ITEMS_PER_PAGE,
        }),
      );
      if (rows.length > 0) yield rows.map(toItem);
      if (rows.length < ITEMS_PER_PAGE) return;
      after = rows.at(-1)!.id;
    }
  }

  async readCategories(): Promise<Category[]> {
    const { client, run } = this.#connection;
    const rows = await run(() => client.category.findMany({ orderBy: { id: 'asc' } }));
    return rows.map(({ id, parentId }) => ({ categoryId: id, parentId }));
  }
}

function toItem(row: ItemRow): Item {
  const { id, categoryId, available, price, updatedAtMs } = row;
  const properties =
    readNullableJson(itemPropertiesSchema, row.properties, `Item ${id}, column properties,`) ?? {};
  return { itemId: id, categoryId, available, price, properties, updatedAtMs: Number(updatedAtMs) };
}

type UpsertSql = (provider: Connection['provider'], rowsJson: string) => Prisma.Sql;

function upsertItemsSql(provider: Connection['provider'], rowsJson: string): Prisma.Sql {
  if (provider === 'sqlite') {
    // "WHERE true" keeps the parser from reading ON as part of a join.
    return Prisma.sql`
      INSERT INTO Item (id, categoryId, available, price, properties, updatedAtMs)
      SELECT value ->> 0, NULLIF(value ->> 1, ''), value ->> 2, value ->> 5, NULLIF(value ->> 4, ''), value ->> 3
      FROM json_each(${rowsJson}) WHERE true
      ON CONFLICT (id) DO UPDATE SET categoryId = excluded.categoryId, available = excluded.available,
        price = excluded.price, properties = excluded.properties, updatedAtMs = excluded.updatedAtMs`;
  }
  return Prisma.sql`
    INSERT INTO Item (id, categoryId, available, price, properties, updatedAtMs)
    SELECT i, NULLIF(c, ''), a, p, NULLIF(o, ''), t FROM JSON_TABLE(${rowsJson}, '$[*]' COLUMNS (
      i VARCHAR(64) PATH '$[0]' ERROR ON ERROR,
      c VARCHAR(64) PATH '$[1]' ERROR ON ERROR,
      a TINYINT PATH '$[2]' ERROR ON ERROR,
      t BIGINT PATH '$[3]' ERROR ON ERROR,
      o LONGTEXT PATH '$[4]' ERROR ON ERROR,
      p DOUBLE PATH '$[5]' NULL ON EMPTY ERROR ON ERROR
    )) AS batch
    ON DUPLICATE KEY UPDATE categoryId = VALUES(categoryId), available = VALUES(available),
      price = VALUES(price), properties = VALUES(properties), updatedAtMs = VALUES(updatedAtMs)`;
}

function upsertCategoriesSql(provider: Connection['provider'], rowsJson: string): Prisma.Sql {
  if (provider === 'sqlite') {
    return Prisma.sql`
      INSERT INTO Category (id, parentId) SELECT value ->> 0, NULLIF(value ->> 1, '') FROM json_each(${rowsJson})
      WHERE true ON CONFLICT (id) DO UPDATE SET parentId = excluded.parentId`;
  }
  return Prisma.sql`
    INSERT INTO Category (id, parentId)
    SELECT c, NULLIF(p, '') FROM JSON_TABLE(${rowsJson}, '$[*]' COLUMNS (
      c VARCHAR(64) PATH '$[0]' ERROR ON ERROR, p VARCHAR(64) PATH '$[1]' ERROR ON ERROR
    )) AS batch
    ON DUPLICATE KEY UPDATE parentId = VALUES(parentId)`;
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, index: number): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const details = zodDetails(result.error);
  const what = describeDetails(details);
  throw new SommelierError('invalid-request', `Row ${index} of the batch cannot be stored: ${what}.`, {
    details,
  });
}
