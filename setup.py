"""Compile the kernels; where no compiler is, the same files run as plain Python."""

from setuptools import Extension, setup

KERNELS = [
    Extension("fanzha.recognise.scan", ["src/fanzha/recognise/scan.py"], optional=True),
]

try:
    from Cython.Build import cythonize
except ImportError:
    modules = []
else:
    modules = cythonize(
        KERNELS,
        build_dir="build/kernels",
        language_level=3,
        compiler_directives={
            "annotation_typing": False,
            "boundscheck": False,
            "wraparound": False,
            "initializedcheck": False,
            "cdivision": True,
        },
    )
    for module in modules:
        module.optional = True

setup(ext_modules=modules)
