-- Made duckdb.parquet, with DuckDB 1.x.
COPY (
  SELECT {'bytes': encode(repeat('image ' || i || ';', (i % 40) + 1)), 'path': 'photo ' || i || '.jpg'} AS image, CAST(i % 3 AS BIGINT) AS label
  FROM range(60) t(i)
) TO 'duckdb.parquet' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 2048, KV_METADATA {
  huggingface: '{"info":{"features":{"image":{"_type":"Image"},"label":{"names":["cat","dog","ox"],"_type":"ClassLabel"}}}}'
});
