package planned

import (
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"fc7/internal/usage"
)

// Volume is storage that the pods of Kubernetes see under a path.
type Volume struct {
	kind     string // pvc, nfs, host
	source   string // name of the claim, server:/path, folder of the node
	path     string // in the pods
	readOnly bool
}

const volumeForm = "pvc:CLAIM=/PATH, nfs:SERVER:/EXPORT=/PATH or host:/FOLDER=/PATH, with :ro behind it where nothing is to be written"

// ParseVolume reads KIND:SOURCE=/PATH, with :ro behind it for a volume that is only read.
func ParseVolume(text string) (v Volume, err error) {
	bad := usage.Unfit("", text, volumeForm)
	rest, ro := strings.CutSuffix(text, ":ro")
	i := strings.LastIndex(rest, "=")
	if i < 0 {
		return v, bad
	}
	v.kind, v.source, _ = strings.Cut(rest[:i], ":")
	v.path, v.readOnly = rest[i+1:], ro
	if !absolute(v.path) || v.path == "/" || strings.Contains(v.path, ":") {
		return v, bad
	}
	fits := false
	switch v.kind {
	case "pvc":
		fits = subdomain.MatchString(v.source) && len(v.source) <= 253
	case "nfs":
		server, export, found := strings.Cut(v.source, ":/")
		fits = found && server != "" && absolute("/"+export)
	case "host":
		fits = absolute(v.source)
	}
	if !fits {
		return v, bad
	}
	return v, nil
}

// subdomain is the form of a claim's name (RFC 1123).
var subdomain = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// absolute tells whether a text is a path from the root of a Linux machine, without detours.
func absolute(text string) bool { return path.IsAbs(text) && path.Clean(text) == text }

// holds tells whether a file or folder lies in the volume.
func (v Volume) holds(file string) bool {
	file = filepath.ToSlash(file)
	return file == v.path || strings.HasPrefix(file, v.path+"/")
}

// object is the volume as a pod names it.
func (v Volume) object(name string) object {
	switch v.kind {
	case "pvc":
		claim := object{"claimName": v.source}
		if v.readOnly {
			claim["readOnly"] = true
		}
		return object{"name": name, "persistentVolumeClaim": claim}
	case "nfs":
		server, export, _ := strings.Cut(v.source, ":/")
		share := object{"server": server, "path": "/" + export}
		if v.readOnly {
			share["readOnly"] = true
		}
		return object{"name": name, "nfs": share}
	}
	return object{"name": name, "hostPath": object{"path": v.source, "type": "Directory"}}
}

// mount is where a container sees the volume.
func (v Volume) mount(name string) object {
	m := object{"name": name, "mountPath": v.path}
	if v.readOnly {
		m["readOnly"] = true
	}
	return m
}
