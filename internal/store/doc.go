// Package store reads what stands at an address: objects of S3 (s3://BUCKET/KEY), Google's Cloud Storage
// (gs://BUCKET/KEY) and Azure's Blob Storage (azblob://CONTAINER/KEY), files of web servers (https://HOST/PATH, and
// http:// alike) and of Hugging Face's hub at a commit (hf://OWNER/REPO@COMMIT/PATH, hf://datasets/OWNER/REPO@…).
//
// All of them are one backend each behind the same few calls, of which each is one request; what is to be done when one
// fails is written once, above them. A request that was answered with 408, 425, 429 or 5xx, or not at all, is tried
// again, later each time and at most six times in a row, or when the server says (Retry-After). A body that is cut is
// asked for again from the byte that it got to, of the same version (ETag, generation, or the time of the last change):
// an object that was replaced meanwhile is a fault that says so, and bytes of two versions are never mixed. One of
// which a web server tells no version is read again from its start instead, six times in all, and what came before has
// to be equal. What limits a request is that nothing comes for a minute, or hardly anything, not how long it takes.
//
// Keys and tokens come from where the platform's own programs look for them (see the files NAMEkeys.go), go into
// headers, and are in no error. No other program is started for them, and none is sent to another host than the store's
// own, nor without TLS but to an endpoint that the environment names.
package store
