package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"
)

// tokens are those of OAuth 2, which go into a header.
type tokens struct{ source oauth2.TokenSource }

func (t tokens) signed(_ context.Context, req *http.Request, _ *Content) error {
	k, err := t.source.Token()
	var r *oauth2.RetrieveError
	switch {
	case errors.As(err, &r): // whose text is what the service said
		f := &Fault{kind: refused, err: fmt.Errorf("the service that gives tokens answers %d", r.Response.StatusCode)}
		if r.Response.StatusCode >= 500 {
			f.kind = busy
		}
		return f
	case err != nil:
		return err
	case k.AccessToken != "":
		req.Header.Set("Authorization", "Bearer "+k.AccessToken)
	}
	return nil
}

// gcsScope is what a token is asked for.
const gcsScope = "https://www.googleapis.com/auth/devstorage.read_write"

// gcsKeys finds what Google's programs call default credentials: the file that GOOGLE_APPLICATION_CREDENTIALS names, or
// that gcloud auth application-default login left, of a service account or of a user; else the service of the machine.
// Where there is none, requests go without, and what is public can be read.
func gcsKeys() (tokens, error) {
	path := os.Getenv("GOOGLE_APPLICATION_CREDENTIALS")
	if path == "" {
		dir := home("CLOUDSDK_CONFIG", ".config/gcloud")
		if app := os.Getenv("APPDATA"); app != "" && os.Getenv("CLOUDSDK_CONFIG") == "" {
			dir = filepath.Join(app, "gcloud")
		}
		path = inside(dir, "application_default_credentials.json")
	}
	b, err := smallFile(path)
	if err != nil {
		return tokens{}, err
	}
	if len(b) == 0 && os.Getenv("GOOGLE_APPLICATION_CREDENTIALS") != "" {
		return tokens{}, fmt.Errorf("GOOGLE_APPLICATION_CREDENTIALS: %s is absent or empty", path)
	}
	if len(b) == 0 {
		return tokens{source: oauth2.ReuseTokenSource(nil, gcsMachine{})}, nil
	}
	source, err := gcsFile(b)
	if err != nil {
		return tokens{}, fmt.Errorf("%s: %w", path, err)
	}
	return tokens{source: source}, nil
}

func gcsFile(b []byte) (oauth2.TokenSource, error) {
	var f struct {
		Type         string `json:"type"`
		Email        string `json:"client_email"`
		Key          string `json:"private_key"`
		KeyID        string `json:"private_key_id"`
		TokenURL     string `json:"token_uri"`
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		RefreshToken string `json:"refresh_token"`
	}
	if json.Unmarshal(b, &f) != nil {
		return nil, errors.New("want a file of credentials in JSON")
	}
	if f.TokenURL == "" {
		f.TokenURL = "https://oauth2.googleapis.com/token"
	}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{Transport: transport(), CheckRedirect: straight, Timeout: time.Minute})
	switch f.Type {
	case "service_account":
		c := &jwt.Config{Email: f.Email, PrivateKey: []byte(f.Key), PrivateKeyID: f.KeyID, Scopes: []string{gcsScope}, TokenURL: f.TokenURL}
		return c.TokenSource(ctx), nil
	case "authorized_user":
		c := &oauth2.Config{ClientID: f.ClientID, ClientSecret: f.ClientSecret, Endpoint: oauth2.Endpoint{TokenURL: f.TokenURL}}
		return c.TokenSource(ctx, &oauth2.Token{RefreshToken: f.RefreshToken}), nil
	}
	return nil, fmt.Errorf("want credentials of the type service_account or authorized_user, found %q", printable(f.Type))
}

// gcsMachine is the service of a machine or pod of Google's.
type gcsMachine struct{}

func (gcsMachine) Token() (*oauth2.Token, error) {
	host := os.Getenv("GCE_METADATA_HOST")
	if host == "" {
		host = "169.254.169.254"
	}
	return given(context.Background(), "http://"+host+"/computeMetadata/v1/instance/service-accounts/default/token", map[string]string{"Metadata-Flavor": "Google"})
}

// given asks a service of the machine for a token, which is empty for a minute where there is no such service.
func given(ctx context.Context, url string, header map[string]string) (*oauth2.Token, error) {
	var t struct {
		AccessToken string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"`
	}
	if err := askJSON(ctx, nearby(), http.MethodGet, url, header, &t); err != nil {
		return &oauth2.Token{Expiry: time.Now().Add(without)}, nil //nolint:nilerr // not on such a machine
	}
	s, err := t.ExpiresIn.Int64()
	if err != nil || strings.ContainsAny(t.AccessToken, "\r\n") {
		return nil, errors.New("the service that gives tokens answers with what is none")
	}
	return &oauth2.Token{AccessToken: t.AccessToken, Expiry: time.Now().Add(time.Duration(s) * time.Second)}, nil
}
