# Writes meta_FORM.mat: one or two synsets each, in other forms than meta.py's, to damage. python3 meta_forms.py
import numpy as np
import scipy.io as sio


def synsets(rows, shape, fields=("ILSVRC2012_ID", "WNID"), number=lambda v: np.array([[float(v)]])):
    a = np.zeros(len(rows), [(f, "O") for f in fields])
    for i, (n, wnid) in enumerate(rows):
        for f in fields:
            a[i][f] = {"ILSVRC2012_ID": number(n), "WNID": wnid}.get(f, "x")
    return a.reshape(shape)


def save(name, values, **options):
    path = f"meta_{name}.mat"
    sio.savemat(path, values, **options)
    with open(path, "r+b") as f:  # without the date
        f.write(b"MATLAB 5.0 MAT-file, made by meta_forms.py".ljust(116))


fox, tench = (1, "n02119789"), (2, "n01440764")
save("one", {"synsets": synsets([fox], (1, 1))})
save("row", {"synsets": synsets([fox, tench], (1, 2))})
save("column", {"synsets": synsets([fox, tench], (2, 1))}, do_compression=True)
save("uint16", {"synsets": synsets([fox, tench], (1, 2), number=lambda v: np.array([[v]], "<u2"))})
save("single", {"synsets": synsets([fox], (1, 1), number=lambda v: np.array([[v]], "<f4"))}, oned_as="row")
save("last", {"synsets": synsets([tench, fox], (2, 1), ("words", "gloss", "WNID", "ILSVRC2012_ID"))})
save("after", {"a": np.zeros((0, 0)), "text": "x", "synsets": synsets([fox], (1, 1)), "z": np.array([[True]])})
save("square", {"synsets": synsets([fox, tench, (3, "n02100735"), (4, "n03255030")], (2, 2), ("ILSVRC2012_ID", "WNID", "words"))}, do_compression=True)
