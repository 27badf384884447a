"""Compile the kernels; where no compiler is, the same files run as plain Python."""

from pathlib import Path

from setuptools import Extension, setup

# A kernel is a module with its C types beside it in a .pxd of the same name.
KERNELS = [
    Extension(
        ".".join(types.relative_to("src").with_suffix("").parts),
        [str(types.with_suffix(".py"))],
        optional=True,
    )
    for types in sorted(Path("src").rglob("*.pxd"))
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
