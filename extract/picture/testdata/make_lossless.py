#!/usr/bin/python3
"""Makes lossless.jsonl.gz: PNG, BMP, GIF and WebP of every form, with Pillow as the judge.

  make_lossless.py [OUT]        default: lossless.jsonl.gz beside this script

One case a line: name, file (base64), pillow: the first 16 digits of the SHA-256 of what Image.convert("RGB") makes of it, or
"error: " and why it could not. PNG and BMP are written here, since no program writes all of their forms.

Recorded with Pillow 9.4.0, libwebp 1.2.4.
"""
import base64, gzip, hashlib, io, json, os, struct, sys, zlib
import numpy as np
from PIL import Image

OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "lossless.jsonl.gz")
W, H = 13, 9
rng = np.random.RandomState(3)
cases = []


def case(name, data):
    try:
        rgb = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        pillow = hashlib.sha256(np.ascontiguousarray(rgb).tobytes()).hexdigest()[:16]
    except Exception as err:
        pillow = "error: " + (str(err) or repr(err)).split(" <")[0]
    cases.append(dict(name=name, file=base64.b64encode(data).decode(), pillow=pillow))


def samples(n, bits):
    a = rng.randint(0, 1 << bits, (H, W, n))
    a[:, 3:8] = a[:, 2:3]
    return a


def packed(row, bits):
    """A row of numbers as bytes, the highest bits first."""
    if bits >= 8:
        return row.astype(">u2" if bits == 16 else np.uint8).tobytes()
    return np.packbits(((row[:, None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8).reshape(-1)).tobytes()


def palette(n):
    i = np.arange(n)
    return np.stack([i * 37 % 256, i * 101 % 256, 255 - i * 13 % 256], 1).astype(np.uint8)


# PNG: colour types, depths, transparency, interlacing (ISO/IEC 15948, tables 11.1 and 8.1)
def png(color, bits, trns=None, interlaced=False):
    n = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    a = samples(n, bits)
    chunk = lambda kind, d: struct.pack(">I", len(d)) + kind + d + struct.pack(">I", zlib.crc32(kind + d))
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] if interlaced else [(0, 0, 1, 1)]
    raw = b""
    for x, y, dx, dy in passes:
        part = a[y::dy, x::dx]
        if part.shape[1]:
            raw += b"".join(b"\0" + packed(r.reshape(-1), bits) for r in part)
    d = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, bits, color, 0, 0, interlaced))
    if color == 3:
        d += chunk(b"PLTE", palette(1 << bits).tobytes())
    if trns is not None:
        d += chunk(b"tRNS", trns)
    return d + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


for color, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (3, (1, 2, 4, 8)), (4, (8, 16)), (6, (8, 16))):
    for bits in depths:
        for interlaced in (False, True):
            name = f"png-color{color}-{bits}bit" + ("-interlaced" if interlaced else "")
            case(name, png(color, bits, None, interlaced))
            if color in (0, 2):
                case(name + "-trns", png(color, bits, b"\0\1" * (1 if color == 0 else 3), interlaced))
            if color == 3:
                case(name + "-trns", png(color, bits, b"\0\x80", interlaced))


# BMP: depths, masks, runs, directions, headers
def bmp(bits, rows, compression=0, colors=None, masks=b"", top=False, header=40, data=None, size=None):
    pal = b"" if colors is None else b"".join(bytes(c[::-1]) + (b"" if header == 12 else b"\0") for c in colors)
    if data is None:
        data = b"".join(r + b"\0" * (-len(r) % 4) for r in (rows if top else rows[::-1]))
    if header == 12:
        info = struct.pack("<IHHHH", 12, W, H, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, W, -H if top else H, 1, bits, compression, len(data), 2835, 2835, 0 if colors is None else len(colors), 0)
        info += masks.ljust(header - 40, b"\0") if header > 40 else masks
    start = 14 + len(info) + len(pal)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + info + pal + data


def little(a, size):
    return [r.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :size].tobytes() for r in a]


for bits in (1, 4, 8):
    a = samples(1, bits)[:, :, 0]
    rows, colors = [packed(r, bits) for r in a], palette(1 << bits)
    case(f"bmp-{bits}bit", bmp(bits, rows, colors=colors))
    case(f"bmp-{bits}bit-topdown", bmp(bits, rows, colors=colors, top=True))
    case(f"bmp-{bits}bit-os2", bmp(bits, rows, colors=colors, header=12))
    case(f"bmp-{bits}bit-v5", bmp(bits, rows, colors=colors, header=124))
    case(f"bmp-{bits}bit-gray", bmp(bits, rows, colors=np.stack([np.arange(1 << bits) * 255 // ((1 << bits) - 1)] * 3, 1).astype(np.uint8)))
few = samples(1, 3)[:, :, 0]
case("bmp-8bit-fewcolors", bmp(8, [packed(r, 8) for r in few], colors=palette(8)))
runs = b"".join(b"".join(bytes([1, v]) for v in r[:3]) + bytes([5, r[3]]) + b"\0\5" + bytes(r[8:].astype(np.uint8)) + b"\0\0\0" for r in few[::-1].astype(np.uint8)) + b"\0\1"
case("bmp-8bit-rle", bmp(8, None, compression=1, colors=palette(8), data=runs))
runs = b"".join(b"".join(bytes([1, v << 4]) for v in r) + b"\0\0" for r in few[::-1].astype(np.uint8)) + b"\0\1"
case("bmp-4bit-rle", bmp(4, None, compression=2, colors=palette(16), data=runs))
a = rng.randint(0, 1 << 32, (H, W), dtype=np.uint32)
MASKS = struct.pack("<III", 0xff0000, 0xff00, 0xff)
for top in (False, True):
    d = "-topdown" if top else ""
    case("bmp-24bit" + d, bmp(24, little(a, 3), top=top))
    case("bmp-32bit" + d, bmp(32, little(a, 4), top=top))
    case("bmp-32bit-masks" + d, bmp(32, little(a, 4), compression=3, masks=MASKS, top=top))
    case("bmp-32bit-v4-masks" + d, bmp(32, little(a, 4), compression=3, masks=MASKS, header=108, top=top))
    case("bmp-32bit-v5-alpha" + d, bmp(32, little(a, 4), compression=3, masks=MASKS + struct.pack("<I", 0xff000000), header=124, top=top))
    case("bmp-32bit-v5-othermasks" + d, bmp(32, little(a, 4), compression=3, masks=struct.pack("<IIII", 0xff, 0xff00, 0xff0000, 0xff000000), header=124, top=top))
    case("bmp-16bit" + d, bmp(16, little(a & 0xffff, 2), top=top))
    case("bmp-16bit-565" + d, bmp(16, little(a & 0xffff, 2), compression=3, masks=struct.pack("<III", 0xf800, 0x7e0, 0x1f), top=top))
case("bmp-24bit-os2", bmp(24, little(a, 3), header=12))

# GIF: palettes, transparency, interlacing, a frame within its canvas, several frames (by Pillow, and by hand)
im = Image.fromarray(samples(1, 5)[:, :, 0].astype(np.uint8), "P")
im.putpalette(palette(32).tobytes())
for name, kw in (("plain", {}), ("transparent", dict(transparency=3)), ("interlaced", dict(interlace=1)), ("frames", dict(save_all=True, append_images=[im.transpose(0)], transparency=5)),
                 ("gray", None)):
    b = io.BytesIO()
    (im if kw is not None else Image.fromarray(samples(1, 8)[:, :, 0].astype(np.uint8))).save(b, "gif", **(kw or {}))
    case("gif-" + name, b.getvalue())
    if name in ("plain", "transparent"):
        d = bytearray(b.getvalue())
        d[6:10] = struct.pack("<HH", W + 5, H + 4)
        at = d.index(b",", 13 + 3 * 32)
        d[at + 1:at + 5] = struct.pack("<HH", 2, 3)
        case(f"gif-{name}-in a canvas", bytes(d))

# WebP without loss: opaque, with alpha, frames
for name, n in (("rgb", 3), ("rgba", 4)):
    a = samples(n, 8).astype(np.uint8)
    for exact in (False, True):
        b = io.BytesIO()
        Image.fromarray(a).save(b, "webp", lossless=True, exact=exact)
        case(f"webp-{name}" + ("-exact" if exact else ""), b.getvalue())
b = io.BytesIO()
Image.fromarray(samples(4, 8).astype(np.uint8)).save(b, "webp", quality=80, alpha_quality=50)
case("webp-lossy-alpha", b.getvalue())

with gzip.GzipFile(OUT, "wb", mtime=0) as f:
    for c in cases:
        f.write((json.dumps(c) + "\n").encode())
print(len(cases), "cases")
for c in cases:
    if c["pillow"].startswith("error"):
        print("  not read by Pillow:", c["name"], c["pillow"])
