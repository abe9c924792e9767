package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// s3 is a bucket of S3 or of a server that speaks its language (docs.aws.amazon.com/AmazonS3/latest/API). Of AWS's
// libraries it takes the signature alone: with the whole client the program grows by 4.6 MB, with that by a tenth of
// one, and what is sent and tried again is the same for all stores.
type s3 struct {
	caller
	endpoint string // of another server than AWS's; the bucket is then the first part of the path
	bucket   string
	region   atomic.Pointer[string]
	keys     *s3Keys
}

// s3Variables say where a bucket is, and what opens it.
var s3Variables = []string{
	"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID",
	"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_EC2_METADATA_DISABLED",
	"AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
}

func newS3(a address, p patience) (backend, error) {
	files, err := readProfile()
	if err != nil {
		return nil, err
	}
	s := &s3{endpoint: strings.TrimRight(firstSet("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"), "/"), bucket: a.bucket}
	region := firstSet("AWS_REGION", "AWS_DEFAULT_REGION")
	if region == "" {
		region = files["region"]
	}
	if region == "" {
		region = "us-east-1"
	}
	s.region.Store(&region)
	s.keys = &s3Keys{profile: files, region: region}
	s.caller = caller{client: &http.Client{Transport: transport(), CheckRedirect: straight}, sign: s.signed, p: p}
	return s, nil
}

// url is the address of what stands behind the bucket's: a key, escaped, or a query. A bucket whose name is no part of
// a host's, or would not fit the host's certificate, goes into the path.
func (s *s3) url(of string) string {
	if s.endpoint != "" {
		return s.endpoint + "/" + s.bucket + "/" + of
	}
	host := "s3." + *s.region.Load() + ".amazonaws.com"
	if strings.HasPrefix(*s.region.Load(), "cn-") {
		host += ".cn"
	}
	if strings.Contains(s.bucket, ".") || strings.ToLower(s.bucket) != s.bucket {
		return "https://" + host + "/" + s.bucket + "/" + of
	}
	return "https://" + s.bucket + "." + host + "/" + of
}

// signed signs a request (Signature Version 4), unless there are no keys: then it is one for what is public.
func (s *s3) signed(ctx context.Context, req *http.Request, body *Content) error {
	k, err := s.keys.get(ctx)
	if err != nil || k.AccessKeyID == "" {
		return err
	}
	sum := sha256.Sum256(nil)
	if body != nil {
		sum = body.SHA256
	}
	payload := hex.EncodeToString(sum[:])
	req.Header.Set("X-Amz-Content-Sha256", payload)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	return signer.SignHTTP(ctx, k, req, payload, "s3", *s.region.Load(), time.Now())
}

// regionForm is what may be the name of a region: it becomes a part of a host's name.
var regionForm = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// moved notes the region of the bucket where an answer names another one than was asked.
func (s *s3) moved(resp *http.Response) bool {
	if resp == nil || s.endpoint != "" {
		return false
	}
	region := resp.Header.Get("X-Amz-Bucket-Region")
	if !regionForm.MatchString(region) || region == *s.region.Load() {
		return false
	}
	s.region.Store(&region)
	return true
}

// at sends a request of what stands behind the bucket's address, again where the bucket turns out to be in another
// region.
func (s *s3) at(ctx context.Context, of string, r request, ok ...int) (*http.Response, error) {
	r.url = s.url(of)
	resp, err := s.do(ctx, r, ok...)
	if err != nil && s.moved(resp) {
		r.url = s.url(of)
		resp, err = s.do(ctx, r, ok...)
	}
	return resp, err
}

func (s *s3) stat(ctx context.Context, key string) (Object, error) {
	o, _, err := s.noted(ctx, key)
	return o, err
}

func (s *s3) read(ctx context.Context, key string, sp span, version string) (io.ReadCloser, Object, error) {
	r := request{method: http.MethodGet, header: sp.header()}
	if version != "" {
		r.header = append(r.header, [2]string{"If-Match", version})
	}
	resp, err := s.at(ctx, escaped(key, true), r, http.StatusOK, http.StatusPartialContent)
	if err != nil {
		return nil, Object{}, err
	}
	return sp.body(resp, strong)
}

func (s *s3) put(ctx context.Context, key string, c *Content, over condition) (Object, error) {
	r := request{method: http.MethodPut, body: c, header: over.header()}
	resp, err := s.at(ctx, escaped(key, true), r, http.StatusOK)
	if err != nil {
		var f *Fault
		if errors.As(err, &f) && f.code == http.StatusConflict { // another one is being put at this moment
			f.kind = busy
			return Object{}, err
		}
		return Object{}, over.conflict(err)
	}
	return Object{Size: c.Size, Version: strong(resp.Header)}, resp.Body.Close()
}

func (s *s3) remove(ctx context.Context, key string) error {
	resp, err := s.at(ctx, escaped(key, true), request{method: http.MethodDelete}, http.StatusNoContent, http.StatusOK)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (s *s3) page(ctx context.Context, prefix, mark string) ([]Entry, string, error) {
	q := url.Values{"list-type": {"2"}, "prefix": {prefix}, "encoding-type": {"url"}}
	if mark != "" {
		q.Set("continuation-token", mark)
	}
	b, err := pageOf(s.at(ctx, query(q), request{method: http.MethodGet}, http.StatusOK))
	if err != nil {
		return nil, "", err
	}
	return parseS3Page(b)
}

// s3Pair is what AWS's services answer that give keys.
type s3Pair struct {
	AccessKeyId, SecretAccessKey, Token, SessionToken string
	Expiration                                        time.Time
}

func (p s3Pair) keys() aws.Credentials {
	return aws.Credentials{
		AccessKeyID: p.AccessKeyId, SecretAccessKey: p.SecretAccessKey, SessionToken: p.Token + p.SessionToken,
		CanExpire: !p.Expiration.IsZero(), Expires: p.Expiration,
	}
}
