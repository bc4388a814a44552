// Schemas of documents that belong to a tenant.
// Invariant: each has tenantId and text ids, is sharded and saved by (tenantId, _id), and carries the tenant plugin.
import mongoose from 'mongoose';
import { tenantPlugin } from './plugin/plugin.ts';

type TenantRow = { _id: string; tenantId: string };

/**
 * A schema with `_id` and `tenantId` (text, required), the tenant plugin, strict fields and no version key.
 * The type parameter is the stored row.
 */
export function tenantSchema<Row extends TenantRow>(
  definition: Record<string, unknown>,
  options: mongoose.SchemaOptions = {},
): mongoose.Schema<Row> {
  const fields = {
    ...definition,
    _id: { type: String, required: true },
    tenantId: { type: String, required: true, immutable: true },
  };
  const schema = new mongoose.Schema(fields as mongoose.SchemaDefinition, {
    minimize: false,
    ...options,
    strict: 'throw',
    strictQuery: 'throw',
    versionKey: false,
    id: false,
    autoIndex: false,
    autoCreate: false,
    shardKey: { tenantId: 1, _id: 1 },
  });
  schema.plugin(tenantPlugin);
  // The definition is given as data, so the row type is the caller's word.
  return schema as unknown as mongoose.Schema<Row>;
}
