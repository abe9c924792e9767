// Package fetch downloads one large file so that it is whole, the right one, or not there.
//
// While a download is under way its bytes are in NAME.part, and NAME.part.json tells which version of which URL they
// belong to. A cut connection, a busy server, an interruption or a full disk leaves both, and the next attempt, in this
// process or a later one, asks for the rest: with Range and If-Range where the server named a version (RFC 9110,
// sections 13.1.5 and 14.2), or without a version where a digest will tell. Whatever a server does with that (sends
// all, sends another version, refuses the range), what ends under NAME has the size and the digests asked for, and
// appears there by a rename when it is on the disk.
//
// Bytes whose digest is wrong are never resumed from: they are removed, and fetched once more from the start if part of
// them came from an earlier attempt.
//
// The proxies of HTTP_PROXY, HTTPS_PROXY and NO_PROXY are used. A redirection from https to http is refused.
package fetch
