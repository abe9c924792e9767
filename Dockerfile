# fc7 as a container: one static program, no shell, no root. Any root file system that is only read will do; weights from
# an address go to /cache, which is then to be a volume (docs/scale.md).
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /fc7 ./cmd/fc7

FROM scratch
# Certificates by which servers of images and weights are known.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /fc7 /fc7
ENV FC7_CACHE=/cache
USER 65532:65532
ENTRYPOINT ["/fc7"]
