#!/usr/bin/python3
"""Makes tiff.jsonl.gz, the matrix of TIFF files, with Pillow as the judge.

  make_tiffs.py [OUT]        default: tiff.jsonl.gz beside this script

One case a line: name, file (base64), rgb (what the samples mean, as digest; empty: not read), pillow ("same", or the
digest of its convert("RGB"), upright, or why it could not). Digests are 16 digits of the SHA-256 of packed RGB. The
structure of the files is written here, since no program writes all of it; LZW, Zstandard and fax data are libtiff's,
taken out of files that Pillow wrote.

Recorded with Pillow 9.4.0, libtiff 4.5.0.
"""
import base64, gzip, hashlib, io, json, os, struct, sys, zlib
import numpy as np
from PIL import Image

OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "tiff.jsonl.gz")
W, H = 21, 5
NAMES = {1: "none", 2: "rle", 3: "g3", 4: "g4", 5: "lzw", 7: "jpeg", 8: "deflate", 32946: "deflateold", 32773: "packbits", 34925: "lzma", 50000: "zstd", 50001: "webp"}
PILLOW = {2: "tiff_ccitt", 3: "group3", 4: "group4", 5: "tiff_lzw", 7: "jpeg", 34925: "lzma", 50000: "zstd", 50001: "webp"}


def tags_of(data):
    e = "<" if data[:2] == b"II" else ">"
    at, = struct.unpack_from(e + "I", data, 4)
    n, = struct.unpack_from(e + "H", data, at)
    out = {}
    for i in range(n):
        tag, kind, count = struct.unpack_from(e + "HHI", data, at + 2 + 12 * i)
        size, code = {3: (2, "H"), 4: (4, "I")}.get(kind, (1, "B"))
        where = at + 10 + 12 * i if size * count <= 4 else struct.unpack_from(e + "I", data, at + 10 + 12 * i)[0]
        if kind in (1, 3, 4):
            out[tag] = struct.unpack_from(e + code * count, data, where)
    return out


def by_libtiff(comp, im):
    b = io.BytesIO()
    im.save(b, "tiff", compression=PILLOW[comp])
    t = tags_of(b.getvalue())
    assert len(t[273]) == 1, "more than one strip"
    return b.getvalue()[t[273][0]:][:t[279][0]]


def packbits(rows):
    out = b""
    for row in rows:
        i = 0
        while i < len(row):
            k = 1
            while i + k < len(row) and k < 128 and row[i + k] == row[i]:
                k += 1
            if k > 1:
                out += bytes([257 - k, row[i]])
            else:
                while i + k < len(row) and k < 128 and (i + k + 1 >= len(row) or row[i + k] != row[i + k + 1]):
                    k += 1
                out += bytes([k - 1]) + row[i:i + k]
            i += k
    return out


def pack(comp, rows, width):
    raw = b"".join(rows)
    if comp == 1:
        return raw
    if comp in (8, 32946):
        return zlib.compress(raw)
    if comp == 32773:
        return packbits(rows)
    if comp in (2, 3, 4):
        bits = np.unpackbits(np.frombuffer(raw, np.uint8).reshape(len(rows), -1), axis=1)[:, :width]
        return by_libtiff(comp, Image.fromarray((bits * 255).astype(np.uint8)).convert("1", dither=0))
    return by_libtiff(comp, Image.frombytes("L", (len(rows[0]), len(rows)), raw))


def rows_of(part, bits, e):
    """Rows of samples [h, w*n] as bytes."""
    if bits == 16:
        return [r.astype(e + "u2").tobytes() for r in part]
    if bits == 8:
        return [r.astype(np.uint8).tobytes() for r in part]
    out = []
    for r in part:
        b = ((r[:, None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8).reshape(-1)
        out.append(np.packbits(b).tobytes())
    return out


def write(a, e="<", comp=1, photo=1, fill=1, bits=8, planar=1, extra=None, predictor=1, rows=0, tile=0, more=(), data=None):
    """A file of samples a [h, w, n]."""
    h, w, n = a.shape
    reverse = bytes(int(f"{i:08b}"[::-1], 2) for i in range(256))
    chunks = []
    for plane in [] if data is not None else ([a] if planar == 1 else [a[:, :, i:i + 1] for i in range(n)]):
        if tile:
            padded = np.pad(plane, ((0, -h % tile), (0, -w % tile), (0, 0)), mode="edge")
            parts = [padded[y:y + tile, x:x + tile] for y in range(0, h, tile) for x in range(0, w, tile)]
        else:
            parts = [plane[y:y + (rows or h)] for y in range(0, h, rows or h)]
        for p in parts:
            if predictor == 2:
                p = np.concatenate([p[:, :1], (p[:, 1:] - p[:, :-1]) % (1 << bits)], axis=1)
            chunks.append(pack(comp, rows_of(p.reshape(p.shape[0], -1), bits, e), p.shape[1]))
    if data is not None:
        chunks = [data]
    if fill == 2:
        chunks = [c.translate(reverse) for c in chunks]
    body, starts = b"", []
    for c in chunks:
        starts.append(8 + len(body))
        body += c + b"\0" * (len(c) % 2)
    tags = {256: w, 257: h, 258: [bits] * n, 259: comp, 262: photo, 277: n, 284: planar}
    if fill != 1:
        tags[266] = fill
    if predictor != 1:
        tags[317] = predictor
    if extra is not None:
        tags[338] = extra
    if photo == 3:
        m = 1 << bits
        tags[320] = [int(v) * 257 for c in range(3) for v in palette(m)[:, c]]
    if tile:
        tags.update({322: tile, 323: tile, 324: starts, 325: [len(c) for c in chunks]})
    else:
        tags.update({278: rows or h, 273: starts, 279: [len(c) for c in chunks]})
    tags.update(more)
    entries, behind, at = b"", b"", 8 + len(body)
    end = at + 2 + 12 * len(tags) + 4
    for tag in sorted(tags):
        v = tags[tag] if isinstance(tags[tag], list) else [tags[tag]]
        code, kind = ("I", 4) if tag in (273, 279, 324, 325) else ("H", 3)
        b = struct.pack(e + code * len(v), *v)
        if len(b) > 4:
            entries += struct.pack(e + "HHII", tag, kind, len(v), end + len(behind))
            behind += b + b"\0" * (len(b) % 2)
        else:
            entries += struct.pack(e + "HHI", tag, kind, len(v)) + b.ljust(4, b"\0")
    head = (b"II*\0" if e == "<" else b"MM\0*") + struct.pack(e + "I", at)
    return head + body + struct.pack(e + "H", len(tags)) + entries + b"\0" * 4 + behind


def palette(m):
    i = np.arange(m)
    return np.stack([i * 37 % 256, i * 101 % 256, 255 - i * 13 % 256], 1)


def samples(n, bits):
    """Runs of one value and noise, as many as fit."""
    rng = np.random.RandomState(n * 100 + bits)
    a = rng.randint(0, 1 << bits, (H, W, n))
    a[:, 4:12] = a[:, 3:4]
    if n > 3:
        a[0, :6, 3] = [0, (1 << bits) - 1, 1, 5, 1 << bits - 1, 0]
    return a


def meaning(a, photo, bits, extra):
    """The RGB of samples: what the tags say, in fc7's rules: 16 bits lose their low byte, alpha is dropped, or divided out."""
    a = a >> 8 if bits == 16 else a
    if photo in (0, 1):
        g = a[:, :, 0] * 255 // (min(1 << bits, 256) - 1)
        g = 255 - g if photo == 0 else g
        return np.stack([g, g, g], 2).astype(np.uint8)
    if photo == 3:
        return palette(1 << bits)[a[:, :, 0]].astype(np.uint8)
    if photo == 5:
        return np.asarray(Image.fromarray(a[:, :, :4].astype(np.uint8), "CMYK").convert("RGB"))
    rgb = a[:, :, :3]
    if extra and extra[0] == 1:
        alpha = a[:, :, 3:4]
        rgb = np.where(alpha == 0, 0, np.minimum(rgb * 255 // np.maximum(alpha, 1), 255))
    return rgb.astype(np.uint8)


def digest(a):
    return hashlib.sha256(np.ascontiguousarray(a).tobytes()).hexdigest()[:16]


def judge(data):
    try:
        return digest(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))  # which turns it by itself
    except Exception as err:
        return "error: " + (str(err) or repr(err))


cases = []


def case(name, data, rgb=None):
    want, pillow = digest(rgb) if rgb is not None else "", judge(data)
    cases.append(dict(name=name, file=base64.b64encode(data).decode(), rgb=want, pillow="same" if want == pillow else pillow.split(" <")[0]))


KINDS = [("gray", p, b, 1, None) for p in (0, 1) for b in (1, 2, 4, 8, 16)] + [("palette", 3, b, 1, None) for b in (1, 2, 4, 8)] + [
    ("graya", 1, 8, 2, [2]), ("palettea", 3, 8, 2, [2]), ("rgb", 2, 8, 3, None), ("rgb", 2, 16, 3, None), ("rgbx", 2, 8, 4, [0]), ("rgba", 2, 8, 4, [2]),
    ("rgbpremul", 2, 8, 4, [1]), ("rgbnone", 2, 8, 4, None), ("rgba", 2, 16, 4, [2]), ("rgbpremul", 2, 16, 4, [1]), ("rgbax", 2, 8, 5, [2, 0]),
    ("cmyk", 5, 8, 4, None), ("cmyk", 5, 16, 4, None), ("cmykx", 5, 8, 5, [0])]


def cell(kind, **kw):
    word, photo, bits, n, extra = kind
    a = samples(n, bits)
    name = "-".join([word, f"photometric{photo}", f"{bits}bit", NAMES[kw.get("comp", 1)]] + [f"{k}{v}" for k, v in kw.items() if k not in ("comp", "e")])
    name += "-be" if kw.get("e") == ">" else ""
    case(name, write(a, photo=photo, bits=bits, extra=extra, **kw), meaning(a, photo, bits, extra))


for i, kind in enumerate(KINDS):
    many, wide = kind[3] > 1, kind[2] >= 8
    for comp in (1, 5, 8, 32946, 32773, 50000):
        cell(kind, comp=comp, e="<>"[(i + comp) % 2], **({"rows": 3} if comp == 8 else {"tile": 16} if comp in (32773, 50000) else {}))
    cell(kind, fill=2, e="><"[i % 2])
    cell(kind, comp=5, fill=2, rows=2)
    cell(kind, comp=8, tile=16)
    if wide:
        cell(kind, comp=5, predictor=2, rows=3)
        cell(kind, comp=8, predictor=2, e=">", tile=16)
    if many:
        cell(kind, planar=2)
        cell(kind, comp=8, planar=2, rows=3, e=">")
        cell(kind, comp=5, planar=2, tile=16, predictor=2)

for photo in (0, 1):
    for comp in (3, 4):
        for fill in (1, 2):
            for rows in (0, 3):
                cell(("fax", photo, 1, 1, None), comp=comp, fill=fill, **({"rows": rows} if rows else {}))
    cell(("fax", photo, 1, 1, None), comp=4, tile=16)

turned = samples(3, 8)
for o in range(1, 9):
    data = write(turned, photo=2, more={274: o})
    up = turned.astype(np.uint8) if o < 5 else turned.astype(np.uint8).swapaxes(0, 1)
    case(f"orientation{o}", data, up[::-1 if o in (3, 4, 7, 8) else 1, ::-1 if o in (2, 3, 6, 7) else 1])

# Several pages: the first is the picture.
b = io.BytesIO()
first = Image.fromarray(turned.astype(np.uint8))
first.save(b, "tiff", save_all=True, append_images=[Image.fromarray(255 - turned.astype(np.uint8))])
case("pages", b.getvalue(), turned.astype(np.uint8))

# Not read: each by the tag that says so. Data of programs where there are any.
one, gray, rgb = samples(1, 1), samples(1, 8), turned
for photo in (0, 1):
    case(f"refused-259-rle-photometric{photo}", write(one, comp=2, photo=photo, bits=1))
case("refused-292-group 3 in two dimensions", write(one, comp=3, bits=1, more={292: 1}))
case("refused-292-group 3 with fill bits", write(one, comp=3, bits=1, more={292: 4}))
case("refused-293-group 4 with parts not packed", write(one, comp=4, bits=1, more={293: 2}))
case("refused-259-fax of 8 bits", write(gray, comp=4, data=b"\0\1"))
for comp, im in ((7, Image.fromarray(rgb.astype(np.uint8))), (34925, Image.fromarray(rgb.astype(np.uint8))), (50001, Image.fromarray(rgb.astype(np.uint8)))):
    b = io.BytesIO()
    im.save(b, "tiff", compression=PILLOW[comp])
    case(f"refused-259-{NAMES[comp]}", b.getvalue())
case("refused-259-jpeg of gray", write(gray, comp=7, data=by_libtiff(7, Image.fromarray(gray[:, :, 0].astype(np.uint8)))))
case("refused-259-old jpeg", write(rgb, comp=6, photo=6, data=b"\xff\xd8\xff\xd9"))
case("refused-259-jpeg 2000", write(rgb, comp=34712, photo=2, data=b"\xff\x4f"))
case("refused-259-unknown", write(rgb, comp=4711, photo=2, data=b"\xff\x4f"))
case("refused-262-mask", write(one, photo=4, bits=1))
case("refused-262-ycbcr", write(rgb, photo=6, more={530: [1, 1]}))
case("refused-262-cielab", write(rgb, photo=8))
case("refused-262-logluv", write(rgb, photo=32845))
case("refused-258-12 bits", write(gray, more={258: 12}, data=bytes(H * W * 2)))
case("refused-258-32 bits", write(gray, more={258: 32}, data=bytes(H * W * 4)))
case("refused-258-mixed", write(rgb, photo=2, more={258: [8, 8, 16]}))
case("refused-258-palette of 16 bits", write(gray, photo=3, more={258: 16}))
case("refused-258-rgb of 4 bits", write(rgb, photo=2, more={258: [4, 4, 4]}))
case("refused-339-float", write(gray, more={258: 32, 339: 3}, data=np.linspace(0, 1, H * W, dtype="<f4").tobytes()))
case("refused-339-float16", write(gray, more={258: 16, 339: 3}, data=np.linspace(0, 1, H * W, dtype="<f2").tobytes()))
case("refused-339-signed", write(gray, more={339: 2}))
case("refused-317-float predictor", write(gray, comp=8, more={317: 3}))
case("refused-317-differences of bits", write(one, comp=5, bits=1, more={317: 2}))
case("refused-266-order 3", write(gray, more={266: 3}))
case("refused-284-planes 3", write(rgb, photo=2, more={284: 3}))
case("refused-332-other inks", write(samples(4, 8), photo=5, more={332: 2}))
case("refused-338-gray times alpha", write(samples(2, 8), extra=[1]))
case("refused-277-two samples of rgb", write(samples(2, 8), photo=2))
case("refused-277-too few bits", write(rgb, photo=2, more={258: [8, 8]}))

with gzip.GzipFile(OUT, "wb", mtime=0) as f:
    for c in cases:
        f.write((json.dumps(c) + "\n").encode())
read = [c for c in cases if c["rgb"]]
print(len(cases), "cases;", sum(c["pillow"] == "same" for c in read), "of", len(read), "as Pillow has them; others:")
for c in read:
    if c["pillow"] != "same":
        print("  ", c["name"], c["pillow"][:60])
for c in cases:
    if not c["rgb"]:
        print("  not read:", c["name"], c["pillow"][:60])
