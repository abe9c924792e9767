package store

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"fc7/internal/bounded"
)

// s3Keys are the keys to AWS's services, from the first place that has some: the environment, the token of a Kubernetes
// service account (AWS_WEB_IDENTITY_TOKEN_FILE), the profile in ~/.aws, the service beside a container, that of the
// machine (IMDSv2). Where none has, requests are not signed, and what is public can be read.
type s3Keys struct {
	profile map[string]string
	region  string

	mu   sync.Mutex
	have aws.Credentials
	till time.Time // then they are asked for again; zero: never
	took bool
}

// ahead is how long before their end keys are asked for anew, and without is how long none is asked for where there
// were none.
const (
	ahead   = 5 * time.Minute
	without = time.Minute
)

func (s *s3Keys) get(ctx context.Context) (aws.Credentials, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.took && (s.till.IsZero() || time.Now().Before(s.till)) {
		return s.have, nil
	}
	k, err := s.find(ctx)
	if err != nil {
		return k, err
	}
	s.have, s.took, s.till = k, true, time.Time{}
	switch {
	case k.AccessKeyID == "":
		s.till = time.Now().Add(without)
	case k.CanExpire:
		s.till = k.Expires.Add(-ahead)
	}
	return k, nil
}

func (s *s3Keys) find(ctx context.Context) (k aws.Credentials, err error) {
	if id := os.Getenv("AWS_ACCESS_KEY_ID"); id != "" {
		return s3Pair{AccessKeyId: id, SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"), Token: os.Getenv("AWS_SESSION_TOKEN")}.keys(), nil
	}
	if file := os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"); file != "" {
		return s.ofServiceAccount(ctx, file)
	}
	p := s.profile
	if p["aws_access_key_id"] != "" {
		return s3Pair{AccessKeyId: p["aws_access_key_id"], SecretAccessKey: p["aws_secret_access_key"], Token: p["aws_session_token"]}.keys(), nil
	}
	for _, other := range []string{"credential_process", "sso_session", "sso_start_url", "role_arn", "login_session"} {
		if p[other] != "" {
			return k, &Fault{kind: refused, err: fmt.Errorf("the profile of ~/.aws has no keys but %s, which fc7 does not follow: take what 'aws configure export-credentials --format env' prints into the environment", other)}
		}
	}
	if k, err := ofContainer(ctx); err != nil || k.AccessKeyID != "" {
		return k, err
	}
	return ofMachine(ctx), nil
}

// ofServiceAccount exchanges a token for keys (STS AssumeRoleWithWebIdentity).
func (s *s3Keys) ofServiceAccount(ctx context.Context, file string) (k aws.Credentials, err error) {
	token, err := bounded.File(file, maxKeys)
	if err != nil {
		return k, &Fault{kind: refused, err: fmt.Errorf("AWS_WEB_IDENTITY_TOKEN_FILE: %w", err)}
	}
	at := os.Getenv("AWS_ENDPOINT_URL_STS")
	if at == "" {
		at = "https://sts." + s.region + ".amazonaws.com"
	}
	name := os.Getenv("AWS_ROLE_SESSION_NAME")
	if name == "" {
		name = "fc7"
	}
	form := url.Values{
		"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}, "RoleArn": {os.Getenv("AWS_ROLE_ARN")},
		"RoleSessionName": {name}, "WebIdentityToken": {strings.TrimSpace(string(token))},
	}
	c := caller{client: &http.Client{Transport: transport(), CheckRedirect: straight}, p: usual}
	resp, err := c.do(ctx, request{method: http.MethodPost, url: at, body: contentOf([]byte(form.Encode())), header: [][2]string{{"Content-Type", "application/x-www-form-urlencoded"}}}, http.StatusOK)
	if err != nil {
		return k, err
	}
	defer resp.Body.Close()
	var got struct {
		Pair s3Pair `xml:"AssumeRoleWithWebIdentityResult>Credentials"`
	}
	if err := xml.NewDecoder(io.LimitReader(resp.Body, maxKeys)).Decode(&got); err != nil || got.Pair.AccessKeyId == "" {
		return k, &Fault{kind: refused, err: errors.New("the token service of AWS gives no keys")}
	}
	return got.Pair.keys(), nil
}

// besideContainer are the hosts that may be asked for keys without TLS.
var besideContainer = regexp.MustCompile(`^(169\.254\.170\.2|169\.254\.170\.23|fd00:ec2::23)$`)

// ofContainer asks the service beside a container of ECS or EKS, where the environment names one.
func ofContainer(ctx context.Context) (k aws.Credentials, err error) {
	at := os.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if rel := os.Getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); rel != "" {
		at = "http://169.254.170.2" + rel
	}
	if at == "" {
		return k, nil
	}
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "https" && !loopback(u.Hostname()) && !besideContainer.MatchString(u.Hostname()) {
		return k, &Fault{kind: refused, err: errors.New("AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that keys are not asked of")}
	}
	header := map[string]string{}
	token := os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN")
	if file := os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); file != "" {
		b, err := smallFile(file)
		if err != nil {
			return k, &Fault{kind: refused, err: err}
		}
		token = strings.TrimSpace(string(b))
	}
	if token != "" {
		header["Authorization"] = token
	}
	var p s3Pair
	err = askJSON(ctx, nearby(), http.MethodGet, at, header, &p)
	return p.keys(), err
}

// ofMachine asks the service of an EC2 machine; no keys: there is none, or it gives none.
func ofMachine(ctx context.Context) aws.Credentials {
	if strings.EqualFold(os.Getenv("AWS_EC2_METADATA_DISABLED"), "true") {
		return aws.Credentials{}
	}
	at := strings.TrimRight(os.Getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT"), "/")
	if at == "" {
		at = "http://169.254.169.254"
	}
	token, err := ask(ctx, nearby(), http.MethodPut, at+"/latest/api/token", map[string]string{"X-aws-ec2-metadata-token-ttl-seconds": "21600"})
	if err != nil {
		return aws.Credentials{}
	}
	header := map[string]string{"X-aws-ec2-metadata-token": string(token)}
	const roles = "/latest/meta-data/iam/security-credentials/"
	role, err := ask(ctx, nearby(), http.MethodGet, at+roles, header)
	if err != nil {
		return aws.Credentials{}
	}
	first, _, _ := strings.Cut(string(role), "\n")
	var p s3Pair
	if askJSON(ctx, nearby(), http.MethodGet, at+roles+url.PathEscape(strings.TrimSpace(first)), header, &p) != nil {
		return aws.Credentials{}
	}
	return p.keys()
}

// readProfile reads the profile of ~/.aws/config and ~/.aws/credentials that AWS_PROFILE names, or the default one.
func readProfile() (map[string]string, error) {
	name := os.Getenv("AWS_PROFILE")
	if name == "" {
		name = "default"
	}
	found := map[string]string{}
	for _, f := range []struct{ path, section string }{
		{home("AWS_CONFIG_FILE", ".aws/config"), "profile " + name},
		{home("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"), name},
	} {
		b, err := smallFile(f.path)
		if err != nil {
			return nil, err
		}
		section(string(b), found, f.section, name)
	}
	return found, nil
}

// section adds what a file of sections says in those of these names.
func section(text string, to map[string]string, names ...string) {
	inside := false
	for line := range strings.Lines(text) {
		line, indented := strings.TrimSpace(line), strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
		switch {
		case line == "", line[0] == '#', line[0] == ';':
		case line[0] == '[':
			title := strings.Join(strings.Fields(strings.Trim(line, "[]")), " ")
			inside = title == names[0] || title == "default" && names[len(names)-1] == "default"
		case inside && !indented: // what is indented belongs to the setting above
			if key, value, ok := strings.Cut(line, "="); ok {
				to[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
			}
		}
	}
}
