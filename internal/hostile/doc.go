// Package hostile tries the readers of foreign files on damaged ones. A Target is a reader with small whole files of
// its format. From it come a fuzz target of the go command (Target.Fuzz), and loops without its instrumentation that
// are ten to a hundred times faster (Target.Test): every byte changed, each prefix, and mutations by a seed that makes
// them again. Whatever a file holds, a reader must end with data or an error, soon, in bounded memory, and say the same
// when it reads the file a second time.
//
// Bytes changed blindly hardly pass a format's checksums. So a mutation is a list of edits of a whole file, after which
// Mend puts right what the format counts and sums: lengths, CRCs, digests.
//
// Only tests import this package.
package hostile
