package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"fc7/internal/bounded"
)

// maxKeys bounds a file of keys, and what a service that gives keys answers.
const maxKeys = 1 << 20

// smallFile reads a file of keys; one that is not there is empty. Its error does not show what is in it.
func smallFile(path string) ([]byte, error) {
	b, err := bounded.File(path, maxKeys)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if large := new(bounded.LargeError); errors.As(err, &large) {
		err = fmt.Errorf("%w: want a file of keys", err)
	}
	return b, err
}

// home is a file or folder in the user's folder, unless a variable names another; "", which is not there, where there
// is no such folder.
func home(variable, name string) string {
	if path := os.Getenv(variable); path != "" {
		return path
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, filepath.FromSlash(name))
}

// inside is a file in a folder that home tells.
func inside(dir, name string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, name)
}

// near is how long a service of this machine or its network may take to answer for keys: where there is none, nothing
// comes at all.
const near = 2 * time.Second

// nearby asks services that give keys, which stand on this machine or beside it: by no proxy, and not for long.
var nearby = sync.OnceValue(func() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = nil
	return &http.Client{Transport: t, Timeout: near, CheckRedirect: straight}
})

// ask asks a service for keys. Its errors say nothing of what came.
func ask(ctx context.Context, client *http.Client, method, url string, header map[string]string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, errors.New("the address of the service that gives keys is none")
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, silent(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the service that gives keys answers %d", resp.StatusCode)
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxKeys))
}

// askJSON is ask of a service that answers in JSON.
func askJSON(ctx context.Context, client *http.Client, method, url string, header map[string]string, v any) error {
	b, err := ask(ctx, client, method, url, header)
	if err == nil && json.Unmarshal(b, v) != nil {
		err = errors.New("the service that gives keys answers with what is no JSON")
	}
	return err
}
