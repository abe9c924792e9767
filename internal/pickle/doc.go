// Package pickle reads what Python's pickle module wrote, of protocols 0 to 5. A pickle is a program for a small stack
// machine (Python's Lib/pickletools.py documents every instruction); this reader executes nothing: where Python would
// import a name or call a function it makes an inert record of the name and the arguments, and what such a record means
// is for the format's reader to say.
//
// Instructions, text and lines are bounded, and nothing is allocated for bytes that the file does not have; long byte
// strings stay in the file.
//
// What lives where: input.go the Reader, machine.go the stack machine, ops.go its instructions, those of each kind in
// memo.go, values.go, containers.go and calls.go; value.go the values, describe.go their names for messages.
package pickle
