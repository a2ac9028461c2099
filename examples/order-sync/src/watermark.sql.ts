import type { Database } from './job-session.ts';

/** Collections that are read by modification date. */
export type WatermarkResource = 'orders' | 'items';

/** The newest stamp that was staged, null before the first page. */
export async function readWatermark(db: Database, resource: WatermarkResource): Promise<Date | null> {
  const { rows } = await db.query<{ modifiedAt: Date }>(
    `select modified_at as "modifiedAt" from shop_watermark where resource = $1`,
    [resource],
  );
  return rows[0]?.modifiedAt ?? null;
}

/** Moves the mark forward; it never goes back, also when two runs cross. */
export async function raiseWatermark(
  db: Database,
  resource: WatermarkResource,
  modifiedAt: Date,
): Promise<void> {
  await db.query(
    `insert into shop_watermark as mark (resource, modified_at)
     values ($1, $2)
         on conflict (resource) do update
        set modified_at = greatest(mark.modified_at, excluded.modified_at), updated_at = now()`,
    [resource, modifiedAt],
  );
}
