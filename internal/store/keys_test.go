package store

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// bare clears all that says where stores are and what opens them.
func bare(t *testing.T) (home string) {
	t.Helper()
	for _, names := range [][]string{s3Variables, gcsVariables, azureVariables, hubVariables, {"APPDATA", "AWS_ENDPOINT_URL_STS", "AWS_CONTAINER_AUTHORIZATION_TOKEN"}} {
		for _, n := range names {
			t.Setenv(n, "")
		}
	}
	home = t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	return home
}

// TestNoHome: without a user's folder no file of the working folder is taken for one of keys.
func TestNoHome(t *testing.T) {
	bare(t)
	t.Chdir(t.TempDir())
	for _, name := range []string{"HOME", "USERPROFILE", "home"} { // of Unix, Windows and Plan 9
		t.Setenv(name, "")
	}
	for _, name := range []string{"application_default_credentials.json", "token"} {
		writeFile(t, name, "no key")
	}
	if _, err := gcsKeys(); err != nil {
		t.Errorf("Google's: %v", err)
	}
	if token, err := hubToken(); token != "" || err != nil {
		t.Errorf("the hub's: %q, %v", token, err)
	}
	if p, err := readProfile(); len(p) > 0 || err != nil {
		t.Errorf("AWS's: %v, %v", p, err)
	}
}

// services answers requests by "METHOD PATH", and notes headers and forms.
type services struct {
	*httptest.Server
	asked []*http.Request
}

func serveKeys(t *testing.T, answers map[string]string) *services {
	t.Helper()
	s := &services{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // what is no form has none
		s.asked = append(s.asked, r)
		text, ok := answers[r.Method+" "+r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, secret)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(s.Close)
	return s
}

func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// s3KeysNow are the keys and the region that a new backend finds.
func s3KeysNow(t *testing.T) (keys, region string, err error) {
	t.Helper()
	b, err := newS3(address{scheme: "s3", bucket: "b"}, usual)
	if err != nil {
		return "", "", err
	}
	k, err := b.(*s3).keys.get(context.Background())
	return k.AccessKeyID + "/" + k.SecretAccessKey + "/" + k.SessionToken, *b.(*s3).region.Load(), err
}

// TestS3Profile: the profile that is named, in both files, and what it cannot be read from.
func TestS3Profile(t *testing.T) {
	home := bare(t)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	if keys, region, err := s3KeysNow(t); err != nil || keys != "//" || region != "us-east-1" {
		t.Errorf("without any: %s in %s, %v", keys, region, err)
	}
	writeFile(t, filepath.Join(home, ".aws", "config"), "[default]\nregion = eu-west-1\n\n[profile  work]\nregion=eu-central-1 \ns3 =\n  region = wrong\n[profile login]\nsso_session = x\n")
	writeFile(t, filepath.Join(home, ".aws", "credentials"), "; a note\n[default]\naws_access_key_id = A\naws_secret_access_key = B\n[work]\naws_access_key_id=C\naws_secret_access_key=D=\naws_session_token=E\n")
	for profile, want := range map[string]string{"": "A/B/ eu-west-1", "work": "C/D=/E eu-central-1"} {
		t.Setenv("AWS_PROFILE", profile)
		if keys, region, err := s3KeysNow(t); err != nil || keys+" "+region != want {
			t.Errorf("%s: %s in %s, %v", profile, keys, region, err)
		}
	}
	t.Setenv("AWS_PROFILE", "login")
	if _, _, err := s3KeysNow(t); !strings.Contains(fmt.Sprint(err), "sso_session") || !strings.Contains(fmt.Sprint(err), "export-credentials") {
		t.Errorf("a login: %v", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "F")
	if keys, _, err := s3KeysNow(t); err != nil || keys != "F//" {
		t.Errorf("the environment comes first: %s, %v", keys, err)
	}
}

// TestS3Services: keys of the machine, the container and the service account; those that end are asked for again.
func TestS3Services(t *testing.T) {
	home := bare(t)
	pair := func(id string, end time.Time) string {
		return fmt.Sprintf(`{"AccessKeyId":%q,"SecretAccessKey":"B","Token":"C","Expiration":%q}`, id, end.UTC().Format(time.RFC3339))
	}
	s := serveKeys(t, map[string]string{
		"PUT /latest/api/token":                               "TOKEN",
		"GET /latest/meta-data/iam/security-credentials/":     "role",
		"GET /latest/meta-data/iam/security-credentials/role": pair("machine", time.Now().Add(time.Hour)),
		"GET /container":                                      pair("container", time.Now().Add(time.Minute)),
		"POST /sts": `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>account</AccessKeyId>` +
			`<SecretAccessKey>B</SecretAccessKey><SessionToken>C</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
	})
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", s.URL+"/")
	if keys, _, err := s3KeysNow(t); err != nil || keys != "machine/B/C" || s.asked[2].Header.Get("X-Aws-Ec2-Metadata-Token") != "TOKEN" {
		t.Errorf("machine: %s, %v", keys, err)
	}
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", s.URL+"/container")
	t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "auth")
	k := &s3Keys{}
	for range 2 { // they end within ahead
		before := len(s.asked)
		if got, err := k.get(context.Background()); err != nil || got.AccessKeyID != "container" || len(s.asked) != before+1 || s.asked[before].Header.Get("Authorization") != "auth" {
			t.Errorf("container: %s, %v", got.AccessKeyID, err)
		}
	}
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.org/keys")
	if _, _, err := s3KeysNow(t); !strings.Contains(fmt.Sprint(err), "names a host that keys are not asked of") {
		t.Errorf("another host: %v", err)
	}
	t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", writeFile(t, filepath.Join(home, "token"), "jwt\n"))
	t.Setenv("AWS_ROLE_ARN", "arn:x")
	t.Setenv("AWS_ENDPOINT_URL_STS", s.URL+"/sts")
	keys, _, err := s3KeysNow(t)
	if form := s.asked[len(s.asked)-1].Form; err != nil || keys != "account/B/C" || form.Get("WebIdentityToken") != "jwt" || form.Get("RoleArn") != "arn:x" {
		t.Errorf("service account: %s, %v", keys, err)
	}
	t.Setenv("AWS_ENDPOINT_URL_STS", s.URL+"/refused")
	if _, _, err := s3KeysNow(t); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("refused: %v", err)
	}
}

// token is what a source gives, of a service that is given what it needs.
func token(t *testing.T, source oauth2.TokenSource, want string) {
	t.Helper()
	if k, err := source.Token(); err != nil || k.AccessToken != want || k.Expiry.Before(time.Now()) {
		t.Errorf("%+v, %v, want %s", k, err, want)
	}
}

// TestGCSKeys: the file of a service account, of a user, and the service of the machine.
func TestGCSKeys(t *testing.T) {
	home := bare(t)
	s := serveKeys(t, map[string]string{
		"POST /token": `{"access_token":"T","expires_in":3600,"token_type":"Bearer"}`,
		"GET /computeMetadata/v1/instance/service-accounts/default/token": `{"access_token":"M","expires_in":3600}`,
	})
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(s.URL, "http://"))
	k, err := gcsKeys()
	if err != nil {
		t.Fatal(err)
	}
	if token(t, k.source, "M"); s.asked[0].Header.Get("Metadata-Flavor") != "Google" {
		t.Error("the machine's service was asked without its header")
	}
	writeFile(t, filepath.Join(home, ".config", "gcloud", "application_default_credentials.json"),
		`{"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r","token_uri":"`+s.URL+`/token"}`)
	if k, err = gcsKeys(); err != nil {
		t.Fatal(err)
	}
	if token(t, k.source, "T"); s.asked[1].Form.Get("refresh_token") != "r" {
		t.Errorf("form %v", s.asked[1].Form)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "a@b", "token_uri": s.URL + "/token",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", writeFile(t, filepath.Join(home, "account.json"), string(text)))
	if k, err = gcsKeys(); err != nil {
		t.Fatal(err)
	}
	if token(t, k.source, "T"); s.asked[2].Form.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		t.Errorf("form %v", s.asked[2].Form)
	}
	for text, words := range map[string]string{"": "absent or empty", "{": "in JSON", `{"type":"external_account"}`: `found "external_account"`} {
		writeFile(t, filepath.Join(home, "account.json"), text)
		if _, err := gcsKeys(); !strings.Contains(fmt.Sprint(err), words) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestAzureKeys: a service principal, a Kubernetes service account, the machine, and a signature for a part.
func TestAzureKeys(t *testing.T) {
	home := bare(t)
	s := serveKeys(t, map[string]string{
		"POST /tenant/oauth2/v2.0/token": `{"access_token":"T","expires_in":3600,"token_type":"Bearer"}`,
		"GET /identity":                  `{"access_token":"M","expires_in":"3600"}`,
	})
	if _, err := azureAccount(); !strings.Contains(fmt.Sprint(err), "AZURE_STORAGE_ACCOUNT") {
		t.Errorf("no account: %v", err)
	}
	t.Setenv("AZURE_STORAGE_ACCOUNT", "acc")
	t.Setenv("IDENTITY_ENDPOINT", s.URL+"/identity")
	t.Setenv("IDENTITY_HEADER", "h")
	k, err := azureAccount()
	if err != nil || k.endpoint != "https://acc.blob.core.windows.net" {
		t.Fatalf("%+v, %v", k, err)
	}
	if token(t, k.tokens.source, "M"); s.asked[0].Header.Get("X-Identity-Header") != "h" || s.asked[0].URL.Query().Get("resource") != "https://storage.azure.com/" {
		t.Errorf("%v", s.asked[0])
	}
	t.Setenv("AZURE_AUTHORITY_HOST", s.URL)
	t.Setenv("AZURE_TENANT_ID", "tenant")
	t.Setenv("AZURE_CLIENT_ID", "client")
	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", writeFile(t, filepath.Join(home, "jwt"), "assertion\n"))
	if token(t, azureTokens{}, "T"); s.asked[1].Form.Get("client_assertion") != "assertion" {
		t.Errorf("form %v", s.asked[1].Form)
	}
	t.Setenv("AZURE_CLIENT_SECRET", secret)
	if token(t, azureTokens{}, "T"); s.asked[2].Form.Get("client_secret") != secret {
		t.Errorf("form %v", s.asked[2].Form)
	}
	t.Setenv("AZURE_TENANT_ID", "other")
	req, _ := http.NewRequest(http.MethodGet, "https://acc.blob.core.windows.net/c/k", nil)
	var f *Fault
	if err := (tokens{azureTokens{}}).signed(context.Background(), req, nil); !errors.As(err, &f) || f.kind != refused || strings.Contains(err.Error(), secret) {
		t.Errorf("refused: %v", err)
	}
	t.Setenv("AZURE_STORAGE_SAS_TOKEN", "?sv=1&sig="+url.QueryEscape(secret+"+/="))
	if k, err = azureAccount(); err != nil {
		t.Fatal(err)
	}
	if err := k.signed(context.Background(), req, nil); err != nil || req.URL.Query().Get("sig") != secret+"+/=" || req.Header.Get("Authorization") != "" {
		t.Errorf("%s, %v", req.URL, err)
	}
}

// TestHubToken: the token of the environment, or of the file that the hub's programs leave.
func TestHubToken(t *testing.T) {
	home := bare(t)
	if k, err := hubToken(); k != "" || err != nil {
		t.Errorf("%q, %v", k, err)
	}
	writeFile(t, filepath.Join(home, ".cache", "huggingface", "token"), "T\n")
	if k, err := hubToken(); k != "T" || err != nil {
		t.Errorf("%q, %v", k, err)
	}
	t.Setenv("HF_TOKEN", "E")
	if k, err := hubToken(); k != "E" || err != nil {
		t.Errorf("%q, %v", k, err)
	}
}

// TestRegion: a bucket in another region than was asked is found there, and stays found.
func TestRegion(t *testing.T) {
	bare(t)
	b, err := newS3(address{scheme: "s3", bucket: "bucket"}, usual)
	if err != nil {
		t.Fatal(err)
	}
	s := b.(*s3)
	s.sign = nil
	var hosts []string
	s.client = &http.Client{Transport: roundTrip(func(r *http.Request) *http.Response {
		hosts = append(hosts, r.URL.Host)
		resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Etag": {`"v"`}}, Body: http.NoBody, Request: r}
		if !strings.Contains(r.URL.Host, "eu-north-1") {
			resp.StatusCode = http.StatusMovedPermanently
			resp.Header.Set("X-Amz-Bucket-Region", "eu-north-1")
		}
		return resp
	}), CheckRedirect: straight}
	for range 2 {
		if _, err := s.stat(context.Background(), "k"); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(hosts, " "); got != "bucket.s3.us-east-1.amazonaws.com bucket.s3.eu-north-1.amazonaws.com bucket.s3.eu-north-1.amazonaws.com" {
		t.Errorf("asked %s", got)
	}
}

type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }
