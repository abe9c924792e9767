// Prints a feature table as other programs read it, one JSON line a row, so that TestOtherReaders can compare it with what was
// written: lists of strings as they are, each descriptor as the SHA-256 of its float32 values in little-endian order.
//
//   npm install --prefix DIR @duckdb/node-api hyparquet parquet-wasm apache-arrow nodejs-polars
//   FC7_NODE_MODULES=DIR/node_modules go test -run OtherReaders ./outputs
//
// By hand: node readers.mjs duckdb|hyparquet|parquet-wasm|polars DIR/node_modules FILE
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [engine, modules, file] = process.argv.slice(2)
const require = createRequire(resolve(modules) + '/')
const load = async name => import(pathToFileURL(require.resolve(name)))

// plain turns what an engine gives for a value into null, a string, a number or an array.
function plain(v) {
  if (v === undefined || v === null) return null
  if (typeof v === 'bigint') return Number(v)
  if (v.items) return v.items.map(plain) // DuckDB's list
  if (typeof v === 'object') return Array.from(v, plain)
  return v
}

function print(names, row) {
  const out = names.map((name, i) => {
    const v = plain(row[i])
    if (i < 10 || v === null) return v
    return createHash('sha256').update(Buffer.from(new Float32Array(v).buffer)).digest('hex')
  })
  console.log(JSON.stringify(out))
}

async function duckdb() {
  const { DuckDBInstance } = require('@duckdb/node-api')
  const db = await (await DuckDBInstance.create(':memory:')).connect()
  const result = await db.runAndReadAll(`SELECT * FROM read_parquet('${file.replaceAll("'", "''")}')`)
  for (const row of result.getRows()) print(result.columnNames(), row)
}

async function hyparquet() {
  const { parquetReadObjects, parquetSchema, parquetMetadataAsync, asyncBufferFromFile } = await load('hyparquet')
  const source = await asyncBufferFromFile(file)
  const names = parquetSchema(await parquetMetadataAsync(source)).children.map(c => c.element.name)
  for (const row of await parquetReadObjects({ file: source })) print(names, names.map(n => row[n]))
}

async function wasm() {
  const { readParquet } = require('parquet-wasm')
  const { tableFromIPC } = require('apache-arrow')
  const table = tableFromIPC(readParquet(readFileSync(file)).intoIPCStream())
  const names = table.schema.fields.map(f => f.name)
  for (const row of table) print(names, names.map(n => row[n]))
}

async function polars() {
  const pl = require('nodejs-polars')
  const frame = pl.readParquet(file)
  for (const row of frame.rows()) print(frame.columns, row)
}

await { duckdb, hyparquet, 'parquet-wasm': wasm, polars }[engine]()
