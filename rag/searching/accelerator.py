"""Find a graphics processor without importing torch, which takes seconds: ask the driver itself.

Whether the installed torch can use it is only known once torch is imported; `why_not` says.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version

_DRIVERS = {"linux": "libcuda.so.1", "win32": "nvcuda.dll"}


@cache
def present() -> str:
    """Return torch's name of the device this machine has beside its processor: cuda, mps, or nothing."""
    if sys.platform == "darwin":
        return "mps" if platform.machine() == "arm64" else ""
    return "cuda" if _cuda_devices(_DRIVERS.get(sys.platform, "")) else ""


def _cuda_devices(driver: str) -> int:
    """Count the devices that NVIDIA's driver shows this process; it respects CUDA_VISIBLE_DEVICES."""
    if not driver:
        return 0
    try:
        library = ctypes.CDLL(driver)
        found = ctypes.c_int(0)
        if library.cuInit(0) or library.cuDeviceGetCount(ctypes.byref(found)):
            return 0
    except (OSError, AttributeError):  # no driver, or a library of that name that is none
        return 0
    return found.value


def torch_build() -> str:
    """Return the version of the installed torch, `2.13.0+cpu` for one without CUDA; empty where there is none."""
    try:
        return version("torch")
    except PackageNotFoundError:
        return ""


def why_not(device: str) -> str:
    """Return why the installed torch cannot use a device, empty when it can. Imports torch."""
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        return f"torch {torch.__version__} was built without CUDA or does not fit the driver"
    if device == "mps" and not torch.backends.mps.is_available():
        return f"torch {torch.__version__} cannot use Apple's GPU here"
    return ""
