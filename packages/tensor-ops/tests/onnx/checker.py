"""Checks every .onnx file of a folder: onnx's checker with strict shape inference, and onnx's own evaluator.

Beside NAME.onnx lies NAME.json: {"inputs": [{"dtype", "shape", "values"}], "outputs": [...]}. Prints one line a file.
"""
import json
import sys
from pathlib import Path

import numpy
import onnx
from onnx.reference import ReferenceEvaluator

failed = False
for path in sorted(Path(sys.argv[1]).glob("*.onnx")):
    problem = ""
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        case = json.loads(path.with_suffix(".json").read_text())
        arrays = {
            kind: [numpy.array(a["values"], a["dtype"]).reshape(a["shape"]) for a in case[kind]]
            for kind in ("inputs", "outputs")
        }
        feeds = {value.name: array for value, array in zip(model.graph.input, arrays["inputs"])}
        results = ReferenceEvaluator(model).run(None, feeds)
        for result, expected in zip(results, arrays["outputs"], strict=True):
            if result.dtype != expected.dtype or result.shape != expected.shape:
                raise ValueError(f"{result.dtype}{result.shape} instead of {expected.dtype}{expected.shape}")
            numpy.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5)
    except Exception as error:
        problem = " ".join(str(error).split())[:300] or repr(error)
        failed = True
    print(path.stem, problem or "right")
sys.exit(failed)
