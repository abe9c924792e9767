package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"syscall"
	"time"

	"fc7/internal/machine"
)

// DigestError is a file that is not the one asked for.
type DigestError struct {
	Want   Digest
	Found  string // in Want's algorithm
	SHA256 string // of the same bytes
}

func (e *DigestError) Error() string {
	s := fmt.Sprintf("is not the file expected: want %s, found %s", e.Want, e.Found)
	if e.Want.Algorithm != SHA256 {
		s += " (sha256 " + e.SHA256 + ")"
	}
	return s
}

// SpaceError is a disk without room for the file.
type SpaceError struct {
	Folder     string
	Need, Free int64 // bytes; Free is below 0 where it is not known
}

func (e *SpaceError) Error() string {
	s := "the disk of " + e.Folder + " is full"
	if e.Need > 0 {
		s += fmt.Sprintf(": %s more are needed", Bytes(e.Need))
		if e.Free >= 0 {
			s += fmt.Sprintf(", %s are free", Bytes(e.Free))
		}
	}
	return s + "; what has come is kept: make room and run the same command again"
}

// Unwrap lets errors.Is find ENOSPC.
func (e *SpaceError) Unwrap() error { return syscall.ENOSPC }

// Room is a SpaceError where the disk of a folder has no room for so many bytes more.
func Room(folder string, need int64) error {
	if free := machine.FreeDisk(folder); free >= 0 && free < need {
		return &SpaceError{Folder: folder, Need: need, Free: free}
	}
	return nil
}

// statusFault is an answer other than the file.
type statusFault struct {
	Code   int
	Status string        // "404 Not Found"
	After  time.Duration // the server's Retry-After; 0 where it gave none
}

func (e *statusFault) Error() string {
	s := "the server answers " + e.Status
	switch {
	case e.Code == 404 || e.Code == 410:
		s += ": there is no such file; has it moved?"
	case e.Code == 401 || e.Code == 403:
		s += ": it does not give this file to everybody"
	case e.After > 0:
		s += fmt.Sprintf(", to be asked again in %s", e.After)
	}
	return s
}

// OfflineError is a server that cannot be reached.
type OfflineError struct {
	Host string
	Err  error
}

func (e *OfflineError) Error() string { return fmt.Sprintf("cannot reach %s: %v", e.Host, e.Err) }
func (e *OfflineError) Unwrap() error { return e.Err }

// idleError is a connection on which nothing came.
type idleError struct{ after time.Duration }

func (e *idleError) Error() string { return fmt.Sprintf("no bytes came for %s", e.after) }

// slowError is a connection on which too little came.
type slowError struct {
	got, least int64
	in         time.Duration
}

func (e *slowError) Error() string {
	return fmt.Sprintf("only %s came in %s, expected at least %s", Bytes(e.got), e.in, Bytes(e.least))
}

// refused is an error that asking the same URL again will not mend.
type refused struct{ error }

func (e refused) Unwrap() error { return e.error }

// startOver is a reason to forget the part and ask for the file from its first byte.
type startOver struct{ why string }

func (e *startOver) Error() string { return e.why }

// connecting turns what the client says of a failed connection into an OfflineError.
func connecting(err error, target string) error {
	var dns *net.DNSError
	var op *net.OpError
	host := target
	if u, e := url.Parse(target); e == nil {
		host = u.Host
	}
	var ue *url.Error
	inner := err
	if errors.As(err, &ue) {
		inner = ue.Err
	}
	switch {
	case errors.As(err, &dns):
		return &OfflineError{host, dns}
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"):
		return &OfflineError{host, op}
	}
	return inner
}

// Bytes writes a size as people read it: 553.4 MB.
func Bytes(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.2f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d bytes", n)
}
