// Reads a Parquet file and prints its rows, a JSON object a line; the first line is the schema.
// Usage: node parquet.mjs FILE
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';

const file = await asyncBufferFromFile(process.argv[2]);
const metadata = await parquetMetadataAsync(file);
const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
const plain = (_, value) => (typeof value === 'bigint' ? Number(value) : value);
console.log(JSON.stringify({ columns, groups: metadata.row_groups.length, rows: Number(metadata.num_rows) }));
for (const row of await parquetReadObjects({ file, metadata })) {
  console.log(JSON.stringify({ ...row, at: row.at.getTime() }, plain));
}
