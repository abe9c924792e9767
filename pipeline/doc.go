// Package pipeline is the conveyor that joins the rooms: it opens a data set, a net and a
// feature table, and moves images through decoding, the forward pass and writing, with
// bounded memory, in order, and so that nothing is lost when it is interrupted. The named
// recipes (demo, training of heads, prediction) stand beside it.
//
// # A table that loses nothing
//
// A run is a folder: features/ with the shards, manifest.json, and a lock file in which each
// process locks its shards. A shard is whole, or is not there; what decides whether it is done is
// its name. So a run may be killed anywhere, and several processes on several machines may
// make ranges of whole shards (Part) of one table, in one folder or in folders that Merge
// joins: the bytes are always those of one undisturbed run. Failed rows are rows; those that are
// tried again change their shard only where they do better. Verify trusts none of this
// and reads everything back.
//
// What is wrong with an image is its row's; what is wrong with the machine (a full disk, a data
// set that is gone, no more open files) ends the run, with what is finished kept.
//
// Nothing here prints: what happens on the way is told to Events.
package pipeline
