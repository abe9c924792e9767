// Writes the same table by several programs, in every way of storing it that each can, for parquetmatrix_test.go:
//
//   npm install --prefix NPM @duckdb/node-api@1.5.6-r.1 parquet-wasm@0.8.0 apache-arrow@21.2.0
//   node make.mjs NPM/node_modules DIR && go run make.go DIR tables.tar.gz
//
// parquet-wasm is arrow-rs. The names of the files say program, codec, version of pages and encoding.
import { createRequire } from 'node:module'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const [modules, dir] = process.argv.slice(2)
const require = createRequire(resolve(modules) + '/')
mkdirSync(dir, { recursive: true })

const names = ['cat', 'dog', 'ox']
const rows = 24

// imageBytes is that of parquetmatrix_test.go: text that packs well, and noise that does not.
function imageBytes(i) {
  const text = Buffer.from(`image ${i};`.repeat(i % 5 + 1))
  const noise = Buffer.alloc(i % 3 * 24)
  for (let k = 0, x = i + 1; k < noise.length; k++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0
    noise[k] = x >>> 16
  }
  return Buffer.concat([text, noise])
}

const label = (i) => i % 8 === 7 ? null : i % 3
const tags = (i) => Array.from({ length: i % 4 }, (_, k) => names[(i + k) % 3])

function arrowTable() {
  const a = require('apache-arrow')
  const all = Array.from({ length: rows }, (_, i) => i)
  const image = new a.Struct([new a.Field('bytes', new a.Binary(), true), new a.Field('path', new a.Utf8(), true)])
  return new a.Table({
    image: a.vectorFromArray(all.map((i) => ({ bytes: imageBytes(i), path: `photo ${i}.jpg` })), image),
    label: a.vectorFromArray(all.map((i) => label(i) === null ? null : BigInt(label(i))), new a.Int64()),
    name: a.vectorFromArray(all.map((i) => label(i) === null ? null : names[label(i)]), new a.Utf8()),
    tags: a.vectorFromArray(all.map(tags), new a.List(new a.Field('item', new a.Utf8(), true))),
  })
}

function arrowrs() {
  const { Compression, EnabledStatistics, Encoding, Table, WriterPropertiesBuilder, WriterVersion, writeParquet } = require('parquet-wasm')
  const { tableToIPC } = require('apache-arrow')
  const ipc = tableToIPC(arrowTable(), 'stream')
  const columns = ['image.bytes', 'image.path', 'label', 'name', 'tags.list.item']
  const write = (codec, version, how, encodings) => {
    let b = new WriterPropertiesBuilder()
      .setCompression(Compression[codec]).setWriterVersion(version === 2 ? WriterVersion.V2 : WriterVersion.V1)
      .setDictionaryEnabled(how === 'dict').setMaxRowGroupSize(14).setDataPageSizeLimit(500).setWriteBatchSize(4)
      .setStatisticsEnabled(EnabledStatistics.None)
    columns.forEach((c, k) => {
      if (how !== 'dict') b = b.setColumnEncoding(c, Encoding[encodings?.[k] ?? 'PLAIN'])
    })
    const bytes = writeParquet(Table.fromIPCStream(ipc), b.build())
    writeFileSync(join(dir, `arrowrs-${codec.toLowerCase()}-v${version}-${how}.parquet`), bytes)
  }
  for (const codec of ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW']) {
    for (const version of [1, 2]) {
      for (const how of ['dict', 'plain']) write(codec, version, how)
    }
  }
  for (const codec of ['UNCOMPRESSED', 'LZ4_RAW']) {
    write(codec, 2, 'deltas', ['DELTA_BYTE_ARRAY', 'DELTA_LENGTH_BYTE_ARRAY', 'DELTA_BINARY_PACKED', 'DELTA_BYTE_ARRAY', 'DELTA_LENGTH_BYTE_ARRAY'])
    write(codec, 1, 'lengths', ['DELTA_LENGTH_BYTE_ARRAY', 'DELTA_BYTE_ARRAY', 'BYTE_STREAM_SPLIT', 'DELTA_LENGTH_BYTE_ARRAY', 'DELTA_BYTE_ARRAY'])
  }
}

async function duckdb() {
  const { DuckDBInstance } = require('@duckdb/node-api')
  const db = await (await DuckDBInstance.create(':memory:')).connect()
  const base = join(dir, 'arrowrs-zstd-v1-plain.parquet')
  for (const codec of ['uncompressed', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4', 'lz4_raw']) {
    // The second version of the format has other encodings; its pages are of the first too.
    for (const [version, how, limit] of [['V1', 'dict', 1000], ['V2', 'deltas', 0]]) {
      const file = join(dir, `duckdb-${codec}-v1-${how}.parquet`)
      await db.run(`COPY (FROM '${base}') TO '${file}' (FORMAT parquet, COMPRESSION ${codec}, PARQUET_VERSION ${version}, ` +
        `DICTIONARY_SIZE_LIMIT ${limit}, ROW_GROUP_SIZE 2048)`)
    }
  }
}

arrowrs()
await duckdb()
