"""Compares `sepcc run` with PyTorch on a depthwise-separable module and the convolution that it replaces; called by
scripts/check-torch.sh.

The module is a 3x3 depthwise convolution without bias and a pointwise one with bias, 32 to 64 channels, padding 1,
stride 1 and 2, on an input of 8x32x56x56. Both sides get the same weights, in PyTorch's shapes, and each stage the
same input. PyTorch sums in another order, so the outputs may differ by the rounding errors of both: for n products
and a bias each stays within n * u / (1 - n * u) of the sum of their absolute values, u = 2^-24 (Higham, Accuracy
and Stability of Numerical Algorithms, chapter 3).
"""

import os
import platform
import subprocess
import sys
import tempfile

import numpy
import torch

SHAPE = (8, 32, 56, 56)
OUT_CHANNELS = 64
UNIT = 2.0**-24


def bound(convolution, image):
    """The largest difference between two right results, per element, computed in double precision."""
    with torch.no_grad():
        sums = torch.nn.functional.conv2d(
            image.double().abs(),
            convolution.weight.double().abs(),
            None if convolution.bias is None else convolution.bias.double().abs(),
            convolution.stride,
            convolution.padding,
            convolution.dilation,
            convolution.groups,
        )
    terms = convolution.weight[0].numel() + (convolution.bias is not None)
    return 2 * terms * UNIT / (1 - terms * UNIT) * sums


def sepcc(program, spec, isa, convolution, image, folder):
    """The stage's output as sepcc computes it, in PyTorch's order of axes."""
    numpy.save(f"{folder}/weight.npy", convolution.weight.detach().numpy())
    if convolution.bias is not None:
        numpy.save(f"{folder}/bias.npy", convolution.bias.detach().numpy())
    numpy.save(f"{folder}/x.npy", numpy.ascontiguousarray(image.numpy().transpose(0, 2, 3, 1)))
    command = [program, "run", *spec.split(), "--isa", isa, "--input", f"{folder}/x.npy"]
    subprocess.run([*command, "--weights", folder, "--output", f"{folder}/y.npy"], check=True)
    return torch.from_numpy(numpy.load(f"{folder}/y.npy").transpose(0, 3, 1, 2))


def compare(program, name, spec, isa, convolution, image):
    """Prints one line; returns whether the outputs agree."""
    with torch.no_grad():
        expected = convolution(image)
    with tempfile.TemporaryDirectory() as folder:
        actual = sepcc(program, spec, isa, convolution, image, folder)
    if actual.shape != expected.shape:
        print(f"{name} {isa}: shape {tuple(actual.shape)}, expected {tuple(expected.shape)}")
        return False
    share = ((actual.double() - expected.double()).abs() / bound(convolution, image)).max().item()
    good = share <= 1
    print(f"{name} {isa}: largest difference is {share:.3f} of the bound{'' if good else ', which is too much'}")
    return good


def main(program):
    torch.manual_seed(1)
    batch, channels, height, width = SHAPE
    isas = ["scalar"]
    if platform.machine() == "x86_64":
        with open("/proc/cpuinfo", encoding="ascii") as cpus:
            flags = cpus.read().split()
        isas += [isa for isa, flag in (("sse", "sse2"), ("avx2", "avx2"), ("avx512", "avx512vl")) if flag in flags]
    elif platform.machine() == "aarch64":
        isas += ["neon"]
    good = True
    for stride in (1, 2):
        depthwise = torch.nn.Conv2d(channels, channels, 3, stride=stride, padding=1, groups=channels, bias=False)
        pointwise = torch.nn.Conv2d(channels, OUT_CHANNELS, 1)
        standard = torch.nn.Conv2d(channels, OUT_CHANNELS, 3, stride=stride, padding=1)
        image = torch.randn(SHAPE)
        with torch.no_grad():
            middle = depthwise(image)
        rows, columns = middle.shape[2:]
        dw = f"depthwise batch={batch} in={height}x{width}x{channels} kernel=3 stride={stride} pad=1 bias=no"
        conv = f"conv batch={batch} in={height}x{width}x{channels} out={OUT_CHANNELS} kernel=3 stride={stride} pad=1"
        pw = f"pointwise batch={batch} in={rows}x{columns}x{channels} out={OUT_CHANNELS}"
        for isa in isas:
            good &= compare(program, f"depthwise stride {stride}", dw, isa, depthwise, image)
            good &= compare(program, f"pointwise {rows}x{columns}", pw, isa, pointwise, middle)
            good &= compare(program, f"conv stride {stride}", conv, isa, standard, image)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
