// Package table is a run's folder, a feature table that loses nothing: features/ with the shards, manifest.json, and a
// lock file in which each process locks its shards.
//
// A shard is whole, or is not there; what decides whether it is done is its name. So a run may be killed anywhere, and
// several processes on several machines may make ranges of whole shards (Part) of one table, in one folder or in
// folders that Merge joins: the bytes are always those of one undisturbed run. Failed rows are rows; those that are
// tried again change their shard only where they do better. What each row was computed from is kept beside the table,
// so that OpenUpdate can make it that of a data set that changed, from the rows that still hold. Verify trusts none of
// this and reads everything back.
//
// The package knows neither nets nor images, nor where its rows come from.
package table
