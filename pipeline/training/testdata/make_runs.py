#!/usr/bin/env python3
"""Makes the runs of this folder: make_runs.py FC7

FC7 is a binary; these here are of the first version that drew dropout by image, not by parts of a batch; earlier/ has
the run.json of the same jobs by the version before identities were typed (fa8692d). Each job is run to its end, whose
digests go to golden.json under the machine's arithmetic, and begun again and interrupted after a few steps, which is the
folder of its name: what a later version must go on from. TestGolden has the same jobs. With FC7_KERNELS=plain in the
environment the digests of the plain kernels are added, and the folders stay.
"""
import hashlib, json, os, pathlib, re, shutil, signal, subprocess, sys, tempfile

here, fc7 = pathlib.Path(__file__).resolve().parent, sys.argv[1]
jobs = {
    "train": (3, "train DATA --net vgg11_bn/64:fc8 --epochs 2 --rate 0.01 --schedule cosine --warmup 0.5 --s 230-250 --standard "
                 "--layer-rate fc6=0.5 --batch 6 --part 4 --seed 5 --held-out 0.3 --threads 2 --clip 0"),
    "tune": (1, "finetune DATA --weights WEIGHTS --freeze conv[1-4]* --views 2 --s 230-250 --epochs 2 --rate 0.001 --new-rate 0.1 --unfreeze conv4_* "
                "--unfreeze-epochs 1 --batch 6 --part 4 --seed 5 --held-out 0.3 --threads 2 --clip 0"),
}


def tensors(path):
    """A checkpoint without its header, as TestGolden reads it."""
    data = path.read_bytes()
    return data[8 + int.from_bytes(data[:8], "little"):]


def digests(out):
    last = sorted((out / "checkpoints").iterdir())[-1]
    log = re.sub(rb'"(images_per_second|waiting|seconds)":[^,}]*', rb'"\1":0', (out / "log.jsonl").read_bytes())
    files = {"run.json": (out / "run.json").read_bytes(), "weights.safetensors": (out / "weights.safetensors").read_bytes(),
             "checkpoints/" + last.name: tensors(last), "log.jsonl": log}
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def arithmetic():
    return "plain-1" if os.environ.get("FC7_KERNELS") == "plain" else "fma-1"


with tempfile.TemporaryDirectory() as tmp:
    tmp = pathlib.Path(tmp)
    subprocess.run([fc7, "dataset", "synth", tmp / "data", "--layout", "caltech101", "--images", "20", "--seed", "3"], check=True)
    subprocess.run([fc7, "weights", "init", "--net", "vgg11_bn/64:fc8", "--seed", "3", "--out", tmp / "net.safetensors"], check=True)
    golden = {}
    for name, (steps, command) in jobs.items():
        command = command.replace("DATA", f"caltech101:{tmp / 'data'}").replace("WEIGHTS", str(tmp / "net.safetensors"))
        run = [fc7, *command.split(), "--out"]
        subprocess.run([*run, tmp / name], check=True)
        golden[name] = digests(tmp / name)
        if arithmetic() == "plain-1":
            continue
        shutil.rmtree(here / name, ignore_errors=True)
        p = subprocess.Popen([*run, here / name, "--json"], stderr=subprocess.PIPE, text=True)
        for line in p.stderr:
            e = json.loads(line) if line.startswith("{") else {}
            if e.get("event") == "step" and e["step"] >= steps:
                p.send_signal(signal.SIGINT)
        p.wait()
        shutil.rmtree(here / name / "views", ignore_errors=True)  # computed again
        for f in sorted((here / name / "checkpoints").iterdir())[:-1]:
            f.unlink()
        for left in ".lock", "sittings.json":  # which names the machine's folders
            (here / name / left).unlink(missing_ok=True)
    path = here / "golden.json"
    all = json.loads(path.read_text()) if path.exists() else {}
    all[arithmetic()] = golden
    path.write_text(json.dumps(all, indent=2, sort_keys=True) + "\n")
