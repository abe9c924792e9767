package pickle

import "errors"

// operation carries out one instruction.
type operation func(*unpickler) error

// operations has the operation of each instruction byte; where there is none, the instruction is refused.
var operations = [256]operation{
	'.':  func(*unpickler) error { return errStop },
	'(':  opMark,
	'0':  opPop,
	'1':  opPopMark,
	'2':  opDup,
	0x80: opProto,
	0x95: opFrame,

	// the memo
	'p':  opPutLine,
	'q':  sized(1, (*unpickler).put),
	'r':  sized(4, (*unpickler).put),
	0x94: opMemoize,
	'g':  opGetLine,
	'h':  sized(1, (*unpickler).get),
	'j':  sized(4, (*unpickler).get),

	// constants and numbers
	'N':  constant(nil),
	0x88: constant(true),
	0x89: constant(false),
	'I':  opInt,
	'J':  opBinInt,
	'K':  sized(1, (*unpickler).pushNumber),
	'M':  sized(2, (*unpickler).pushNumber),
	'L':  opLong,
	0x8a: sized(1, (*unpickler).pushLong),
	0x8b: sized(4, (*unpickler).pushLong),
	'F':  opFloat,
	'G':  opBinFloat,

	// text and bytes; U and T are Python 2's strings, the names of tensors among them
	'S':  opString,
	'V':  opUnicode,
	'X':  sized(4, (*unpickler).pushText),
	0x8c: sized(1, (*unpickler).pushText),
	0x8d: sized(8, (*unpickler).pushText),
	'U':  sized(1, (*unpickler).pushString),
	'T':  sized(4, (*unpickler).pushString),
	'C':  sized(1, (*unpickler).pushBytes),
	'B':  sized(4, (*unpickler).pushBytes),
	0x8e: sized(8, (*unpickler).pushBytes),
	0x96: sized(8, (*unpickler).pushBytes),

	// containers; sets are read as lists
	')':  func(u *unpickler) error { return u.push(Tuple{}) },
	0x85: sized(1, (*unpickler).pushTuple),
	0x86: sized(2, (*unpickler).pushTuple),
	0x87: sized(3, (*unpickler).pushTuple),
	't':  opTuple,
	']':  opEmptyList,
	'l':  opList,
	'a':  opAppend,
	'e':  opAppends,
	0x8f: opEmptyList,
	0x90: opAppends,
	0x91: opList,
	'}':  func(u *unpickler) error { return u.push(&Dict{}) },
	'd':  opDict,
	's':  opSetItem,
	'u':  opSetItems,

	// names and calls
	'c':  opGlobal,
	0x93: opStackGlobal,
	'R':  opReduce,
	0x81: opReduce, // NEWOBJ: a class and its arguments, as REDUCE has a function and its
	0x92: opNewObjEx,
	'o':  opObj,
	'i':  opInst,
	'b':  opBuild,
	'Q':  opPersistent,
	'P':  opPersistentLine,
	0x82: refuse("names in full, found one of Python's extension registry"),
	0x83: refuse("names in full, found one of Python's extension registry"),
	0x84: refuse("names in full, found one of Python's extension registry"),
	0x97: refuse("a whole pickle, found one with buffers outside it"),
	0x98: refuse("a whole pickle, found one with buffers outside it"),
}

// sized makes an operation of a method that is told how many bytes or items its instruction has.
func sized(n int, op func(*unpickler, int) error) operation {
	return func(u *unpickler) error { return op(u, n) }
}

func constant(v any) operation {
	return func(u *unpickler) error { return u.push(v) }
}

func refuse(why string) operation {
	return func(*unpickler) error { return errors.New("expected " + why) }
}
