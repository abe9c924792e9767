package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"fc7/internal/bounded"
)

// azureVariables say where a container is, and what opens it.
var azureVariables = []string{
	"AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_CONNECTION_STRING",
	"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST",
	"IDENTITY_ENDPOINT", "IDENTITY_HEADER",
}

// azureVersion is that of the requests.
const azureVersion = "2023-11-03"

// azureKeys are an account and what opens it: its key, a signature for a part of it (SAS), or tokens.
type azureKeys struct {
	endpoint, account string
	key               []byte
	sas               url.Values
	tokens            tokens
}

// azureAccount finds the account in the environment, as az does, and its key there, or else tokens: of a service
// principal, of a Kubernetes service account (AZURE_FEDERATED_TOKEN_FILE), or of the machine.
func azureAccount() (*azureKeys, error) {
	of := connection(os.Getenv("AZURE_STORAGE_CONNECTION_STRING"))
	or := func(variable, field string) string {
		if v := of[field]; v != "" {
			return v
		}
		return os.Getenv(variable)
	}
	k := &azureKeys{account: or("AZURE_STORAGE_ACCOUNT", "accountname"), endpoint: strings.TrimRight(of["blobendpoint"], "/")}
	if k.account == "" && k.endpoint == "" {
		return nil, errors.New("which account is it of? Set AZURE_STORAGE_ACCOUNT, or AZURE_STORAGE_CONNECTION_STRING")
	}
	if k.endpoint == "" {
		suffix := of["endpointsuffix"]
		if suffix == "" {
			suffix = "core.windows.net"
		}
		k.endpoint = "https://" + k.account + ".blob." + suffix
	}
	var err error
	if k.key, err = base64.StdEncoding.DecodeString(or("AZURE_STORAGE_KEY", "accountkey")); err != nil {
		return nil, errors.New("the key of the Azure account is not in base64")
	}
	if k.sas, err = url.ParseQuery(strings.TrimPrefix(or("AZURE_STORAGE_SAS_TOKEN", "sharedaccesssignature"), "?")); err != nil {
		return nil, errors.New("the SAS token of the Azure account cannot be read")
	}
	if len(k.key) == 0 && len(k.sas) == 0 {
		k.tokens = tokens{source: oauth2.ReuseTokenSource(nil, azureTokens{})}
	}
	return k, nil
}

// connection takes a connection string apart, by names in lower case.
func connection(s string) map[string]string {
	parts := map[string]string{}
	for part := range strings.SplitSeq(s, ";") {
		name, value, _ := strings.Cut(part, "=")
		parts[strings.ToLower(strings.TrimSpace(name))] = value
	}
	return parts
}

func (k *azureKeys) signed(ctx context.Context, req *http.Request, _ *Content) error {
	req.Header.Set("X-Ms-Version", azureVersion)
	req.Header.Set("X-Ms-Date", time.Now().UTC().Format(http.TimeFormat))
	switch {
	case len(k.key) > 0:
		m := hmac.New(sha256.New, k.key)
		m.Write([]byte(k.toSign(req)))
		req.Header.Set("Authorization", "SharedKey "+k.account+":"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
		return nil
	case len(k.sas) > 0:
		q := req.URL.Query()
		for name, values := range k.sas {
			q[name] = values
		}
		req.URL.RawQuery = q.Encode()
		return nil
	}
	return k.tokens.signed(ctx, req, nil)
}

// toSign is what a signature with the account's key (Shared Key) is of.
func (k *azureKeys) toSign(req *http.Request) string {
	h := req.Header
	size := ""
	if req.ContentLength > 0 {
		size = strconv.FormatInt(req.ContentLength, 10)
	}
	lines := []string{req.Method, h.Get("Content-Encoding"), h.Get("Content-Language"), size}
	for _, name := range []string{"Content-MD5", "Content-Type", "Date", "If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range"} {
		lines = append(lines, h.Get(name))
	}
	var own []string
	for name := range h {
		if low := strings.ToLower(name); strings.HasPrefix(low, "x-ms-") {
			own = append(own, low+":"+strings.TrimSpace(h.Get(name)))
		}
	}
	slices.Sort(own)
	lines = append(append(lines, own...), "/"+k.account+req.URL.EscapedPath())
	var asked []string
	for name, values := range req.URL.Query() {
		slices.Sort(values)
		asked = append(asked, strings.ToLower(name)+":"+strings.Join(values, ","))
	}
	slices.Sort(asked)
	return strings.Join(append(lines, asked...), "\n")
}

// azureScope is what a token is asked for.
const azureScope = "https://storage.azure.com"

// azureTokens asks for tokens as the environment says.
type azureTokens struct{}

func (azureTokens) Token() (*oauth2.Token, error) {
	client, file := os.Getenv("AZURE_CLIENT_ID"), os.Getenv("AZURE_FEDERATED_TOKEN_FILE")
	if os.Getenv("AZURE_CLIENT_SECRET") == "" && file == "" {
		return ofAzureMachine(client)
	}
	at := strings.TrimRight(os.Getenv("AZURE_AUTHORITY_HOST"), "/")
	if at == "" {
		at = "https://login.microsoftonline.com"
	}
	c := clientcredentials.Config{
		ClientID: client, ClientSecret: os.Getenv("AZURE_CLIENT_SECRET"), Scopes: []string{azureScope + "/.default"}, AuthStyle: oauth2.AuthStyleInParams,
		TokenURL: at + "/" + url.PathEscape(os.Getenv("AZURE_TENANT_ID")) + "/oauth2/v2.0/token",
	}
	if c.ClientSecret == "" {
		token, err := bounded.File(file, maxKeys)
		if err != nil {
			return nil, &Fault{kind: refused, err: fmt.Errorf("AZURE_FEDERATED_TOKEN_FILE: %w", err)}
		}
		c.EndpointParams = url.Values{
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			"client_assertion":      {strings.TrimSpace(string(token))},
		}
	}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{Transport: transport(), CheckRedirect: straight, Timeout: time.Minute})
	return c.Token(ctx)
}

// ofAzureMachine asks the service of an Azure machine or app, for the identity that is named, if one is.
func ofAzureMachine(client string) (*oauth2.Token, error) {
	at, header := "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01", map[string]string{"Metadata": "true"}
	if own := os.Getenv("IDENTITY_ENDPOINT"); own != "" {
		at, header = own+"?api-version=2019-08-01", map[string]string{"X-IDENTITY-HEADER": os.Getenv("IDENTITY_HEADER")}
	}
	at += "&resource=" + url.QueryEscape(azureScope+"/")
	if client != "" {
		at += "&client_id=" + url.QueryEscape(client)
	}
	return given(context.Background(), at, header)
}
