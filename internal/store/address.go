package store

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"fc7/internal/usage"
)

// Is tells whether a text is an address of a scheme that can be read. It may be wrong otherwise: see Check.
func Is(text string) bool {
	for _, s := range usage.Schemes() {
		if strings.HasPrefix(text, s+"://") {
			return true
		}
	}
	return false
}

// address is where an object stands.
type address struct {
	scheme string
	bucket string // of https the host, of hf OWNER/REPO@COMMIT
	key    string
}

// Check tells what is wrong with an address in itself.
func Check(text string) error {
	_, err := parse(text)
	return err
}

func parse(text string) (a address, err error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || !Is(text) {
		return a, fmt.Errorf("%s: want an address that begins with %s://", Shown(text), strings.Join(usage.Schemes(), "://, "))
	}
	a.scheme = scheme
	switch scheme {
	case "hf":
		a.bucket, a.key, err = parseHub(rest)
	case "https", "http":
		a.bucket, a.key, err = parseWeb(text)
	default:
		a.bucket, a.key, _ = strings.Cut(rest, "/")
		switch {
		case a.bucket == "" || a.key == "" || strings.HasSuffix(a.key, "/") || strings.ContainsAny(a.key, "\x00\r\n"):
			err = fmt.Errorf("want %s://BUCKET/NAME", scheme)
		case !bucketForm.MatchString(a.bucket):
			err = fmt.Errorf("want %s://BUCKET/NAME, found a bucket of other than two or more letters, digits, dots and hyphens", scheme)
		default:
			err = plain(a.key, "", ".", "..")
		}
	}
	if err != nil {
		return a, fmt.Errorf("%s: %w", Shown(text), err)
	}
	return a, nil
}

// plain is the error of a name some part of which, between slashes, is one of those: servers, proxies and programs
// resolve such names, so that it would be another object's for some of them, and no file below a folder is called so.
func plain(name string, odd ...string) error {
	for part := range strings.SplitSeq(name, "/") {
		if slices.Contains(odd, part) {
			return fmt.Errorf("a part of the name is %q, which is not taken, since it stands for another name: write that", part)
		}
	}
	return nil
}

// bucketForm is what may be the name of a bucket or container: it becomes a part of a host's name.
var bucketForm = regexp.MustCompile(`^[A-Za-z0-9$][A-Za-z0-9._$-]{1,221}$`)

func parseWeb(text string) (host, rest string, err error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "", "", errors.New("this is no URL: write blanks and other signs in its path as %20")
	case u.Host == "":
		return "", "", errors.New("want https://HOST/PATH")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "", "", errors.New("http:// is taken of this machine's own servers alone, since on the way anybody may change what comes: use https://")
	case u.User != nil:
		return "", "", errors.New("a name and password in an address are not taken: they would be in lists and tables")
	case u.Fragment != "":
		return "", "", errors.New("an address ends before #: write %23 where it is part of a name")
	case secretForm.MatchString("&" + u.RawQuery):
		return "", "", errors.New("an address with a signature or token is not taken: it would be in lists, tables and manifests")
	case u.Path == "" || strings.HasSuffix(u.Path, "/"):
		return "", "", errors.New("want a file, found a folder")
	}
	return u.Host, u.RequestURI(), plain(u.Path, ".", "..") // an empty part is one of its own there
}

// secretForm finds what opens an object to whoever has its address.
var secretForm = regexp.MustCompile(`(?i)&(x-amz-signature|x-amz-security-token|x-goog-signature|signature|sig|token|access_token)=`)

// loopback tells whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// hubForm is OWNER/REPO@REVISION/PATH, of data sets and spaces with a word before.
var hubForm = regexp.MustCompile(`^((?:datasets/|spaces/)?[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*)@([^/@]+)/(.*[^/])$`)

// commitForm is a revision that names the same bytes for ever.
var commitForm = regexp.MustCompile(`^[0-9a-f]{40}$`)

func parseHub(rest string) (repo, name string, err error) {
	m := hubForm.FindStringSubmatch(rest)
	switch {
	case m == nil:
		return "", "", errors.New("want hf://OWNER/REPO@COMMIT/PATH, or hf://datasets/OWNER/REPO@COMMIT/PATH")
	case !commitForm.MatchString(m[2]):
		return "", "", fmt.Errorf("%q is a revision that may move: want the 40 digits of a commit, which git ls-remote https://huggingface.co/%s tells", m[2], m[1])
	}
	return m[1] + "@" + m[2], m[3], plain(m[3], "", ".", "..")
}

// Shown is an address as it may be printed: without a query, in which there may be a key to it, and without a password.
func Shown(text string) string {
	if !strings.HasPrefix(text, "http") {
		return text
	}
	before, _, query := strings.Cut(text, "?")
	if query {
		before += "?…"
	}
	scheme, rest, _ := strings.Cut(before, "://")
	host, path, slash := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		host = "…" + host[at:]
	}
	if slash {
		host += "/"
	}
	return scheme + "://" + host + path
}

// Folder is the address of what an object stands below, without a slash at the end.
func Folder(text string) string {
	text, _, _ = strings.Cut(text, "?")
	return text[:max(0, strings.LastIndexByte(text, '/'))]
}

// Join is the address of a name below a folder, of the same bucket or host.
func Join(folder, name string) string {
	scheme, rest, _ := strings.Cut(folder, "://")
	bucket, within, _ := strings.Cut(rest, "/")
	if scheme == "http" || scheme == "https" {
		name = strings.ReplaceAll((&url.URL{Path: "/" + name}).EscapedPath(), "%20", " ") // which lists have before a class
	}
	key := strings.TrimPrefix(path.Join("/", within, name), "/")
	return scheme + "://" + bucket + "/" + key
}
