// Package atomicfile is the only way in which a file or a folder gets its final name: complete, on the disk, and in one
// step. A reader, a crash or a kill at any moment finds under a name what stood there before, or all of the new.
//
// What is in the making has a temporary name beside the final one, ".NAME.RANDOM.tmp", and is locked by the process
// that makes it. Whoever makes the same name later removes what no living process locks any more, so that a killed
// process leaves nothing for good. On a file system without locks nobody can tell the dead from the living, and what
// was left stays.
//
// A file is made in its folder, held open (os.Root): no name of one element leads out of that. Where data have a part
// in the name, Under keeps it below a folder, also if nobody made a file name of it (package filename).
//
// A file replaces another by a rename. It takes a name that must be free by a hard link, which unlike a rename never
// replaces, or, where there are none, by the system's rename that does not replace.
//
// A folder replaces another by an exchange of the two names. Where the system has none, the old one gets the name
// ".NAME.RANDOM.old.tmp" before the new one gets its own, and is put back if that fails; of a process that is killed
// between the two, Restore, and every later Folder, puts it back.
package atomicfile
