// Package place is where the files of a table are that many machines make together: a folder that all of them see, or
// what stands below an address of an object store. Files have names with slashes below it, appear whole, and replace
// nothing unless they are to.
//
// In a folder files are made as package atomicfile makes them, and locks keep processes apart. On a store nobody is
// kept apart: a name is taken by whoever puts an object there first, and what another one puts there must be the same.
// A table file is put together in a folder of this machine, the work space, and then put on the store; what has to be
// read at random is brought there.
package place
