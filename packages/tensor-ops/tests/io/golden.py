"""Writes the golden files beside it; run with numpy 2.4.6 and safetensors 0.8.0 from PyPI."""

import pathlib

import numpy
import safetensors.numpy

folder = pathlib.Path(__file__).parent
arrays = {
    "layers.0.weights": numpy.array([[0.5, -1.25, 3], [1e-30, -0.0, numpy.inf]], numpy.float32),
    "layers.0.bias": numpy.array([numpy.nan, 2], numpy.float32),
    "double": numpy.array([1 / 3, -1e300]),
    "10": numpy.array([[-2147483648], [2147483647]], numpy.int32),
    "step": numpy.array(7, numpy.int32),
    "words": numpy.array([0, 4294967295], numpy.uint32),
    "mask": numpy.array([True, False, True]),
    "empty": numpy.zeros((0, 3), numpy.float32),
    "é\n\u0001\"\U0001f600": numpy.array([1], numpy.float32),
    "\uffee": numpy.array([2], numpy.float32),
}
safetensors.numpy.save_file(arrays, folder / "golden.safetensors", {"format": "np é"})
safetensors.numpy.save_file({"half": numpy.array([1], numpy.float16)}, folder / "half.safetensors")

numpy.savez(
    folder / "stored.npz",
    f4=numpy.array([[0.5, -1.25], [3, 1e-30]], numpy.float32),
    f8=numpy.array(1 / 3),
    i4=numpy.array([-2147483648, 2147483647], numpy.int32),
    u4=numpy.array([4294967295], numpy.uint32),
    b1=numpy.array([True, False]),
    i1=numpy.array([-128, 127], numpy.int8),
    u1=numpy.array([255], numpy.uint8),
    i2=numpy.array([-32768], numpy.int16),
    u2=numpy.array([65535], numpy.uint16),
    i8=numpy.array([-2147483648, 2147483647]),
    u8=numpy.array([1], numpy.uint64),
    fortran=numpy.asfortranarray(numpy.arange(24, dtype=numpy.int32).reshape(2, 3, 4)),
    empty=numpy.zeros((0, 2), numpy.float32),
)
numpy.savez_compressed(folder / "compressed.npz", zeros=numpy.zeros(1000, numpy.float32), one=numpy.ones(1))
numpy.save(folder / "large.npy", numpy.array([0, 2147483648]))
numpy.save(folder / "complex.npy", numpy.array([1j]))
numpy.save(folder / "records.npy", numpy.array([(1, 2.0)], [("a", "<i4"), ("b", "<f4")]))
