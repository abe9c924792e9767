#!/usr/bin/python3
"""Makes the golden files of this folder with Pillow, the outside judge of pixels.

  make_golden.py [OUT]        default: the folder of this script

resize.jsonl.gz   one case a line: w, h, to_w, to_h, src and dst (base64 of packed RGB); dst is Image.resize(BILINEAR)
decode/NAME.EXT   small image files, and NAME.png: what Pillow's convert("RGB") makes of each, upright

Recorded with Pillow 9.4.0, libjpeg-turbo 2.1.5, libwebp 1.2.4.
"""
import base64, gzip, io, json, os, sys
import numpy as np
from PIL import Image, ImageOps

OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
rng = np.random.RandomState(1)

SIZES = [
    (16, 12, 8, 6), (16, 12, 7, 5), (16, 12, 16, 5), (16, 12, 5, 12), (16, 12, 16, 12), (16, 12, 33, 25),
    (17, 13, 23, 9), (9, 21, 40, 4), (1, 1, 5, 4), (1, 7, 3, 3), (7, 1, 3, 2), (2, 2, 9, 9), (3, 50, 8, 133),
    (64, 3, 1, 1), (200, 2, 3, 3), (2, 200, 5, 7), (31, 29, 30, 28), (31, 29, 32, 30), (40, 30, 11, 29), (13, 8, 64, 3),
]


def picture(w, h):
    """Smooth colours, sharp edges and noise."""
    y, x = np.mgrid[0:h, 0:w]
    a = np.stack([x * 255 / max(w - 1, 1), y * 255 / max(h - 1, 1), 128 + 100 * np.sin(x / 3 + y / 5)], 2)
    a[(x - w / 3) ** 2 + (y - h / 2) ** 2 < min(w, h) ** 2 / 9] = (230, 20, 40)
    a += rng.normal(0, 12, a.shape)
    return np.clip(a, 0, 255).astype(np.uint8)


def resize_cases():
    with gzip.GzipFile(os.path.join(OUT, "resize.jsonl.gz"), "wb", mtime=0) as f:
        for i, (w, h, tw, th) in enumerate(SIZES):
            src = picture(w, h) if i % 2 else rng.randint(0, 256, (h, w, 3)).astype(np.uint8)
            dst = np.asarray(Image.fromarray(src).resize((tw, th), Image.BILINEAR))
            b64 = lambda a: base64.b64encode(a.tobytes()).decode()
            f.write((json.dumps(dict(w=w, h=h, to_w=tw, to_h=th, src=b64(src), dst=b64(dst))) + "\n").encode())


def save(name, im, **kw):
    d = os.path.join(OUT, "decode")
    os.makedirs(d, exist_ok=True)
    path = os.path.join(d, name)
    im.save(path, **kw)
    back = Image.open(path)
    back = ImageOps.exif_transpose(back) if back.format == "JPEG" else back
    back.convert("RGB").save(os.path.join(d, name.replace(".", "_") + "_rgb.png"), optimize=True)


def decode_cases():
    rgb = Image.fromarray(picture(37, 29))
    for sub, name in ((0, "444"), (1, "422"), (2, "420")):
        save(f"ycc{name}.jpg", rgb, quality=80, subsampling=sub)
        save(f"ycc{name}p.jpg", rgb, quality=60, subsampling=sub, progressive=True)
    save("tiny420.jpg", Image.fromarray(picture(4, 3)), quality=90, subsampling=2)
    save("gray.jpg", rgb.convert("L"), quality=75)
    save("cmyk.jpg", rgb.convert("CMYK"), quality=75)
    for o in (1, 3, 6, 8):
        e = Image.Exif()
        e[274] = o
        save(f"turned{o}.jpg", rgb, quality=80, exif=e)
    save("lossy.webp", rgb, quality=70)
    save("lossless.webp", rgb, lossless=True)
    second = Image.fromarray(picture(37, 29))
    save("animated.webp", rgb, save_all=True, append_images=[second], lossless=True, duration=50)
    save("palette.gif", rgb.quantize(32))
    save("gray.tif", Image.fromarray((np.arange(35 * 9) * 7 % 256).astype(np.uint8).reshape(9, 35)), compression="tiff_lzw")
    save("rgb.tif", rgb, compression="tiff_deflate")
    save("rgba.png", Image.fromarray(np.dstack([picture(19, 11), rng.randint(0, 256, (11, 19)).astype(np.uint8)])))
    save("palette.png", rgb.quantize(16))
    save("rgb.bmp", rgb)
    save("palette.bmp", rgb.quantize(16))
    tiny = picture(9, 7)
    clear = Image.fromarray(np.dstack([tiny, np.tile(np.uint8([255, 128, 0]), 21).reshape(7, 9)]))
    save("tiny.webp", Image.fromarray(tiny[:1, :1]), quality=50)
    save("tiny_alpha.webp", clear, quality=50)
    save("tiny_alpha_lossless.webp", clear, lossless=True)
    save("tiny_exif.webp", Image.fromarray(tiny), quality=50, exif=Image.Exif())
    save("tiny_palette.webp", Image.fromarray(tiny // 128 * 255), lossless=True, icc_profile=b"not a profile")
    save("tiny_animated.webp", clear, save_all=True, append_images=[Image.fromarray(tiny)], quality=50, duration=[1, 2])


resize_cases()
decode_cases()
